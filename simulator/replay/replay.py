"""What would this job have cost with this policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from simulator.replay.engines import ENGINES
from simulator.replay.playing import Playing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    from simulator.job import Job
    from simulator.replay.who import BatchPolicyLike, PowerPolicyLike
    from simulator.trace.traces import Traces

    TracesLike = Traces | str | PathLike[str]

__all__ = ["ENGINES", "replay"]


def replay(
    job: Job | Sequence[Job],
    traces: TracesLike | Sequence[TracesLike],
    *,
    policy: BatchPolicyLike,
    power_policy: PowerPolicyLike = "jit",
    seeds: int | Iterable[int],
    recurrences: int | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    eta: float | Sequence[float] = 0.5,
    beta: float | Sequence[float] = 2.0,
    window: int | Sequence[int] = 0,
    draws: Literal["published", "keyed"] = "published",
    engine: str = "auto",
    on_failure: Literal["raise", "keep"] = "raise",
    detail: Literal["runs", "replays"] = "runs",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Replay a recorded job under a policy, once for each seed.

    Nothing is random beyond the seeds: the same arguments return the same table, to the last bit, whatever the engine
    and on however many cores.

    Parameters
    ----------
    job
        The job, recurring or submitted in groups; or several, such as variants with other targets.
    traces
        What was recorded on one GPU: `Traces`, or a directory that holds those of one GPU; or several.
    policy
        Who chooses batch sizes: a registered name (`simulator.policy.names`), an instance, or a factory. An instance
        is copied for each seed; if it has an attribute ``seed``, the copy's is set. A factory is called with
        ``seed=`` if it takes one.
    power_policy
        Who chooses power limits, likewise.
    seeds
        One seed or several. Each seeds both the path draws and the policy, as the published scripts do.
    recurrences
        How often the job recurs. Default: ``2·|batch sizes|·|power limits|``, or the number of slices of a drifting
        trace.
    groups
        Submissions that may overlap, as a table or a path (see `simulator.read_groups`); each group of the job's
        dataset is replayed by itself.
    eta
        Energy–time knob η in [0, 1]: 1 counts energy alone. Or several: all combinations of jobs, traces and knobs
        are replayed, and a knob that varies has a column in the table.
    beta
        Early stopping knob β above 1: a run may cost β times the lowest cost so far. ``math.inf``: no early stop.
    window
        Latest rewards that a policy's beliefs rest on, for policies with a ``window_size``; 0 means all.
    draws
        ``"published"``: the published simulator's stream. ``"keyed"``: the k-th run of a batch size meets the same
        luck under every policy.
    engine
        ``"event"`` runs any policy, one run at a time. ``"vectorized"`` runs compiled code on all cores, for policies
        that compile, as the stock ones do. ``"auto"`` chooses, and never compiles for what takes the event engine a
        few seconds; a long replay that cannot be compiled it spreads over processes. ``"service"``: a rehearsal, with
        a service for live jobs that decides, in this process; needs the extra ``service``, and policies by their names.
        Other packages may offer more, as entry points of the group ``simulator.engines``.
    on_failure
        What to do if a job does not reach its target (`ConvergenceError`): ``"raise"``, or ``"keep"`` the runs so far
        and list the failures in ``result.attrs["failures"]``.
    detail
        ``"runs"``: one row a run. ``"replays"``: one row a replay, with sums over its runs, which a million seeds have
        room for; how often each configuration ran is in ``result.attrs["configurations"]``, and of many failures the
        first hundred of each setting are listed.
    workers
        Threads or processes, at most. Default: as many as there are cores, where that is worth it.
    progress
        Called now and then with how many replays are done and how many there are.

    Returns
    -------
    pandas.DataFrame
        One row a run, in the order in which they ended, or one row a replay; see `simulator.replay.frames.COLUMNS`
        and ``REPLAY_COLUMNS``. ``attrs["manifest"]`` says how it was made.

    Raises
    ------
    ReplayError
        If a knob is impossible, or an engine is unknown, broken, or asked for what it cannot run.
    NotInTraceError
        If the traces do not hold the job.
    PolicyError
        If a policy is unknown, or chooses what was not recorded.
    ConvergenceError
        If a replay fails, and `on_failure` is ``"raise"``.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> result = simulator.replay(traces.jobs[0], traces, policy="default", seeds=0, recurrences=3)
    >>> result["reached"].all()
    np.True_
    >>> both = simulator.replay(
    ...     traces.jobs[0], traces, policy="default", seeds=range(3), eta=[0.5, 1], detail="replays"
    ... )
    >>> both.groupby("eta")["energy_j"].size().tolist()
    [3, 3]
    """
    playing = Playing.begin(
        job,
        traces,
        policy=policy,
        power_policy=power_policy,
        seeds=seeds,
        recurrences=recurrences,
        groups=groups,
        eta=eta,
        beta=beta,
        window=window,
        draws=draws,
        engine=engine,
        on_failure=on_failure,
        detail=detail,
        workers=workers,
        progress=progress,
    )
    table = pd.concat(list(playing.frames()), ignore_index=True)
    table.attrs.update(playing.attributes())
    return table
