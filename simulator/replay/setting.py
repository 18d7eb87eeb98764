"""One way to replay a job: policies, knobs, traces; whatever the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.replay.draws import make_draws
from simulator.replay.event import EventPlay
from simulator.replay.play import Cells, Submissions
from simulator.replay.totals import near_oracle

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.job import Job
    from simulator.replay.who import Who
    from simulator.trace.table import JobTable

__all__ = ["Plan", "Setting"]


@dataclass(frozen=True)
class Plan:
    """When a job runs.

    Parameters
    ----------
    recurrences
        How often it recurs, or is submitted.
    submissions
        When it was submitted; None: one run follows the other.
    group
        Name of the group of submissions.
    """

    recurrences: int
    submissions: Submissions | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Everything that a replay depends on, but for its seed.

    Parameters
    ----------
    job, table
        The job and what was recorded about it.
    who
        Makes the policies.
    eta, beta
        Energy–time knob η and early stopping knob β.
    draws
        Discipline of chance.
    plans
        When the job runs; each is replayed by itself, once for each seed.
    labels
        What is written beside each run: policy, job, gpu, and the knobs that vary.
    """

    job: Job
    table: JobTable
    who: Who
    eta: float
    beta: float
    draws: str
    plans: tuple[Plan, ...]
    labels: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def cells(self) -> Cells:
        """The table, flat."""
        return Cells.of(self.table)

    @cached_property
    def near(self) -> list[bool]:
        """Which configurations are near the oracle."""
        return near_oracle(self.table, eta=self.eta)

    def event_play(
        self, seed: int, plan: Plan, *, keeps_runs: bool = True, make: Callable[..., EventPlay] = EventPlay
    ) -> EventPlay:
        """Make a replay for the event engine.

        Parameters
        ----------
        seed
            Seed of path draws and policy.
        plan
            When the job runs.
        keeps_runs
            Whether every run is kept, or only their sums.
        make
            Makes it: the class, or a kind of it.
        """
        batch_policy, power_policy = self.who.make(seed)
        return make(
            self.job,
            self.table,
            batch_policy=batch_policy,
            power_policy=power_policy,
            draws=make_draws(self.draws, seed=seed, job=self.job),
            eta=self.eta,
            beta=self.beta,
            recurrences=plan.recurrences,
            submissions=plan.submissions,
            keeps_runs=keeps_runs,
            cells=self.cells,
            near=self.near,
        )
