"""Which policy is better, and how sure is that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from simulator.compare.comparison import Comparison
from simulator.compare.contenders import choose_baseline, contenders
from simulator.compare.gather import gather
from simulator.compare.places import list_places
from simulator.compare.settings import Settings
from simulator.errors import ReplayError
from simulator.replay.arguments import groups_of, list_seeds
from simulator.replay.manifest import make_manifest
from simulator.trace.read import read_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    import pandas as pd

    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["compare"]


def compare(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    policies: Sequence[Any],
    seeds: int | Iterable[int] = range(100),
    eta: float = 0.5,
    beta: float = 2.0,
    window: int = 0,
    recurrences: int | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    baseline: str | None = None,
    smallest_difference: float = 0.01,
    confidence: float = 0.95,
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm",
    resamples: int = 200,
    resample_seeds: int = 10,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare policies over jobs and GPUs: better, worse, equivalent, or one cannot tell.

    All policies meet the same luck (keyed draws), and are compared seed by seed. Chance decides twice: which runs
    were recorded, and which of them a replay draws. So the recorded runs are drawn again many times, and everything is
    replayed on each of these worlds: intervals that leave this out are too narrow.

    Parameters
    ----------
    jobs
        One job or several, each on every GPU. None: for each GPU those that its traces come with, since a default batch
        size may not fit on all.
    traces
        What was recorded, on one GPU or several: `Traces`, or a directory, all of whose GPUs count.
    policies
        Two at least, for each a registered name, with ``+`` and a power policy if it is not ``jit``; an instance or a
        factory; or a tuple of either with a power policy.
    seeds
        Seeds of the replays on the runs as recorded, two at least.
    eta, beta, recurrences, groups
        As `simulator.replay` takes them.
    window
        Likewise, for those policies that have one.
    baseline
        Policy that the others are compared with. Default: ``default+full`` if it is among them, otherwise the first.
    smallest_difference
        Smallest relative difference that matters, 0.01 for 1 %; 0: any does. Better means surely better by that much.
    confidence
        How often intervals hold the truth; the chance of even one false verdict is at most the rest.
    correction
        For many comparisons: ``"holm"``, ``"benjamini-hochberg"`` (few false verdicts instead of none), ``"none"``.
    resamples
        How often the recorded runs are drawn again; 0: not at all, so that intervals are about seeds alone.
    resample_seeds
        Seeds of each resample, two at least. They are not those of any other.
    progress
        Called after each batch of replays with how many are done and how many there are.

    Returns
    -------
    Comparison
        Tables and verdicts.

    Raises
    ------
    ReplayError
        If a number makes no sense, there are fewer than two policies, or a job and GPU stand twice.
    UnknownPolicyError
        If the baseline is not among the policies, or no policy has such a name.
    NotInTraceError
        If the traces do not hold a job.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> found = simulator.compare(
    ...     traces.jobs[0], traces, policies=["default+full", "random"], seeds=range(4), recurrences=5, resamples=4
    ... )
    >>> found.baseline, found.differences["measure"].tolist()
    ('default+full', ['cost', 'energy_j', 'time_s'])
    >>> (found.differences["difference_pct"] > 0).all()  # verdicts need more seeds and resamples than these
    np.True_
    """
    settings = Settings(
        seeds=list_seeds(seeds),
        eta=eta,
        beta=beta,
        window=window,
        recurrences=recurrences,
        resamples=resamples,
        resample_seeds=resample_seeds,
        smallest_difference=smallest_difference,
        confidence=confidence,
        correction=correction,
    )
    if progress is not None and not callable(progress):
        raise ReplayError(f"progress is {progress!r}; it is a function that takes how many are done, and of how many")
    who = contenders(policies, window=settings.window, overlapping=groups is not None)
    names = [each.name for each in who]
    baseline = choose_baseline(baseline, names)
    submissions = None if groups is None else read_groups(groups)
    places = list_places(jobs, traces)
    made = [
        make_manifest(job, of_gpu, None if submissions is None else groups_of(job, submissions), {})
        for job, of_gpu in places
    ]
    gathered = gather(places, who, settings=settings, groups=submissions, progress=progress)
    manifest = {
        "settings": asdict(settings),
        "policies": names,
        "baseline": baseline,
        "replays": [{name: each[name] for name in ("job", "traces", "groups")} for each in made],
        "versions": made[0]["versions"],
        "command": made[0]["command"],
    }
    return Comparison(gathered, manifest)
