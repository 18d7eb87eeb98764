"""Cells are cancelled and retried by other processes, whether a driver runs or not."""

from __future__ import annotations

import json

import pytest
from tiny_sweep import Told, cells, results, start_run, states, wait_for, write_plan

from simulator.errors import GridError, LedgerError
from simulator.explore import experiment, run_grid
from simulator.explore.driver import ask


def test_without_a_driver_it_is_done_at_once_and_stays_so(tmp_path, folder):
    """A cancelled cell does not run until a retry asks for it; one that has a result is left alone."""
    plan = write_plan(tmp_path / "plan.py")
    run_grid(plan, folder=folder, executor="inline", only=["0"])
    ids = list(states(folder))
    assert ask(folder, "cancel", ids[2:5], reason="not needed") == "done"
    run = run_grid(plan, folder=folder, executor="inline")
    assert (run.counts.done, run.counts.cancelled) == (10, 2)
    assert [cell.reason for cell in cells(folder)][3] == "cancelled: not needed"
    assert ask(folder, "retry", ids[3:4]) == "done"
    assert run_grid(plan, folder=folder, executor="inline").counts.done == 11
    assert run_grid(plan, folder=folder, executor="inline", retry="all").counts.done == 12


def test_a_running_driver_cancels_what_waits_and_what_runs(tmp_path, folder):
    """Its workers are free for others at once; what needs it is blocked."""
    plan = write_plan(tmp_path / "plan.py", rows=3, seeds=1, wait_s=100)
    process = start_run(plan, folder)
    wait_for(lambda: folder.exists() and "running" in _states(folder))
    ids = list(states(folder))
    assert ask(folder, "cancel", ids[:2], reason="too slow") == "asked"
    wait_for(lambda: _states(folder).count("cancelled") == 2)
    assert ask(folder, "cancel", ids, reason="all of it") == "asked"
    printed, messages = process.communicate(timeout=30)
    assert printed.strip() == "3 cancelled", messages
    assert not list((folder / "requests").iterdir())


def test_a_running_driver_retries_what_failed(folder):
    """And what waited for it."""
    from tiny_sweep import Sum

    with experiment(folder, "retried", executor="inline", on_failure="keep") as xp:
        broken = Told(x=1, does="raise until told").submit()
        total = Sum(parts=[broken]).submit()
        assert xp.wait().blocked == 1
        (broken.jobpath / "told").touch()
        assert ask(folder, "retry", [broken.id]) == "asked"
        assert xp.wait().done == 2
        assert total.result()["y"].item() == 1.5


def test_a_request_that_nobody_can_read_stops_nothing(folder, caplog):
    """It is said, and removed; others are heeded."""
    with experiment(folder, "requests", executor="inline") as xp:
        task = Told(x=1).submit()
        (folder / "requests" / "0.json").write_text("{")
        (folder / "requests" / "1.json").write_text(json.dumps({"kind": "cancel"}))
        (folder / "requests" / ".2").write_text("not finished")
        assert xp.wait().done == 1
        assert task.result()["y"].item() == 1.5
    assert [path.name for path in (folder / "requests").iterdir()] == [".2"]
    assert caplog.text.count("cannot be read") == 2


def test_requests_of_a_driver_that_died_are_heeded_by_the_next(tmp_path, folder):
    """They wait in the folder."""
    plan = write_plan(tmp_path / "plan.py", rows=2, seeds=1)
    run_grid(plan, folder=folder, executor="inline", only=["0"])
    request = {"kind": "cancel", "ids": list(states(folder)), "reason": "late"}
    (folder / "requests" / "7.json").write_text(json.dumps(request))
    run = run_grid(plan, folder=folder, executor="inline")
    assert (run.counts.done, run.counts.cancelled) == (1, 1)
    assert len(results(folder)) == 1


def test_what_cannot_be_asked_is_refused(tmp_path, folder):
    """With what can."""
    with pytest.raises(GridError, match="cancel and retry"):
        ask(folder, "explode", [])
    with pytest.raises(LedgerError, match="no folder of a sweep"):
        ask(tmp_path, "cancel", [])


def _states(folder):
    try:
        return list(states(folder).values())
    except (LedgerError, LookupError):
        return []
