"""Ids are for ever, and every script's every part is registered."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from suite.registry import UnknownScenarioError, choose, parts_of, read_scenarios

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SCRIPTS = sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem not in ("__main__", "scale"))


@pytest.fixture(scope="module")
def scenarios():
    """The registry."""
    return read_scenarios()


def test_no_published_id_is_gone_or_renamed(scenarios):
    """Files of years ago are compared by them; a new one is added to the stored list."""
    published = Path(__file__).with_name("published_ids.txt").read_text().split()
    assert set(published) == set(scenarios), "removed or renamed ids, or new ones that are not in published_ids.txt"
    assert len(published) == len(set(published))


def test_every_scenario_says_what_it_is(scenarios):
    """One line, and words that the comparison knows."""
    for name, scenario in scenarios.items():
        assert scenario.meaning.strip(), name
        assert "\n" not in scenario.meaning, name
        assert scenario.better in ("higher", "lower") or float(scenario.better.removeprefix("near ")) > 0, name
        assert scenario.depends_on in ("machine", "seeds"), name
        assert not any(mark.isspace() or mark.isupper() for mark in name), name


def test_every_part_of_every_script_is_registered(scenarios):
    """None is left out of a run, and none is registered that is not there."""
    there = {f"{script} {part}" for script in SCRIPTS for part in import_module(script).PARTS}
    living = [scenario.part for scenario in choose(scenarios, []).values()]
    assert there == set(living)


def test_scenarios_are_chosen_by_id_or_beginning(scenarios):
    """In the order of the list; what does not exist is named."""
    chosen = choose(scenarios, ["sweep", "engine/first-use"])
    assert next(iter(chosen)) == "engine/first-use"
    assert {name.partition("/")[0] for name in list(chosen)[1:]} == {"sweep"}
    assert list(parts_of(choose(scenarios, ["engine/later-use"]))) == ["engine_speed uses"]
    with pytest.raises(UnknownScenarioError, match=r"no scenario 'engine/nothing'.*there are collector, .*engine"):
        choose(scenarios, ["engine/nothing"])


def test_a_retired_scenario_is_not_measured_but_stays_named(tmp_path):
    """Old files still have it."""
    file = tmp_path / "scenarios.toml"
    words = 'part = "p q"\nunit = "s"\nbetter = "lower"\ndepends_on = "machine"\nmeaning = "m"\n'
    file.write_text(f'["a/b"]\n{words}["a/c"]\n{words}retired = "it measured nothing"\n')
    scenarios = read_scenarios(file)
    assert list(scenarios) == ["a/b", "a/c"]
    assert list(choose(scenarios, [])) == ["a/b"]
    with pytest.raises(UnknownScenarioError, match="it was retired: it measured nothing"):
        choose(scenarios, ["a/c"])
