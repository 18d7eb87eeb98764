"""The file of a run is whole and true to its format, or refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite.document import DocumentError, noise_of, read_document, write_document
from suite.measured import Measurement, of_parts, of_rounds, share

FIGURES = st.floats(min_value=1e-9, max_value=1e12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(repeats=st.lists(FIGURES, min_size=1, max_size=7), against=st.text(max_size=8), n=st.integers(0, 10**12))
def test_what_is_written_is_read_again(tmp_path, made_up, repeats, against, n):
    """Every figure to the last bit."""
    found = of_rounds("room/scenario-0", repeats, against=against, cells=n).to_dict()
    document = made_up(found)
    write_document(tmp_path / "found.json", document)
    again = read_document(tmp_path / "found.json")
    assert again == document
    assert again["scenarios"][0]["low"] is None or min(repeats) <= again["scenarios"][0]["value"] <= max(repeats)
    assert list(tmp_path.iterdir()) == [tmp_path / "found.json"], "nothing is left beside it"


def test_a_torn_file_is_refused_wherever_it_was_torn(tmp_path, made_up):
    """Never taken for a shorter run."""
    path = tmp_path / "found.json"
    write_document(path, made_up({}, {"state": "failed", "error": "no"}, {"state": "skipped", "reason": "none"}))
    text = path.read_text().rstrip()
    for length in range(0, len(text), 37):
        path.write_text(text[:length])
        with pytest.raises(DocumentError, match="only a piece of it"):
            read_document(path)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"format": "other"}, "not a file of the benchmarks"),
        ({"version": 2}, "version 2"),
        ({"machine": "fast"}, "machine is 'fast'"),
        ({"scenarios": [3]}, "instead of a table"),
        ({"scenarios": [{"id": "a/b"}]}, "a/b: has no meaning"),
    ],
)
def test_another_file_is_refused_with_what_is_wrong(tmp_path, made_up, broken, told):
    """Each piece that is missing is named."""
    path = tmp_path / "found.json"
    path.write_text(json.dumps(made_up() | broken))
    with pytest.raises(DocumentError, match=told):
        read_document(path)


def test_a_scenario_without_its_figure_is_refused(tmp_path, made_up):
    """Nor with a state that nobody knows, nor twice."""
    for broken, told in (
        ({"value": None}, "value is None"),
        ({"value": True}, "value is True"),
        ({"state": "lost"}, "state 'lost'"),
        ({"state": "failed"}, "has no error"),
    ):
        with pytest.raises(DocumentError, match=told):
            write_document(tmp_path / "found.json", made_up(broken))
    with pytest.raises(DocumentError, match="is there twice"):
        write_document(tmp_path / "found.json", made_up({"id": "a/b"}, {"id": "a/b"}))
    assert not list(tmp_path.iterdir())


def test_a_figure_is_a_number():
    """Nothing divided by zero comes into a file."""
    with pytest.raises(ValueError, match="not a finite number"):
        Measurement(id="a/b", value=math.nan)
    with pytest.raises(ValueError, match="not a finite number"):
        of_rounds("a/b", [1.0, math.inf])


def test_shares_and_means_have_their_intervals():
    """Wilson's of 95 in 100, as tables give it; a mean's narrows with its parts."""
    found = share("a/b", 95, 100)
    assert (found.value, round(found.low, 1), round(found.high, 1)) == (95, 88.8, 97.8)
    few, many = (of_parts("a/b", 2.0, [1.0, 3.0] * n, over="pairs") for n in (2, 50))
    assert few.high - few.low > many.high - many.low > 0


def test_noise_is_said(made_up):
    """Measured once, a wide spread, another's load, a hurry: each is a reason by itself."""
    calm = {"low": 9.5, "high": 10.5}
    document = made_up(calm, {**calm, "low": None, "high": None}, {}, calm | {"load": [9.0, 1, 1]})
    document["scenarios"][2] |= {"low": 5.0}
    told = [noise_of(scenario, document) for scenario in document["scenarios"]]
    assert told == ["", "measured once", "from 5 to 11", "load 9.0 on 4 cores when it began"]
    assert noise_of(document["scenarios"][0], document | {"quick": True}) == "in a hurry (--quick)"
    of_seeds = document["scenarios"][3] | {"depends_on": "seeds"}
    assert noise_of(of_seeds, document) == "", "what depends on seeds alone is the same on a busy machine"
