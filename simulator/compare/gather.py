"""All replays of a comparison: every policy on every job and GPU, as recorded and with the runs drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.compare.places import describe, yardsticks
from simulator.compare.replays import AMOUNTS, Replays, Stage
from simulator.trace.resample import RecordedRuns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from simulator.compare.contenders import Contender
    from simulator.compare.settings import Settings
    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["Gathered", "gather"]

#: The resample that is none: the runs as they were recorded.
RECORDED = 0


class Gathered(NamedTuple):
    """What the tables of a comparison are made from.

    Parameters
    ----------
    replays
        One row a replay: job, gpu, policy, resample (0: as recorded), seed, and `simulator.compare.replays.AMOUNTS`;
        within a policy in the order of resamples and seeds.
    worlds
        One row for each job, gpu and resample: oracle_cost and clairvoyant_cost [J], what all recurrences of a replay
        would have cost.
    configurations
        job, gpu, policy, batch_size, power_limit_w [W], runs.
    draws
        One row a recorded run: workload, slice, batch_size, runs (of this batch size), kind, run, and times: how often
        it was drawn in each resample.
    pairs
        One row for each job and GPU; see `simulator.compare.Comparison`.
    failures
        Replays on the recorded runs that broke off.
    """

    replays: pd.DataFrame
    worlds: pd.DataFrame
    configurations: pd.DataFrame
    draws: pd.DataFrame
    pairs: pd.DataFrame
    failures: list[dict[str, Any]]


def gather(
    places: Sequence[tuple[Job, Traces]],
    who: Sequence[Contender],
    *,
    settings: Settings,
    groups: pd.DataFrame | None,
    progress: Callable[[int, int], None] | None,
) -> Gathered:
    """Replay every policy at every place, on the recorded runs and on each resample of them.

    Parameters
    ----------
    places
        Jobs, each with what was recorded on a GPU.
    who
        Policies.
    settings
        How.
    groups
        Submissions that may overlap, of any dataset; None: the jobs recur.
    progress
        Called after each batch of replays with how many are done and how many there are.
    """
    counter = _Counter(progress, len(places) * len(who) * settings.n_replays)
    parts = [_gather_pair(job, traces, who, settings, groups, counter) for job, traces in places]
    draws = pd.concat([part.draws for part in parts], ignore_index=True)
    return Gathered(
        replays=pd.concat([part.replays for part in parts], ignore_index=True),
        worlds=pd.concat([part.worlds for part in parts], ignore_index=True),
        configurations=pd.concat([part.configurations for part in parts], ignore_index=True),
        # All GPUs of a job share its recorded runs.
        draws=draws.drop_duplicates([name for name in draws.columns if name != "times"], ignore_index=True),
        pairs=pd.concat([part.pairs for part in parts], ignore_index=True),
        failures=[failure for part in parts for failure in part.failures],
    )


class _Counter:
    """Counts replays for whoever wants to know."""

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def add(self, replays: int) -> None:
        self._done += replays
        if self._progress:
            self._progress(self._done, self._total)


def _gather_pair(
    job: Job,
    traces: Traces,
    who: Sequence[Contender],
    settings: Settings,
    groups: pd.DataFrame | None,
    counter: _Counter,
) -> Gathered:
    recorded = RecordedRuns.of(traces, job)
    drawn = recorded.draw(settings.resamples, seed=min(settings.seeds))
    where = {"job": str(job), "gpu": traces.gpu}
    stages = {each.name: Stage(job, traces, each, settings=settings, groups=groups) for each in who}
    found: dict[str, list[tuple[int, Sequence[int], Replays]]] = {name: [] for name in stages}
    worlds = []
    for resample in range(settings.resamples + 1):
        world = None if resample == RECORDED else recorded.world(drawn[resample - 1])
        seeds = settings.seeds if resample == RECORDED else settings.seeds_of(resample)
        known = yardsticks(world or traces.table(job), settings=settings, groups=groups)
        worlds.append({**where, "resample": resample, **known})
        for name, stage in stages.items():
            found[name].append((resample, seeds, stage.replay(seeds, world=world)))
            counter.add(len(seeds))
    as_recorded = {name: worlds_of[RECORDED][2] for name, worlds_of in found.items()}
    return Gathered(
        replays=pd.concat([_replays_frame(where, name, worlds_of) for name, worlds_of in found.items()]),
        worlds=pd.DataFrame(worlds),
        configurations=pd.concat(
            [pd.DataFrame(each.configurations) for each in as_recorded.values()], ignore_index=True
        ),
        draws=_draws_frame(job, recorded, drawn),
        pairs=pd.DataFrame([describe(job, traces, recorded, settings=settings, groups=groups)]),
        failures=[failure for each in as_recorded.values() for failure in each.failures],
    )


def _replays_frame(
    where: dict[str, str], name: str, worlds_of: list[tuple[int, Sequence[int], Replays]]
) -> pd.DataFrame:
    amounts = np.concatenate([replays.amounts for _, _, replays in worlds_of])
    resample = np.repeat([number for number, _, _ in worlds_of], [len(seeds) for _, seeds, _ in worlds_of])
    seeds = [str(seed) for _, of_world, _ in worlds_of for seed in of_world]
    return pd.DataFrame(
        {**where, "policy": name, "resample": resample, "seed": seeds, **dict(zip(AMOUNTS, amounts.T, strict=True))}
    )


def _draws_frame(job: Job, recorded: RecordedRuns, drawn: NDArray[np.int64]) -> pd.DataFrame:
    n_runs = len(recorded.stratum)
    times = np.zeros((n_runs, len(drawn)), np.int64)
    for resample, row in enumerate(drawn):
        times[:, resample] = np.bincount(row, minlength=n_runs)
    strata = pd.DataFrame([recorded.strata[number] for number in recorded.stratum])
    numbered = strata.assign(run=strata.groupby(list(strata.columns)).cumcount(), times=list(times))
    return numbered.assign(workload=job.workload)
