"""Clocks that step: whatever time it seems to be, numbers, counts and beliefs stay right, and nobody is stuck."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from live_clients import outcome, spec
from live_invariants import Notes, problems, read_rows

from simulator.service import Dispatcher, Settings
from simulator.service.model import JobSpec, Stage, TrialStatus

#: Steps of a clock [s]: what time services do, a wrong time zone, a battery that is empty.
STEPS_S = (-86400.0 * 365, -7200.0, -3600.0, -2.0, 0.5, 2.0, 3600.0, 86400.0 * 365)


class SteppingClock:
    """A clock that runs, and at times steps."""

    def __init__(self, draws, steps_s):
        self.now = datetime(2025, 6, 1, tzinfo=UTC)
        self._draws, self._steps_s = draws, steps_s

    def __call__(self):
        """Say what time it is."""
        self.now += timedelta(seconds=self._draws.uniform(0.0, 0.3))
        if self._draws.random() < 0.05:
            self.now += timedelta(seconds=self._draws.choice(self._steps_s))
        return self.now


async def use(dispatcher, draws, notes, n_steps):
    """Dispatch, report, stay silent, beat, end and report late, in any order."""
    under_way = []
    for _ in range(n_steps):
        if len(under_way) < 4 and draws.random() < 0.6:
            trial = (await dispatcher.dispatch("job", key=f"key {len(notes.asked)}")).trial
            about = {"key": f"key {len(notes.asked)}", "number": trial.number, "batch_size": trial.batch_size}
            notes.asked.append(about["key"])
            notes.given.append(about)
            under_way.append(trial)
        elif under_way:
            trial = under_way.pop(draws.randrange(len(under_way)))
            await finish(dispatcher, draws, notes, trial)


async def finish(dispatcher, draws, notes, trial):
    """Bring a trial to one of its ends."""
    how = draws.random()
    if how < 0.15:  # its client was killed
        return
    if how < 0.25:
        await dispatcher.end("job", trial.batch_size, trial.number)
        return
    result = outcome("job", trial.number, trial.batch_size)
    said = await dispatcher.report("job", trial.batch_size, trial.number, **result, epoch=3)
    report = {"number": trial.number, "result": result, "final": True, "stop": said.stop, "converged": said.converged}
    notes.reports[trial.number].append(report)
    notes.acknowledged.append(report)


@pytest.mark.parametrize("steps_s", [STEPS_S, (-3600.0,), (3600.0,)], ids=["both ways", "back", "forth"])
def test_a_clock_that_steps_harms_nothing(database, database_url, run_async, steps_s):
    """It runs on after a hundred steps, and one client alone leads the job out of pruning."""
    draws, notes = random.Random(f"{steps_s}"), Notes()
    clock = SteppingClock(draws, steps_s)
    settings = Settings(database_url=database_url)
    dispatcher = Dispatcher(database, settings, clock=clock)

    async def live():
        await dispatcher.register(JobSpec(**spec("job", 5, lease_s=60.0)))
        await use(dispatcher, draws, notes, 150)
        for _ in range(40):
            clock.now += timedelta(seconds=61)
            trial = (await dispatcher.dispatch("job")).trial
            notes.asked.append(None)
            result = outcome("job", trial.number, trial.batch_size)
            await dispatcher.report("job", trial.batch_size, trial.number, **result, epoch=3)
            notes.reports[trial.number].append({"result": result})
        return await dispatcher.get_job("job")

    job = run_async(live())
    assert job.stage is Stage.MAB
    rows, _ = run_async(read_rows(database_url))
    assert problems(rows["job"], notes, in_order=len(steps_s) == 1 and steps_s[0] > 0) == []


def test_a_lease_from_the_future_ends_within_a_lease(database, database_url, run_async):
    """A trial dispatched while the clock was a year ahead, whose client is dead, is not waited for for a year."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    dispatcher = Dispatcher(database, Settings(database_url=database_url), clock=lambda: now)

    async def live():
        nonlocal now
        await dispatcher.register(JobSpec(**spec("job", 5, lease_s=60.0)))
        lost = (await dispatcher.dispatch("job")).trial
        now -= timedelta(days=365)
        await dispatcher.dispatch("job")  # whoever waits for it sees that the clock was ahead
        now += timedelta(seconds=61)
        again = (await dispatcher.dispatch("job")).trial
        return lost, await dispatcher.get_trial("job", lost.number), again

    lost, found, again = run_async(live())
    assert found.status is TrialStatus.FAILED
    assert (again.batch_size, again.type) == (lost.batch_size, lost.type)
