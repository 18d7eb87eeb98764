"""One replay whose policies are asked and told through a service."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.errors import ExhaustedError, PolicyError, ReplayError, ServiceError
from simulator.policy import create_power
from simulator.replay.setting import Setting
from simulator.service.model import Origin
from simulator.service.trip.epochs import EpochCounter
from simulator.service.trip.origin import origin_of_traces
from simulator.service.trip.spec import limits_in_common, make_spec, policy_fields

if TYPE_CHECKING:
    from simulator.replay.event import EventPlay
    from simulator.replay.setting import Plan
    from simulator.service.deciding.results import Dispatched
    from simulator.service.model import JobSpec
    from simulator.service.trip.reach.live import LiveService
    from simulator.trace.traces import Traces

__all__ = ["Rehearsal", "ServicePlay"]

#: Rehearsals wait for nobody: no trial of theirs is to expire.
_LEASE_S = 30 * 86400.0


class ServicePlay(EpochCounter):
    """A replay of the event engine, with a service in the place of its policies.

    Parameters
    ----------
    service
        The service.
    spec
        How the job is registered there.
    origin
        What the service is told of where its results come from.
    keeps_job
        Whether the job stays there afterwards.
    args, more
        As `simulator.replay.event.EventPlay` takes them; of the policies, only the names are used.
    """

    def __init__(
        self, *args: Any, service: LiveService, spec: JobSpec, origin: Origin, keeps_job: bool = False, **more: Any
    ) -> None:
        self._service = service
        self._spec = spec
        self._origin = origin
        self._keeps_job = keeps_job
        self._job_id: str | None = None
        #: What the service handed out last, until it starts.
        self._chosen: Dispatched | None = None
        #: Trial of each recurrence's latest run.
        self._trials: dict[int, int] = {}
        super().__init__(*args, **more)

    def _register(self) -> None:
        """Look away: the policies live in the service, which learns of the job when it is played."""

    def play(self) -> int:
        """Register the job, play the replay to its end, and delete the job again."""
        self._job_id = self._service.register(self._spec)
        try:
            status = super().play()
        except BaseException:
            with suppress(ServiceError):  # what went wrong first is what matters
                self._end()
            raise
        self._end()
        return status

    def _end(self) -> None:
        if not self._keeps_job:
            self._service.delete(self._id)

    def predict(self) -> int:
        """Ask for a trial."""
        try:
            self._chosen = self._service.dispatch(self._id)
        except ExhaustedError as error:  # of the policy, which knows nothing of the job's id
            raise ExhaustedError(str(error).removeprefix(f"job {self._id!r} has nothing left to run: ")) from error
        return self._position_of[self._chosen.trial.batch_size]

    def ask_limit(self, place: int, size: int) -> int:
        """Start the trial; one whose size the schedule chose, and not the service, is asked for here."""
        dispatched = self._chosen or self._service.dispatch(self._id, batch_size=self.sizes[size])
        self._chosen, trial = None, dispatched.trial
        self._trials[self.run.recurrence] = trial.number
        self.run.profiled = dispatched.profile_limits_w is not None
        watts = trial.power_limit_w
        if self.run.profiled:
            watts = self._service.profile(self._id, trial.number, self._measurements(place, size))
        limit = None if watts is None else self._limit_of.get(watts)
        if limit is None or not self.cells.path_count[place * self.cells.n_limits + limit]:
            raise PolicyError(self._wrong_limit(watts, place, size))
        return limit

    def _measurements(self, place: int, size: int) -> list[tuple[int, float, float]]:
        """List what an epoch takes at each limit that is recorded at a place: limit [W], power [W], time [s]."""
        at = (place // self.cells.n_sizes, size)
        powers, times = self.table.profile_power_w[at].tolist(), self.table.profile_time_s[at].tolist()
        return [(self.limits[k], powers[k], times[k]) for k in self._recorded(place)]

    def observe(self, size: int, cost: float, converged: int) -> int:
        """Tell what the trial came to."""
        run = self.run
        if converged:
            self.failed.clear()
        else:
            self.failed.append((size, run.cost))
        is_told = self._service.finish(
            self._id,
            self._trials[run.recurrence],
            energy_j=run.energy_j,
            time_s=run.time_s,
            converged=bool(converged),
            cost=cost,
            epoch=self.count_epochs(),
            origin=self._origin,
        )
        if not is_told:
            raise PolicyError(
                f"policy {self.batch_policy.name!r} was not waiting for a result of batch size {self.sizes[size]}"
            )
        return 0

    @property
    def _id(self) -> str:
        if self._job_id is None:
            raise ReplayError(f"the replay of {self.job} has not begun; call play()")
        return self._job_id


@dataclass(frozen=True, kw_only=True)
class Rehearsal(Setting):
    """One way to replay a job through a service.

    Parameters
    ----------
    service
        The service.
    prefix
        What the ids of its jobs begin with.
    keeps_jobs
        Whether they stay there afterwards.
    traces
        What was recorded, or made up, on each GPU: the service keeps which.
    """

    service: LiveService
    prefix: str = "rehearsal"
    keeps_jobs: bool = False
    traces: tuple[Traces, ...] = ()

    def event_play(self, seed: int, plan: Plan, *, keeps_runs: bool = True, **_: Any) -> EventPlay:
        """Make a replay.

        Raises
        ------
        ReplayError
            If the service has no place for such a replay.
        SpecError
            If the job cannot be registered.
        """
        origins = [origin_of_traces(one, self.job) for one in self.traces if one.gpu == self.labels["gpu"]]
        make = partial(
            ServicePlay,
            service=self.service,
            spec=self._spec(seed),
            origin=origins[0] if origins else Origin.UNKNOWN,
            keeps_job=self.keeps_jobs,
        )
        return super().event_play(seed, plan, keeps_runs=keeps_runs, make=make)

    def _spec(self, seed: int) -> JobSpec:
        who = self.who
        if not who.are_named:
            raise ReplayError(
                "engine='service' knows policies by their names only, and was given an object: register it as an "
                "entry point, or use engine='event'"
            )
        return make_spec(
            self.job,
            self.table,
            gpu=self.labels["gpu"],
            job_id_prefix=self.prefix,
            eta=self.eta,
            beta=self.beta,
            seed=seed,
            power_policy=who.power_name,
            power_limits_w=self._limits(),
            lease_s=_LEASE_S,
            **policy_fields(who.policy_name),
        )

    def _limits(self) -> list[int]:
        """Power limits [W]; a job of the service has the same at all batch sizes, unless its policy profiles them."""
        limits = limits_in_common(self.table)
        if limits is None and "register_job" in vars(type(create_power(self.who.power_name))):
            raise ReplayError(
                f"the traces hold other power limits at some batch sizes of {self.job} than at others, and the power "
                f"policy {self.who.power_name!r} would be told wrongly; engine='event' can replay this"
            )
        return limits or self.table.power_limits_w.tolist()
