"""The layer against a plain model of it: any sequence of calls, in any sessions, gives what the model gives."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from layered import LATER, NOW, a_spec

from simulator.errors import BadOperationError, JobConflictError
from simulator.service.database import Database
from simulator.service.layer import ServiceLayer
from simulator.service.model import TrialStatus, TrialType

SIZES = (16, 32, 64)
NAMES = st.sampled_from(["resnet", "bert"])


@dataclass
class Run:
    """A trial as the model knows it."""

    size: int
    type: TrialType
    status: TrialStatus = TrialStatus.DISPATCHED
    energy_j: float = 0.0
    converged: bool | None = None


@dataclass
class Registered:
    """A job as the model knows it."""

    window: int
    generator: np.random.Generator
    last: int
    lowest: tuple[float, int] | None = None
    runs: dict[int, Run] = field(default_factory=dict)
    rewards: list[list[float]] = field(default_factory=lambda: [[], [], []])


class Layer(RuleBasedStateMachine):
    """Calls of the layer, most in a session of their own, some rolled back."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = shutil.copy(self.template, Path(self.folder.name) / "jobs.db")
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite:///{path}")
        self.jobs: dict[str, Registered] = {}
        self.retired: dict[str, int] = {}

    def teardown(self) -> None:
        """Close and remove the database."""
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def session(self, story: Any) -> Any:
        """Run a story in a session of its own."""
        return self.runner.run(self.database.run(lambda session: story(ServiceLayer(session, clock=lambda: NOW))))

    @initialize(window=st.integers(0, 3))
    def begin(self, window):
        """There is a job from the start."""
        self.register("resnet", window, 1)

    @rule(name=NAMES, window=st.integers(0, 3), seed=st.integers(0, 2**70))
    def register(self, name, window, seed):
        """Register a job; a second one of its name is refused."""

        async def story(layer):
            return await layer.create_job(a_spec(name, window_size=window, seed=None), seed=seed)

        if name in self.jobs:
            with pytest.raises(JobConflictError):
                self.session(story)
        else:
            assert self.session(story).last_trial_number == self.retired.get(name, 0)
            self.jobs[name] = Registered(window, np.random.default_rng(seed), self.retired.get(name, 0))

    @rule(name=NAMES)
    def delete(self, name):
        """Delete a job, if it is there."""

        async def story(layer):
            return await layer.delete_job(name)

        assert self.session(story) == (name in self.jobs)
        if name in self.jobs:
            self.retired[name] = self.jobs.pop(name).last

    @rule(name=NAMES, size=st.sampled_from(SIZES), type_=st.sampled_from(TrialType), committed=st.booleans())
    def hand_out(self, name, size, type_, committed):
        """Hand out a trial; what is rolled back was not handed out."""

        async def story(layer):
            await layer.get_job(name)
            trial = await layer.create_trial(name, type_, size, reason="", lease_until=LATER)
            if not committed:
                raise KeyError(trial.number)
            return trial.number

        if name not in self.jobs:
            with pytest.raises(BadOperationError):
                self.session(story)
        elif committed:
            job = self.jobs[name]
            job.last += 1
            assert self.session(story) == job.last
            job.runs[job.last] = Run(size, type_)
        else:
            with pytest.raises(KeyError):
                self.session(story)

    @precondition(lambda self: any(job.runs for job in self.jobs.values()))
    @rule(data=st.data(), energy_j=st.floats(0, 1e6), converged=st.booleans(), fails=st.booleans())
    def end(self, data, energy_j, converged, fails):
        """End a trial; one that ended stays as it is."""
        name = data.draw(st.sampled_from(sorted(name for name, job in self.jobs.items() if job.runs)))
        job = self.jobs[name]
        number = data.draw(st.sampled_from(sorted(job.runs)))
        run = job.runs[number]

        async def story(layer):
            await layer.get_job(name)
            await layer.get_trial(name, run.size, number)
            result = {"energy_j": energy_j, "time_s": 1.0, "converged": converged}
            status = TrialStatus.FAILED if fails else TrialStatus.SUCCEEDED
            return await layer.update_trial(name, run.size, number, status=status, **result)

        if run.status is not TrialStatus.DISPATCHED:
            with pytest.raises(BadOperationError):
                self.session(story)
            return
        ended = self.session(story)
        run.status = TrialStatus.FAILED if fails else TrialStatus.SUCCEEDED
        if not fails:
            run.energy_j, run.converged = energy_j, converged
            cost = 0.5 * energy_j + 0.5 * 300.0 * 1.0
            assert ended.cost == cost
            if converged and (job.lowest is None or cost < job.lowest[0]):
                job.lowest = (cost, run.size)

    @rule(name=NAMES, normals=st.integers(0, 3), committed=st.booleans())
    def draw(self, name, normals, committed):
        """Draw an order and normal numbers; what is rolled back was not drawn."""

        async def story(layer):
            await layer.get_job(name)
            drawn = [await layer.get_random_choices(name, SIZES)]
            drawn += [await layer.get_normal(name, 1.0, 2.0) for _ in range(normals)]
            if not committed:
                raise KeyError(name)
            return drawn

        if name not in self.jobs:
            with pytest.raises(BadOperationError):
                self.session(story)
        elif committed:
            generator = self.jobs[name].generator
            expected: list[Any] = [generator.choice(np.array(SIZES), 3, replace=False).tolist()]
            expected += [generator.normal(1.0, 2.0) for _ in range(normals)]
            assert self.session(story) == expected
        else:
            with pytest.raises(KeyError):
                self.session(story)

    @rule(name=NAMES, position=st.integers(0, 2), values=st.lists(st.floats(-1e9, 0), min_size=1, max_size=3))
    def reward(self, name, position, values):
        """Append rewards; read those that a copy from before lacks."""
        if name not in self.jobs:
            return
        told = self.jobs[name].rewards[position]
        known = [len(rewards) for rewards in self.jobs[name].rewards]

        async def story(layer):
            await layer.get_job(name)
            await layer.append_rewards(name, [(position, len(told) + k, value) for k, value in enumerate(values)])
            return await layer.get_rewards(name, since=known)

        assert self.session(story)[position] == values
        told += values

    @invariant()
    def everything_is_as_the_model_says(self):
        """Jobs, trials, windows, explorations, rewards, sums."""

        async def story(layer):
            assert [job.job_id for job in await layer.list_jobs()] == sorted(self.jobs)
            for name, job in self.jobs.items():
                await self.compare(layer, name, job)

        self.session(story)

    async def compare(self, layer: ServiceLayer, name: str, job: Registered) -> None:
        """Compare a job with the model's."""
        found = await layer.get_job(name)
        assert found.last_trial_number == job.last
        lowest = (None, 32) if job.lowest is None else job.lowest
        assert (found.min_cost, found.min_cost_batch_size) == lowest
        trials = {trial.number: trial for trial in await layer.list_trials(name)}
        assert {
            number: Run(trial.batch_size, trial.type, trial.status, trial.energy_j, trial.converged)
            for number, trial in trials.items()
        } == job.runs
        for size in SIZES:
            newest = [
                number
                for number in sorted(job.runs, reverse=True)
                if job.runs[number].size == size and job.runs[number].status is TrialStatus.SUCCEEDED
            ]
            results = await layer.get_trial_results_of_bs(name, size)
            assert [trial.number for trial in results] == newest[: job.window or None]
        explored: dict[int, list[int]] = {}
        for number, run in sorted(job.runs.items(), key=lambda item: (item[1].size, item[0])):
            if run.type is TrialType.EXPLORATION and run.status is not TrialStatus.FAILED:
                explored.setdefault(run.size, []).append(number)
        explorations = await layer.get_explorations_of_job(name)
        assert {size: [trial.number for trial in of] for size, of in explorations.items()} == explored
        assert await layer.get_rewards(name) == job.rewards
        assert sum(one.n_trials for one in await layer.sum_costs(name)) == len(job.runs)


def test_any_sequence_of_calls_is_as_the_model_says(migrated_file):
    """Jobs, trials, windowed results and draws, over many sessions, some of which fail."""
    Layer.template = migrated_file
    run_state_machine_as_test(
        Layer,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
