"""Verdicts over two files of made-up figures."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite.command import main
from suite.compare import compare
from suite.shown import verdict_lines

FIGURE = st.floats(min_value=1e-6, max_value=1e9)
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def of(value, width=0.01, **changed):
    """A figure with a spread of so much of it either way."""
    return {"value": value, "low": value * (1 - width), "high": value * (1 + width), **changed}


def verdict(old, new, **words):
    """The only verdict."""
    (found,) = compare(old, new, **words)
    return found


@QUIET
@given(value=FIGURE, factor=st.floats(1.2, 100), better=st.sampled_from(["higher", "lower"]))
def test_what_changed_beyond_its_spread_is_better_or_worse(made_up, value, factor, better):
    """Swapping the files swaps the verdicts, and the factors are each other's inverse."""
    low, high = made_up(of(value, better=better)), made_up(of(value * factor, better=better))
    there, back = verdict(low, high), verdict(high, low)
    assert (there.verdict, back.verdict) == (("better", "worse") if better == "higher" else ("worse", "better"))
    assert there.times_worse * back.times_worse == pytest.approx(1)
    worse = there if there.verdict == "worse" else back
    assert worse.times_worse == pytest.approx(factor)
    assert worse.low <= worse.times_worse <= worse.high


@QUIET
@given(value=FIGURE, factor=st.floats(0.9, 1.1), width=st.floats(0.2, 0.9))
def test_what_stays_within_its_spread_is_the_same(made_up, value, factor, width):
    """However precise the middle looks."""
    assert verdict(made_up(of(value, width)), made_up(of(value * factor, width))).verdict == "same"


def test_two_runs_of_the_same_code_may_differ_a_little(made_up):
    """Repeats within a run are closer to one another than to another run's."""
    old, new = (made_up(of(value, 0, repeats=[value] * 5)) for value in (10, 10.4))
    assert verdict(old, new).verdict == "same"
    assert verdict(old, new, between_runs=0.01).verdict == "worse"


def test_few_repeats_tell_large_differences_alone(made_up):
    """A time taken once is no evidence of 20 %, five repeats that lie apart are; figures of seeds need none."""
    for n_repeats, expected in ((1, "same"), (2, "same"), (3, "worse"), (5, "worse")):
        old, new = (made_up(of(value, 0, repeats=[value] * n_repeats)) for value in (10, 12))
        assert verdict(old, new).verdict == expected
    once = [made_up(of(value, 0, repeats=[value])) for value in (10, 12, 20)]
    assert "apart, but too little for 1 repeat: 50% is needed" in verdict_lines(compare(*once[:2]), once[1])[0]
    assert verdict(once[0], once[2]).verdict == "worse"
    old, new = (made_up(of(value, 0, repeats=[value], depends_on="seeds")) for value in (10, 12))
    assert verdict(old, new).verdict == "worse"


def test_what_should_come_near_to_a_figure_is_judged_by_its_distance(made_up):
    """Too often is as bad as too seldom, and an interval that holds the figure is not bad."""
    held = made_up(of(95.2, 0.005, better="near 95"))
    for value in (80, 99.9):
        assert verdict(held, made_up(of(value, 0.005, better="near 95"))).verdict == "worse"
    assert verdict(held, made_up(of(94.9, 0.005, better="near 95"))).verdict == "same"


def test_a_count_of_nothing_is_no_divisor(made_up):
    """Errors where there were none are worse; none again are the same."""
    none, some = made_up(of(0, unit="errors")), made_up(of(3, unit="errors"))
    assert [verdict(*pair).verdict for pair in ((none, some), (some, none), (none, none))] == [
        "worse",
        "better",
        "same",
    ]


def test_what_is_missing_is_said(made_up):
    """New, gone, failed, skipped: each has its word, and none is dropped."""
    named = [{"id": f"a/{letter}"} for letter in "bcde"]
    old = made_up(*named[:3], {**named[3], "state": "failed", "error": "x"})
    skipped = {**named[2], "state": "skipped", "reason": "no zeus"}
    new = made_up({**named[1], "state": "failed", "error": "one\nlast"}, skipped, named[3], {"id": "a/f"})
    found = {each.id: each for each in compare(old, new)}
    words = {name: each.verdict for name, each in found.items()}
    assert words == {"a/c": "failed", "a/d": "not measured", "a/e": "not measured", "a/f": "new", "a/b": "gone"}
    assert found["a/c"].why == "last"
    assert "no zeus" in found["a/d"].why
    assert len(verdict_lines(list(found.values()), new)) == 6


def test_speeds_of_unlike_machines_or_packages_are_not_compared(made_up):
    """It says so, unless told to; what depends on seeds alone is compared anyhow."""
    old = made_up({}, {"depends_on": "seeds"})
    for changed, told in (
        ({"machine": old["machine"] | {"cpu": "another"}}, "processor made up -> another"),
        ({"packages": old["packages"] | {"numpy": "3"}}, "numpy 2 -> 3"),
        ({"packages": {"trace-simulator": "1", "numpy": "2"}}, ""),
        ({"packages": old["packages"] | {"trace-simulator": "2"}}, ""),
    ):
        first, second = compare(old, old | changed)
        assert (first.verdict, first.why) == (("not comparable", told) if told else ("same", ""))
        assert second.verdict == "same"
        assert compare(old, old | changed, anyway=True)[0].verdict == "same"


def test_other_parameters_are_another_measurement(made_up):
    """Fewer cells, another peer: nothing to compare, whatever is asked for."""
    old = made_up({"parameters": {"cells": 600}, "against": "zeus 1"})
    new = made_up({"parameters": {"cells": 10}, "against": "zeus 2"})
    found = verdict(old, new, anyway=True)
    assert found.verdict == "not comparable"
    assert "cells 600 -> 10" in found.why
    assert "'zeus 1' -> 'zeus 2'" in found.why


def test_the_command_fails_on_what_became_too_slow(made_up, tmp_path, capsys):
    """Exit code 1 beyond the factor, 0 below, 2 for what is no file of ours."""
    paths = [tmp_path / name for name in ("old.json", "new.json")]
    for path, value in zip(paths, (10, 15), strict=True):
        path.write_text(json.dumps(made_up(of(value))))
    files = list(map(str, paths))
    assert main(["compare", *files]) == 0
    assert "slower          1.50 times worse" in capsys.readouterr().out
    assert main(["compare", *files, "--fail-on-slower", "1.6"]) == 0
    assert main(["compare", *files, "--fail-on-slower", "1.2"]) == 1
    assert main(["compare", *files[::-1], "--fail-on-slower", "1.2", "--json"]) == 0
    assert '"verdict": "better"' in capsys.readouterr().out
    assert main(["compare", files[0], str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
