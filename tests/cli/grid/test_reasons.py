"""Why cells are new that were there before is said where they are counted."""

from __future__ import annotations

import json

from small_sweeps import TRAIN

RAISED = TRAIN.replace("    policy: str", "    VERSION = 2\n    policy: str", 1)
VERSION = "(24 because version changed: 1 → 2)"

READING = """
from simulator.explore import File, Task

class Read(Task):
    data: File
    def execute(self):
        return {"size": len(self.data.path.read_text())}

def explorer(launcher):
    for number in range(5):
        launcher.bind(Read)(data=f"data{number}")
"""


def test_a_raised_version_is_said_before_and_after_it_runs_anew(ran, run, plan):
    """By the forecast, the dry run, and the line that ends the run."""
    assert "because" not in ran(TRAIN).stderr
    for words in (["run", plan(RAISED), "--dry-run"], ["forecast", "plan.py"]):
        assert f"24 cells, all of them new {VERSION}." in run("grid", *words).stdout
    assert json.loads(run("grid", "forecast", "plan.py", "--json").stdout)["reasons"] == {"version changed: 1 → 2": 24}
    said = ran(RAISED).stderr
    assert f"24 new {VERSION}, 24 left out, as the new ones are in their place" in said
    assert "because" not in ran(RAISED).stderr


def test_at_most_three_reasons_are_said(ran, run, tmp_path):
    """Of files that were all edited in another way."""
    for number in range(5):
        (tmp_path / f"data{number}").write_text(str(number))
    ran(READING)
    for number in range(5):
        (tmp_path / f"data{number}").write_text(f"{number} edited")
    foreseen = run("grid", "forecast", "plan.py").stdout
    said = ran(READING).stderr
    for text in (foreseen, said):
        assert " ".join(text.split()).count("because data changed: ") == 3
        assert ", and 2 more)" in " ".join(text.split())


def test_who_competes_in_a_race_may_be_named(run, ran):
    """But not without a race."""
    seeds = TRAIN.replace("range(4)", "range(12)")
    assert "no two rows differ in rate only" in ran(seeds, "--race", "cost", "--race-among", "rate").stderr
    assert " stopped" in ran(RAISED.replace("range(4)", "range(12)"), "--race", "cost", "--race-among", "policy").stderr
    result = ran(seeds, "--race-among", "policy")
    assert result.exit_code == 2
    assert "--race MEASURE" in result.stderr
