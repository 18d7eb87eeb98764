"""An offline replay of a live job, with its own policies: what a service enters as its first trials."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import NotInTraceError
from simulator.policy import create_power
from simulator.replay.draws import make_draws
from simulator.replay.failures import play_through
from simulator.replay.run import ran
from simulator.service.deciding.policies import make_policy
from simulator.service.deciding.results import RecordedRun
from simulator.service.model import Origin
from simulator.service.trip.epochs import EpochCounter
from simulator.service.trip.origin import origin_of_traces
from simulator.service.trip.spec import job_of
from simulator.trace.traces import Traces

if TYPE_CHECKING:
    from typing import Any

    from simulator.service.model import JobSpec

__all__ = ["fitting", "replay_runs"]


def replay_runs(spec: JobSpec, traces: Traces, *, seed: int, recurrences: int, job_id: str) -> list[RecordedRun]:
    """Replay a live job offline, with its own policy, seed and knobs.

    Parameters
    ----------
    spec
        What the job was registered with.
    traces
        What was recorded, as `fitting` returns it.
    seed
        Seed of its draws, and of those of the replay.
    recurrences
        How often it recurs.
    job_id
        The job's name, which stands in for an unknown dataset.

    Returns
    -------
    list of RecordedRun
        All that the policy was told, in order: also the runs that could not afford an epoch.

    Raises
    ------
    NotInTraceError
        If the traces do not hold the job.
    ConvergenceError
        If a recurrence does not reach the target.
    """
    job = job_of(spec, job_id=job_id)
    table = replace(traces.table(job), max_power_w=spec.max_power_w)  # type: ignore[arg-type]  # the job's, perhaps no whole number
    play = _RecordingPlay(
        job,
        table,
        batch_policy=make_policy(spec, seed=seed),
        power_policy=create_power(spec.power_policy or "full"),
        draws=make_draws("published", seed=seed, job=job),
        eta=spec.eta,
        beta=float("inf") if spec.beta is None else spec.beta,
        recurrences=recurrences,
    )
    play.keeps_limits = bool(spec.power_limits_w)
    play.origin = origin_of_traces(traces, job)
    play_through(play)
    return play.runs


def fitting(spec: JobSpec, traces: Traces, *, job_id: str) -> Traces:
    """Leave of traces what a live job may choose: its batch sizes and power limits, all of which must be recorded.

    Raises
    ------
    NotInTraceError
        If some are not.
    """
    job = job_of(spec, job_id=job_id)  # as an export names it
    table = traces.table(job)
    for what, wanted, found in (
        ("batch sizes", spec.batch_sizes, table.batch_sizes.tolist()),
        ("power limits [W]", spec.power_limits_w, table.power_limits_w.tolist()),
    ):
        if missing := sorted(set(wanted) - set(found)):
            raise NotInTraceError(
                f"the traces {traces.name} on {traces.gpu} do not hold {what} {', '.join(map(str, missing))} of {job}; "
                f"they hold {', '.join(map(str, found))}. Register the job with these, or import other traces"
            )
    power = traces.power
    if spec.power_limits_w:
        power = power.loc[power["power_limit"].isin(spec.power_limits_w)]
    return Traces(
        train=traces.train.loc[traces.train["batch_size"].isin(spec.batch_sizes)],
        power=power.loc[power["batch_size"].isin(spec.batch_sizes)],
        gpu=traces.gpu,
        name=traces.name,
        synthetic=traces.synthetic,
    )


class _RecordingPlay(EpochCounter):
    """A replay that keeps what its policy is told."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.runs: list[RecordedRun] = []
        self.keeps_limits = True
        self.origin = Origin.UNKNOWN
        super().__init__(*args, **more)

    def observe(self, size: int, cost: float, converged: int) -> int:
        """Keep it, and tell the policy."""
        run = self.run
        self.runs.append(
            RecordedRun(
                batch_size=self.sizes[size],
                power_limit_w=self.limits[run.limit] if self.keeps_limits else None,
                energy_j=run.energy_j,
                time_s=run.time_s,
                converged=bool(converged),
                epoch=self.count_epochs(),
                cost=None if ran(run) else cost,
                origin=self.origin,
            )
        )
        return super().observe(size, cost, converged)
