"""A live job whose trials come to what a replay says goes through the same sizes as the replay, to its end."""

from __future__ import annotations

import pandas as pd
import pytest
from live_jobs import Turns, as_text, spec, stored_state

import simulator
from simulator.policy import BatchSizeOptimizer, create


class Heard(BatchSizeOptimizer):
    """A policy that writes down what an engine asks and tells it."""

    def __init__(self, name, seed, calls, **options):
        self.policy = create(name, seed=seed, **options)
        self.calls = calls

    @property
    def name(self):
        return self.policy.name

    def register_job(self, job, batch_sizes):
        self.calls.append(("job", job, batch_sizes))
        self.policy.register_job(job, batch_sizes)

    def predict(self, job):
        size = self.policy.predict(job)
        self.calls.append(("predict", size, as_text(self.policy.state_of(job))))
        return size

    def observe(self, job, batch_size, cost, converged=None):
        self.policy.observe(job, batch_size, cost, converged)
        self.calls.append(("observe", batch_size, cost, converged, as_text(self.policy.state_of(job))))


def _heard(job, name, seed, **asked):
    calls = []
    options = {"overlapping": True}
    simulator.replay(
        job,
        simulator.read_traces(gpu="v100"),
        policy=lambda seed: Heard(name, seed, calls, **options),
        seeds=[seed],
        engine="event",
        on_failure="keep",
        **asked,
    )
    return calls


async def _follow(database, calls, name, seed):
    """Let a live job hear the same; each call is answered by another dispatcher."""
    turns = Turns(database)
    _, job, sizes = calls[0]
    live = spec(
        job_id=None,
        job_id_prefix=name,
        policy=name,
        seed=seed,
        batch_sizes=sizes,
        default_batch_size=job.default_bs,
        target_metric=job.target_metric,
        max_epochs=job.max_epochs,
        higher_is_better=job.higher_is_better,
        dataset=job.dataset,
        network=job.network,
        optimizer=job.optimizer,
    )
    job_id = (await turns[0].register(live)).job.job_id
    waiting = {}
    for at, call in enumerate(calls[1:]):
        dispatcher = turns[at % 3]
        if call[0] == "predict":
            trial = (await dispatcher.dispatch(job_id)).trial
            assert trial.batch_size == call[1]
            waiting.setdefault(trial.batch_size, []).append(trial)
            if at % 7 == 0:
                assert await stored_state(database, job_id) == call[2]
        else:
            _, size, cost, converged, state = call
            if not waiting.get(size):  # launched beside others, without asking the policy
                waiting[size] = [(await dispatcher.dispatch(job_id, batch_size=size)).trial]
            trial = waiting[size].pop(0)
            await dispatcher.finish(job_id, trial.number, energy_j=0, time_s=0, converged=bool(converged), cost=cost)
            if at % 7 == 0:
                assert await stored_state(database, job_id) == state
    assert await stored_state(database, job_id) == calls[-1][-1]


JOBS = simulator.read_traces(gpu="v100").jobs


@pytest.mark.parametrize(
    ("name", "draws", "job"),
    [
        ("pruning-gts", "published", 0),
        ("pruning-gts", "published", 3),
        ("pruning-gts", "keyed", 1),
        ("unimodal-ucb", "keyed", 2),
        ("gts", "published", 1),
        ("epsilon-greedy", "keyed", 0),
        ("successive-halving", "published", 2),
    ],
)
def test_a_live_job_goes_through_a_replays_sizes(database, run_async, name, draws, job):
    """Dispatches give the sizes that the engine was given, and the beliefs at the end are the same bits."""
    calls = _heard(JOBS[job % len(JOBS)], name, 11, draws=draws, recurrences=30)
    run_async(_follow(database, calls, name, 11))


def test_a_live_job_goes_through_the_sizes_of_overlapping_runs(database, run_async):
    """Results of runs that the policy did not choose are taken in as in the engine."""
    rows = [("g", float(at), at + 25.0, 1.0) for at in range(0, 600, 10)]
    groups = pd.DataFrame(rows, columns=["group", "start_time", "end_time", "runtime_ratio"])
    calls = _heard(JOBS[0], "pruning-gts", 5, groups=groups.assign(dataset=JOBS[0].dataset))
    run_async(_follow(database, calls, "pruning-gts", 5))
