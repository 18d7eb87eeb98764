"""The event engine: any policy, as a Python object, asked one run at a time. It is the definition of a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.cost import weigh_power
from simulator.errors import JobError, PolicyError
from simulator.policy.outcome import UNKNOWN
from simulator.replay.host import Host
from simulator.replay.in_flight import InFlight
from simulator.replay.overlapping import replay_submissions
from simulator.replay.play import Cells, SoFar, Submissions
from simulator.replay.sequential import replay_sequence
from simulator.replay.totals import Run, Totals, near_oracle

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer
    from simulator.replay.draws import Draws
    from simulator.trace.table import JobTable

__all__ = ["EventPlay", "Row"]

#: A run: recurrence, attempt, positions of batch size and power limit, reached, profiled; energy [J], time [s], cost
#: [J], start and end [s].
Row = tuple[int, int, int, int, bool, bool, float, float, float, float, float]


class EventPlay(Host):
    """One replay of a job by policies that are Python objects.

    Parameters
    ----------
    job
        The job.
    table
        What was recorded about it.
    batch_policy, power_policy
        Who decides. They are told about the job here.
    draws
        Chance.
    eta, beta
        Energy–time knob η and early stopping knob β.
    recurrences
        How often the job recurs; how often it was submitted, if there are submissions.
    submissions
        When it was submitted; None: one run follows the other.
    keeps_runs
        Whether every run is kept in `rows`, or only their sums in `totals` and how often each configuration ran in
        `configurations`.
    cells, near
        ``Cells.of(table)`` and `simulator.replay.totals.near_oracle`, if they are at hand.

    Raises
    ------
    JobError
        If there are submissions, and the job has no default batch size: it is the best known one until a run has
        ended.
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
        beta: float,
        recurrences: int,
        submissions: Submissions | None = None,
        keeps_runs: bool = True,
        cells: Cells | None = None,
        near: list[bool] | None = None,
    ) -> None:
        if submissions is not None and job.default_bs is None:
            raise JobError(f"{job} needs a default batch size to be submitted in groups: Job(..., default_bs=...)")
        sizes, limits = table.batch_sizes.tolist(), table.power_limits_w.tolist()
        super().__init__(
            eta=eta,
            beta=beta,
            max_epochs=job.max_epochs,
            recurrences=recurrences,
            default_size=sizes.index(job.default_bs) if job.default_bs in sizes else UNKNOWN,
            keeps_runs=keeps_runs,
            cells=Cells.of(table) if cells is None else cells,
            submissions=submissions or Submissions.of(()),
            run=Run(),
            so_far=SoFar(),
            totals=Totals.begin(near_oracle(table, eta=eta) if near is None else near, n_limits=len(limits)),
            in_flight=InFlight.room_for(0 if submissions is None else recurrences),
        )
        self.job = job
        self.table = table
        self.sizes: list[int] = sizes
        self.limits: list[int] = limits
        self.batch_policy = batch_policy
        self.power_policy = power_policy
        self.rows: list[Row] = []
        #: How often each batch size and power limit ran, shape (n_sizes · n_limits,).
        self.configurations = [0] * (len(sizes) * len(self.limits))
        #: Position and cost [J] of each failed try of the recurrence at hand; 0: it could not afford an epoch.
        self.failed: list[tuple[int, float]] = []
        self._draws = draws
        self._schedule = replay_sequence if submissions is None else replay_submissions
        self._position_of = {size: position for position, size in enumerate(sizes)}
        self._limit_of = {limit: position for position, limit in enumerate(self.limits)}
        self._register()

    def _register(self) -> None:
        """Introduce the job to both policies; those of the published simulator have no hook to see more."""
        for policy in (self.batch_policy, self.power_policy):
            if reveal := getattr(policy, "reveal", None):
                reveal(self.job, self.table, eta=self.eta)
        self.batch_policy.register_job(self.job, self.table.batch_sizes.tolist())
        if register := getattr(self.power_policy, "register_job", None):
            register(self.job, {size: self.table.limits_of(i) for i, size in enumerate(self.sizes)})

    def play(self) -> int:
        """Play the replay to its end, or to a negative status; see `simulator.replay.failures.play_through`."""
        return self._schedule(self)

    def predict(self) -> int:
        """Ask the batch size policy."""
        batch_size = self.batch_policy.predict(self.job)
        try:
            return self._position_of[batch_size]
        except KeyError:
            raise PolicyError(
                f"policy {self.batch_policy.name!r} chose batch size {batch_size} for {self.job}; feasible are "
                f"{self.sizes}"
            ) from None

    def choose_limit(self, place: int, size: int) -> int:
        """Ask the power policy; let it profile the batch size first if it does not know it."""
        batch_size = self.sizes[size]
        watts = self.power_policy.predict(self.job, batch_size)
        self.run.profiled = watts is None
        if watts is None:
            self._profile(place, size)
            watts = self.power_policy.predict(self.job, batch_size)
        limit = None if watts is None else self._limit_of.get(watts)
        if limit is None or not self.cells.path_count[place * self.cells.n_limits + limit]:
            raise PolicyError(self._wrong_limit(watts, place, size))
        return limit

    def _profile(self, place: int, size: int) -> None:
        """Tell the power policy what an epoch takes at each limit, the largest first."""
        at = (place // self.cells.n_sizes, size)
        powers, times = self.table.profile_power_w[at].tolist(), self.table.profile_time_s[at].tolist()
        largest = self.cells.largest_limit_w[place]
        observe_epoch = getattr(self.power_policy, "observe_epoch", None)
        for limit in self._recorded(place):
            watts, power_w, time_s = self.limits[limit], powers[limit], times[limit]
            if observe_epoch:
                observe_epoch(self.job, self.sizes[size], watts, energy_j=power_w * time_s, time_s=time_s)
            self.power_policy.observe(
                self.job, self.sizes[size], watts, weigh_power(power_w, time_s, self.eta, largest)
            )

    def _recorded(self, place: int) -> list[int]:
        """List positions of the limits that are recorded at a place, the largest first."""
        cell = place * self.cells.n_limits
        return [k for k in reversed(range(self.cells.n_limits)) if self.cells.path_count[cell + k]]

    def _wrong_limit(self, watts: int | None, place: int, size: int) -> str:
        offered = [self.limits[k] for k in self._recorded(place)]
        who = f"power policy {self.power_policy.name!r}"
        what = f"batch size {self.sizes[size]} of {self.job}"
        if watts is None:
            return f"{who} still has no limit for {what}, though all {len(offered)} were profiled"
        return f"{who} chose {watts} W for {what}; recorded are {', '.join(map(str, offered))} W"

    def draw(self, size: int, n_paths: int) -> int:
        """Draw a path."""
        return self._draws.path(self.sizes[size], n_paths)

    def observe(self, size: int, cost: float, converged: int) -> int:
        """Tell the batch size policy."""
        if converged:
            self.failed.clear()
        else:
            self.failed.append((size, self.run.cost))
        self.batch_policy.observe(self.job, self.sizes[size], cost, bool(converged))
        return 0

    def record(
        self,
        attempt: int,
        energy_j: float,
        time_s: float,
        cost: float,
        started_s: float,
        ended_s: float,
    ) -> int:
        """Keep the last run in `rows`."""
        run = self.run
        self.rows.append(
            (
                run.recurrence,
                attempt,
                run.size,
                run.limit,
                run.reached,
                run.profiled,
                energy_j,
                time_s,
                cost,
                started_s,
                ended_s,
            )
        )
        return 0

    def count_configuration(self) -> None:
        """Count batch size and power limit of the last run in `configurations`."""
        self.configurations[self.run.size * self.cells.n_limits + self.run.limit] += 1
