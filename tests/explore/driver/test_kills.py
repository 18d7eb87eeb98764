"""A run that is ended, or that its cells or its disk end, goes on at once (kills at any moment: explore/faults)."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pandas as pd
import pytest
from tiny_sweep import Told, cells, results, start_run, states, times_ran, wait_for, write_plan

from simulator.errors import LedgerError
from simulator.explore import experiment, run_grid


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_a_signal_ends_a_run_in_order(tmp_path, folder, number, code, executor):
    """Nothing is left running, what is done stays, and the rest is pending."""
    plan = write_plan(tmp_path / "plan.py", rows=20, wait_s=0.05)
    process = start_run(plan, folder, executor=executor)
    wait_for(lambda: "done" in states_of(folder))
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode in (code, 130)
    found = states_of(folder)
    assert set(found) == {"done", "pending"}
    before = found.count("done")
    run = run_grid(plan, folder=folder, workers=4)
    assert run.counts.done == 60
    assert run.snapshot.ran <= 60 - before


def states_of(folder):
    """List the states of all cells; none before the grid is planned."""
    with suppress(LookupError, LedgerError):
        return list(states(folder).values())
    return []


def test_a_cell_that_ends_its_worker_fails_in_the_end_and_stops_no_other(folder):
    """The others of its chunk run again in smaller chunks; it is tried three times alone."""
    with experiment(folder, "deadly", workers=2, on_failure="keep") as xp:
        fine = [Told(x=x).submit() for x in range(40)]
        deadly = Told(x=-1, does="die").submit()
    assert "ended without a result 3 times" in xp.run.snapshot.failures[0].error
    found = states(folder, "deadly")
    assert found.pop(deadly.id) == "failed"
    assert set(found.values()) == {"done"}
    assert len(found) == len(fine)
    assert 3 <= times_ran(folder, deadly) <= 8
    error = next(cell.error for cell in cells(folder, "deadly") if cell.id == deadly.id)
    assert "SIGKILL" in error or "signal 9" in error


def test_a_full_disk_is_said_and_the_next_run_goes_on(tmp_path, folder):
    """The limit on the size of a file stands in for the disk."""
    plan = write_plan(tmp_path / "plan.py", rows=400, seeds=10)
    process = start_run(plan, folder, limit_bytes=300_000)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "LedgerError" in messages
    run_grid(plan, folder=folder, workers=2)
    run_grid(plan, folder=tmp_path / "roomy", workers=2)
    pd.testing.assert_frame_equal(results(folder), results(tmp_path / "roomy"), check_exact=True)


def test_a_restart_hands_out_work_at_once(tmp_path, folder):
    """Nothing waits for the dead: neither the lock, nor tokens, nor cells that were running."""
    plan = write_plan(tmp_path / "plan.py", rows=30, seeds=3, wait_s=0.05)
    process = start_run(plan, folder)
    wait_for(lambda: "running" in states_of(folder))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    began_s = time.monotonic()
    assert run_grid(plan, folder=folder, workers=4).counts.done == 90
    assert time.monotonic() - began_s < 20  # leases and locks that are waited for would take minutes


@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_who_handled_sigterm_before_still_does(tmp_path, folder, executor):
    """After the workers are stopped, and nothing is taken for a failed cell."""
    plan = write_plan(tmp_path / "plan.py", rows=30, wait_s=0.1)
    before = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: (print('mine'), sys.exit(7)))\n"
    process = start_run(plan, folder, executor=executor, before=before)
    wait_for(lambda: "done" in states_of(folder))
    process.terminate()
    printed, _ = process.communicate(timeout=30)
    assert (printed.strip(), process.returncode) == ("mine", 7)
    assert set(states_of(folder)) == {"done", "pending"}
