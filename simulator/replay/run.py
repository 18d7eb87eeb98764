"""One run of a job: knobs are chosen, a recorded path is drawn, and its price is paid.

A run is a run, whether it follows another, overlaps with others, or is a retry: `Launcher.launch` is the only place
where anything is drawn or priced. Source: "Zeus" (NSDI'23), section 6.1, and the published simulator's behaviour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simulator.cost import energy_time_cost
from simulator.errors import NotInTraceError, PolicyError, ReplayError

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer
    from simulator.replay.draws import Draws
    from simulator.trace.table import JobTable

__all__ = ["Launcher", "Outcome"]


class Outcome(NamedTuple):
    """What a run came to.

    Parameters
    ----------
    batch_size
        Batch size.
    power_limit_w
        Power limit [W].
    energy_j, time_s, cost
        Energy [J], time [s] and energy–time cost [J] of the whole run.
    reached
        Whether it reached the target.
    profiled
        Whether its first epoch was spent on profiling power limits.
    """

    batch_size: int
    power_limit_w: int
    energy_j: float
    time_s: float
    cost: float
    reached: bool
    profiled: bool

    @property
    def ran(self) -> bool:
        """Whether anything ran at all: a run that cannot afford its first epoch does not."""
        return self.reached or self.energy_j != 0 or self.time_s != 0


@dataclass(frozen=True, slots=True)
class _Size:
    """What is recorded about one batch size in one slice, as Python numbers: a loop reads them faster than arrays."""

    limits: list[tuple[int, float, float]]  # power limit [W], mean power [W], mean epoch time [s]; largest limit first
    first_epoch: tuple[float, float]  # energy [J] and time [s] of an epoch split over all limits
    paths: dict[int, list[tuple[float, float, float]]]  # by limit: target epoch, energy [J] and time [s] of an epoch

    @property
    def max_limit_w(self) -> int:
        return self.limits[0][0]


class Launcher:
    """Launches the runs of one job in one replay.

    Parameters
    ----------
    job
        The job.
    table
        What was recorded about it.
    batch_policy, power_policy
        Who decides. The launcher asks and tells the power policy; the batch size is the caller's business, for it
        depends on what else is running.
    draws
        Chance.
    eta
        Energy–time knob η.
    """

    def __init__(
        self,
        job: Job,
        table: JobTable,
        *,
        batch_policy: BatchSizeOptimizer,
        power_policy: PowerLimitOptimizer,
        draws: Draws,
        eta: float,
    ) -> None:
        self.job = job
        self.table = table
        self.batch_policy = batch_policy
        self._power_policy = power_policy
        self._draws = draws
        self._eta = eta
        self._sizes: dict[tuple[int, int], _Size] = {}
        self._register()

    def _register(self) -> None:
        """Introduce the job to both policies; those of the published simulator have no hook to see more."""
        for policy in (self.batch_policy, self._power_policy):
            if reveal := getattr(policy, "reveal", None):
                reveal(self.job, self.table, eta=self._eta)
        sizes = self.table.batch_sizes.tolist()
        self.batch_policy.register_job(self.job, sizes)
        if register := getattr(self._power_policy, "register_job", None):
            register(self.job, {size: self.table.limits_of(i) for i, size in enumerate(sizes)})
        self._observe_epoch = getattr(self._power_policy, "observe_epoch", None)

    def launch(self, batch_size: int, *, recurrence: int, bound: float) -> Outcome:
        """Run the job once.

        Parameters
        ----------
        batch_size
            Batch size.
        recurrence
            Which recurrence it is, from 0; in a drifting trace it decides the slice.
        bound
            Cost that the run must not exceed [J]; infinite: it may last max_epochs.

        Returns
        -------
        Outcome
            What it came to.

        Raises
        ------
        PolicyError
            If the batch size, or the power policy's limit for it, is not recorded.
        NotInTraceError
            If the batch size is feasible, but has no rows for the job's target.
        ReplayError
            If a drifting trace has no slice for this recurrence.
        """
        size = self._size(batch_size, self._slice(recurrence))
        limit, profiled = self._choose_limit(batch_size, size)
        paths = size.paths.get(limit)
        if paths is None:
            offered = ", ".join(str(w) for w, _, _ in size.limits)
            raise PolicyError(
                f"power policy {self._power_policy.name!r} chose {limit} W for batch size {batch_size} of {self.job}; "
                f"recorded are {offered} W"
            )
        target, energy_j, time_s = paths[self._draws.path(batch_size, len(paths))]

        epochs: float = self.job.max_epochs
        if bound != math.inf:
            epoch_cost = energy_time_cost(energy_j, time_s, eta=self._eta, max_power_w=size.max_limit_w)
            epochs = min(bound // epoch_cost, epochs)
        if epochs == 0:
            return Outcome(batch_size, limit, 0.0, 0.0, 0.0, False, profiled)

        reached = target <= epochs  # never, if the target epoch is NaN
        if reached:
            epochs = target
        if profiled:
            energy_j = size.first_epoch[0] + energy_j * (epochs - 1)
            time_s = size.first_epoch[1] + time_s * (epochs - 1)
        else:
            energy_j *= epochs
            time_s *= epochs
        cost = energy_time_cost(energy_j, time_s, eta=self._eta, max_power_w=self.table.max_power_w)
        return Outcome(batch_size, limit, energy_j, time_s, cost, reached, profiled)

    def _choose_limit(self, batch_size: int, size: _Size) -> tuple[int, bool]:
        """Ask for the power limit; profile the batch size first if the policy does not know it."""
        limit = self._power_policy.predict(self.job, batch_size)
        if limit is not None:
            return limit, False
        for watts, power_w, time_s in size.limits:
            if self._observe_epoch:
                self._observe_epoch(self.job, batch_size, watts, energy_j=power_w * time_s, time_s=time_s)
            epoch_cost = (self._eta * power_w + (1 - self._eta) * size.max_limit_w) * time_s
            self._power_policy.observe(self.job, batch_size, watts, epoch_cost)
        limit = self._power_policy.predict(self.job, batch_size)
        if limit is None:
            raise PolicyError(
                f"power policy {self._power_policy.name!r} still has no limit for batch size {batch_size} of "
                f"{self.job}, though all {len(size.limits)} were profiled"
            )
        return limit, True

    def _slice(self, recurrence: int) -> int:
        """Find the slice of a recurrence: its own in a drifting trace, otherwise the only one."""
        n_slices = len(self.table.slices)
        if 1 < n_slices <= recurrence:
            raise ReplayError(
                f"{self.job} drifts through {n_slices} recorded slices, one a recurrence; recurrence {recurrence} "
                f"(from 0) has none; ask for at most {n_slices}"
            )
        return recurrence if n_slices > 1 else 0

    def _size(self, batch_size: int, at_slice: int) -> _Size:
        key = (at_slice, batch_size)
        if key not in self._sizes:
            self._sizes[key] = self._read_size(batch_size, at_slice)
        return self._sizes[key]

    def _read_size(self, batch_size: int, at_slice: int) -> _Size:
        table = self.table
        sizes = table.batch_sizes.tolist()
        if batch_size not in sizes:
            raise PolicyError(
                f"policy {self.batch_policy.name!r} chose batch size {batch_size} for {self.job}; feasible are {sizes}"
            )
        at = (at_slice, sizes.index(batch_size))
        limits, paths = [], {}
        for k, watts in reversed(list(enumerate(table.power_limits_w.tolist()))):
            first, count = int(table.path_first[at][k]), int(table.path_count[at][k])
            if count:
                limits.append((watts, float(table.profile_power_w[at][k]), float(table.profile_time_s[at][k])))
                columns = (table.target_epoch, table.epoch_energy_j, table.epoch_time_s)
                paths[watts] = list(zip(*(c[first : first + count].tolist() for c in columns), strict=True))
        if not limits:
            recorded = [size for i, size in enumerate(sizes) if table.path_count[at_slice, i].any()]
            raise NotInTraceError(
                f"batch size {batch_size} has no rows for target {self.job.target_metric} of {self.job}"
                f"{f' in slice {table.slices[at_slice]}' if len(table.slices) > 1 else ''}; those that do: {recorded}"
            )
        first_epoch = (float(table.profile_epoch_energy_j[at]), float(table.profile_epoch_time_s[at]))
        return _Size(limits, first_epoch, paths)
