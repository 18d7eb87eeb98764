"""Cells that need tokens never use more than there is, and hold none when they are gone."""

from __future__ import annotations

import os
import time

import pandas as pd
import pytest
from tiny_sweep import start_run, states, wait_for, write_plan

from simulator.explore import Task, experiment, run_grid
from simulator.explore.tokens import Leases, Token

#: Cells that need one of two tokens, and say when they ran.
NEEDY = """
from simulator.explore import Token
class Needy(Tiny):
    def execute(self):
        time.sleep(WAIT_S)
        return {"pid": os.getpid()}

def explorer(launcher):
    token = Token("bench", 2)
    for x in range(ROWS):
        launcher(token(1, Needy(x=x)))
"""


class Timed(Task):
    """Says when it ran."""

    x: int

    def execute(self):
        began_s = time.monotonic()
        time.sleep(0.05)
        return {"began_s": began_s, "ended_s": time.monotonic(), "pid": os.getpid()}


def most_at_once(rows):
    """Count how many ran at the same time, at most."""
    moments = sorted([(began, 1) for began in rows["began_s"]] + [(ended, -1) for ended in rows["ended_s"]])
    running = most = 0
    for _, change in moments:
        running += change
        most = max(most, running)
    return most


def test_never_more_run_than_there_are_tokens(folder):
    """Three of them with two each: one at a time; others run beside them."""
    with experiment(folder, "tokens", workers=4) as xp:
        token = xp.token("cores", 3)
        needy = [token(2, Timed(x=x)).submit() for x in range(6)]
        single = [Timed(x=x).add_dependencies(token.dependency(1)).submit() for x in range(6, 12)]
        free = [Timed(x=x).submit() for x in range(12, 24)]
        assert xp.wait().done == 24
        rows = {name: pd.concat([t.result() for t in g]) for name, g in (("two", needy), ("one", single), ("no", free))}
    assert most_at_once(rows["two"]) == 1
    assert most_at_once(rows["one"]) <= 3
    assert most_at_once(pd.concat([rows["two"], rows["two"], rows["one"]])) <= 3
    assert not Leases().find()


def test_what_another_sweep_holds_is_waited_for(tmp_path, folder):
    """And had once it is given back."""
    plan = write_plan(tmp_path / "plan.py", rows=3, after=NEEDY)
    held = Leases().acquire([Token("bench", 2).dependency(2)])
    process = start_run(plan, folder)
    wait_for((folder / "ledger.db").exists)
    time.sleep(1.0)
    assert process.poll() is None
    Leases().release(held)
    printed, _ = process.communicate(timeout=30)
    assert printed.strip() == "3 done"


@pytest.mark.parametrize("everyone", [False, True])
def test_no_token_is_held_by_the_dead(tmp_path, folder, everyone):
    """A driver that is killed, with its workers or alone, keeps the next one from nothing."""
    plan = write_plan(tmp_path / "plan.py", rows=20, wait_s=0.2, after=NEEDY)
    process = start_run(plan, folder)
    wait_for(Leases().find)
    os.killpg(process.pid, 9) if everyone else process.kill()
    process.communicate()
    write_plan(plan, rows=20, wait_s=0.0, after=NEEDY)
    began_s = time.monotonic()
    assert run_grid(plan, folder=folder, workers=2).counts.done == 20
    assert time.monotonic() - began_s < 15  # a lease that must grow old first would take minutes
    assert not Leases().find()
    assert set(states(folder).values()) == {"done"}
