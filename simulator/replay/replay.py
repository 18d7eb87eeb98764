"""What would this job have cost with this policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from simulator.cost import check_knobs
from simulator.errors import ConvergenceError, ReplayError
from simulator.replay.arguments import (
    check_job,
    check_word,
    count_recurrences,
    groups_of,
    list_seeds,
    take_traces,
)
from simulator.replay.draws import DISCIPLINES, make_draws
from simulator.replay.event import EventPlay
from simulator.replay.play import Cells, Submissions
from simulator.replay.result import make_manifest, to_frame
from simulator.replay.submissions import submissions_from
from simulator.replay.who import BatchPolicyLike, PowerPolicyLike, Who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    import pandas as pd

    from simulator.job import Job
    from simulator.replay.event import Row
    from simulator.trace.traces import Traces

__all__ = ["ENGINES", "replay"]

ENGINES = ("auto", "event", "vectorized")


def replay(
    job: Job,
    traces: Traces | str | PathLike[str],
    *,
    policy: BatchPolicyLike,
    power_policy: PowerPolicyLike = "jit",
    seeds: int | Iterable[int],
    recurrences: int | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    eta: float = 0.5,
    beta: float = 2.0,
    window: int = 0,
    draws: Literal["published", "keyed"] = "published",
    engine: Literal["auto", "event", "vectorized"] = "auto",
    on_failure: Literal["raise", "keep"] = "raise",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Replay a recorded job under a policy, once for each seed.

    Nothing is random beyond the seeds: the same arguments return the same table, to the last bit.

    Parameters
    ----------
    job
        The job, recurring or submitted in groups.
    traces
        What was recorded on one GPU: `Traces`, or a directory that holds those of one GPU.
    policy
        Who chooses batch sizes: a registered name (`simulator.policy.names`), an instance, or a factory. An instance
        is copied for each seed; if it has an attribute ``seed``, the copy's is set. A factory is called with
        ``seed=`` if it takes one.
    power_policy
        Who chooses power limits, likewise.
    seeds
        One seed or several. Each seeds both the path draws and the policy, as the published scripts do.
    recurrences
        How often the job recurs. Default: 2·|batch sizes|·|power limits|, or the number of slices of a drifting
        trace.
    groups
        Submissions that may overlap, as a table or a path (see `simulator.read_groups`); each group of the job's
        dataset is replayed by itself.
    eta
        Energy–time knob η in [0, 1]: 1 counts energy alone.
    beta
        Early stopping knob β above 1: a run may cost β times the lowest cost so far. ``math.inf``: no early stop.
    window
        Latest rewards that a policy's beliefs rest on, for policies with a ``window_size``; 0 means all.
    draws
        ``"published"``: the published simulator's stream. ``"keyed"``: the k-th run of a batch size meets the same
        luck under every policy.
    engine
        ``"event"`` runs any policy, one run at a time; ``"auto"`` chooses.
    on_failure
        What to do if a job does not reach its target (`ConvergenceError`): ``"raise"``, or ``"keep"`` the runs so far
        and list the failures in ``result.attrs["failures"]``.
    progress
        Called after each replay with how many are done and how many there are.

    Returns
    -------
    pandas.DataFrame
        One row a run, in the order in which they ended; see `simulator.replay.result.COLUMNS`. ``attrs["manifest"]``
        says how it was made.

    Raises
    ------
    ReplayError
        If a knob is impossible, or the engine is not there.
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
    """
    eta, beta = check_knobs(eta=eta, beta=beta)
    check_word("engine", engine, ENGINES)
    check_word("draws", draws, DISCIPLINES)
    check_word("on_failure", on_failure, ("raise", "keep"))
    if engine == "vectorized":
        raise ReplayError("this version has no vectorized engine; engine='event' gives the same table, run by run")
    if progress is not None and not callable(progress):
        raise ReplayError(
            f"progress is {progress!r}; it is a function that takes how many are done, and how many there are"
        )
    check_job(job)
    traces = take_traces(traces)
    table = traces.table(job)
    submissions = None if groups is None else groups_of(job, groups)
    n_recurrences = count_recurrences(recurrences, grouped=groups is not None, table=table)
    all_seeds = list_seeds(seeds)
    who = Who(policy, power_policy, window=window, overlapping=groups is not None)

    plans: list[tuple[dict[str, str], Submissions | None]] = [({}, None)]
    if submissions is not None:
        by_group = submissions.groupby("group", sort=False)
        plans = [({"group": str(name)}, Submissions.of(submissions_from(group))) for name, group in by_group]
    cells = Cells.of(table)
    replays: list[tuple[dict[str, Any], list[Row]]] = []
    failures: list[dict[str, Any]] = []
    for seed in all_seeds:
        for labels, group in plans:
            batch_policy, power = who.make(seed)
            play = EventPlay(
                job,
                table,
                batch_policy=batch_policy,
                power_policy=power,
                draws=make_draws(draws, seed=seed, job=job),
                eta=eta,
                beta=beta,
                recurrences=n_recurrences if group is None else len(group.start_s),
                submissions=group,
                cells=cells,
            )
            common = {"policy": who.label, "job": str(job), "gpu": traces.gpu, "seed": seed, **labels}
            try:
                play.play()
            except ConvergenceError as error:
                if on_failure == "raise":
                    raise
                failures.append({**common, "error": str(error)})
            replays.append((common, play.rows))
            if progress:
                progress(len(replays), len(all_seeds) * len(plans))

    result = to_frame(replays)
    knobs = {
        "policy": who.policy_name,
        "power_policy": who.power_name,
        "seeds": all_seeds,
        "recurrences": None if submissions is not None else n_recurrences,
        "eta": eta,
        "beta": beta,
        "window": window,
        "draws": draws,
        "engine": "event",
    }
    result.attrs = {"manifest": make_manifest(job, traces, submissions, knobs), "failures": failures}
    return result
