"""What else was found, a sentence for each question, computed from the tables of the sections below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.compare import BASELINE
from simulator.report.words import amount, counted, listed, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.report.evidence import Evidence
    from simulator.report.tables import Replay

__all__ = ["also", "averaged"]

#: How the names of policies begin that know what the others have to learn.
_KNOWING = "oracle"

#: Policies that a reader asks about first.
_FIRST = ("pruning-gts", "gts")


def also(evidence: Evidence) -> Iterator[str]:
    """Say what was found beyond who is better: what was possible, drift, overlapping submissions, other GPUs."""
    for replay in evidence.replays:
        if replay.overlapping:
            yield from _means(evidence, replay, "Where submissions overlap")
        elif replay.drifting:
            yield from _means(evidence, replay, "Where data drift")
        else:
            yield from _possible(evidence, replay)
    yield from _elsewhere(evidence)


def averaged(summary: pd.DataFrame) -> pd.Series[float]:
    """Average each policy's change of cost [%] over jobs and GPUs, as a comparison does: the geometric mean of ratios.

    Parameters
    ----------
    summary
        Rows of `simulator.compare.summarize` whose ``cost_change_pct`` is known.

    Returns
    -------
    pandas.Series
        By policy; only policies that are known at as many jobs and GPUs as any.
    """
    logs = np.log1p(summary["cost_change_pct"].to_numpy(float) / 100)
    of_policy = pd.Series(logs, summary.index).groupby(summary["policy"], sort=False)
    known = of_policy.size()
    return 100 * of_policy.mean()[known == known.max()].map(math.expm1)


def _possible(evidence: Evidence, replay: Replay) -> Iterator[str]:
    """Say what the oracle saves: no policy can be expected to save more."""
    known = replay.summary.loc[replay.summary["policy"].str.startswith(_KNOWING)]
    known = known.loc[known["cost_change_pct"].notna()]
    if len(known):
        policy = known["policy"].iloc[0]
        change = averaged(known)[policy]
        where = counted(known["job"].map(evidence.names.job).nunique(), "job")
        yield (
            f"The most that could be expected: {policy}, which knows all costs in advance, costs "
            f"{amount(change)} than {BASELINE}, on average over {where}."
        )


def _means(evidence: Evidence, replay: Replay, where: str) -> Iterator[str]:
    """Compare means with the baseline, where there is no comparison with intervals."""
    known = replay.summary.loc[replay.summary["cost_change_pct"].notna() & (replay.summary["policy"] != BASELINE)]
    known = known.loc[~known["policy"].str.startswith(_KNOWING)]
    means = averaged(known)
    if len(means):
        main = next((policy for policy in _FIRST if policy in means.index), means.index[0])
        best = str(means.idxmin())
        jobs = listed(list(dict.fromkeys(known["job"].map(evidence.names.job))))
        said = f"{where} ({jobs}), {main} costs {amount(means[main])} than {BASELINE}"
        said += f", {best} {amount(means[best])}" if best != main else ""
        yield f"{said}: means over the seeds, without an interval."


def _elsewhere(evidence: Evidence) -> Iterator[str]:
    """Say what the best choice on one GPU costs on another."""
    for kept in evidence.kept.get("transfer", []):
        table = kept.tables["transfer"]
        moves = table.loc[(table["gpu_from"] != table["gpu_to"]) & table["cost_pct"].notna()]
        if len(moves):
            worst = moves.iloc[int(moves["cost_pct"].argmax())]
            job = evidence.names.job(str(worst["job"]))
            yield (
                f"What is best on one GPU costs more on another: at worst "
                f"{number(worst['cost_pct'], 2)}\N{NO-BREAK SPACE}% ({job}, from {worst['gpu_from']} to "
                f"{worst['gpu_to']}), at most {number(moves['cost_pct'].median(), 2)}\N{NO-BREAK SPACE}% in half "
                f"of {len(moves)} moves."
            )
