"""One row a replay: all that a comparison wants to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.compare.results import per_recurrence
from simulator.replay.replay import replay
from simulator.trace.expected import expected_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.compare.contenders import Contender
    from simulator.compare.settings import Settings
    from simulator.job import Job
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["AMOUNTS", "Replays", "replay_all"]

#: What is known of each replay; sums over its recurrences, but for the last.
AMOUNTS = ("energy_j", "time_s", "cost", "retries", "recurrences_to_oracle")

_NEAR = 0.05
_IN_A_ROW = 5


class Replays(NamedTuple):
    """The replays of one policy in one world.

    Parameters
    ----------
    amounts
        One row a seed, in the order of the seeds; columns `AMOUNTS`. All NaN where the replay broke off.
    configurations
        batch_size, power_limit_w [W] and runs: how often each was run under all seeds together.
    failures
        What broke off, and why, as in ``attrs["failures"]`` of a result table.
    """

    amounts: pd.DataFrame
    configurations: pd.DataFrame
    failures: list[dict[str, Any]]


def replay_all(
    job: Job,
    traces: Traces,
    contender: Contender,
    *,
    seeds: Sequence[int],
    settings: Settings,
    groups: pd.DataFrame | None,
    progress: Callable[[int, int], None] | None = None,
) -> Replays:
    """Replay a job under a policy, once for each seed, with draws that are the same for every policy.

    Parameters
    ----------
    job, traces
        The job, and what was recorded of it.
    contender
        Who decides.
    seeds
        The seeds.
    settings
        Knobs.
    groups
        Submissions that may overlap; None: the job recurs. A replay is that of all groups together.
    progress
        As `simulator.replay` takes it.
    """
    runs = replay(
        job,
        traces,
        policy=contender.policy,
        power_policy=contender.power_policy,
        seeds=seeds,
        recurrences=None if groups is not None else settings.recurrences,
        groups=groups,
        eta=settings.eta,
        beta=settings.beta,
        window=contender.window,
        draws="keyed",
        on_failure="keep",
        progress=progress,
    )
    failures = runs.attrs["failures"]
    rows = _rows(runs, traces.table(job), eta=settings.eta)
    of_seed = rows.astype({"seed": str}).groupby("seed")
    amounts = of_seed[list(AMOUNTS)].sum().assign(recurrences_to_oracle=of_seed["recurrences_to_oracle"].mean())
    amounts = amounts.reindex([str(seed) for seed in seeds])
    amounts.loc[[str(failure["seed"]) for failure in failures]] = np.nan
    configurations = runs.groupby(["batch_size", "power_limit_w"], as_index=False).agg(runs=("seed", "size"))
    return Replays(amounts.reset_index(drop=True), configurations, failures)


def _rows(runs: pd.DataFrame, table: JobTable, *, eta: float) -> pd.DataFrame:
    """Sum up the runs of each replay, and of each group."""
    recurrences = per_recurrence(runs)
    replays = recurrences.groupby(["seed", *(["group"] if "group" in recurrences.columns else [])])
    rows = replays[["energy_j", "time_s", "cost"]].sum().assign(retries=replays["runs"].sum() - replays.size())
    size = np.searchsorted(table.batch_sizes, recurrences["batch_size"])
    limit = np.searchsorted(table.power_limits_w, recurrences["power_limit_w"])
    expected = expected_cost(table, eta=eta)
    near = pd.Series(expected[size, limit] <= (1 + _NEAR) * expected.min(), index=recurrences.index)
    before = near.groupby([recurrences[name] for name in rows.index.names]).agg(_before_near)
    return rows.assign(recurrences_to_oracle=before).reset_index()


def _before_near(near: pd.Series) -> int:
    """How many recurrences precede the first five in a row near the oracle; all of them if there are none."""
    in_a_row = near.astype(int).rolling(_IN_A_ROW).sum().to_numpy()
    found = np.flatnonzero(in_a_row == _IN_A_ROW)
    return int(found[0]) - _IN_A_ROW + 1 if len(found) else len(near)
