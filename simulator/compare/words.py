"""Differences in words: a line that can be read out, and a cell of a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.compare.differences import ALL
from simulator.trace.describe import kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["cell", "place_names", "sentence"]

#: What a policy does more or less of.
_VERBS = {"cost": "costs", "energy_j": "uses", "time_s": "takes"}
_NOUNS = {"cost": "", "energy_j": " energy", "time_s": " time"}


def place_names(pairs: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Name each job and GPU as short as can be told apart, and say what nobody recorded.

    Parameters
    ----------
    pairs
        Jobs and GPUs; see `simulator.compare.Comparison`.

    Returns
    -------
    dict
        Names by job and GPU, that of all of them included.
    """
    names: dict[tuple[str, str], str] = {}
    ambiguous = pairs.duplicated(["dataset", "gpu"]).any()
    for at, (job, gpu, dataset) in enumerate(zip(pairs["job"], pairs["gpu"], pairs["dataset"], strict=True)):
        names[job, gpu] = f"{job if ambiguous else dataset}, {gpu}{_notes(pairs.iloc[[at]])}"
    jobs, gpus = int(pairs.groupby("gpu").size().max()), pairs["gpu"].nunique()
    names[ALL, ALL] = f"{jobs} job{'s' * (jobs > 1)}, {gpus} GPU{'s' * (gpus > 1)}{_notes(pairs)}"
    return names


def _notes(pairs: pd.DataFrame) -> str:
    """Say what traces and submissions are, in the words of `simulator.compare.manifests`."""
    holds = {name: bool(pairs[name].any()) for name in ("predicted", "synthetic", "overlapping", "synthetic_groups")}
    what = kind(predicted=holds["predicted"], synthetic=holds["synthetic"])
    submissions = f"{'SYNTHETIC ' * holds['synthetic_groups']}submissions that overlap" * holds["overlapping"]
    notes = ", ".join(note for note in (what, submissions) if note)
    return f" ({notes})" if notes else ""


def sentence(row: Mapping[str, Any], where: str) -> str:
    """Say in a line how a policy compares with the baseline.

    Parameters
    ----------
    row
        A row of `simulator.compare.Comparison.differences`.
    where
        Name of the job and GPU.

    Examples
    --------
    >>> row = {"policy": "gts", "baseline": "default", "measure": "cost", "verdict": "better"}
    >>> row |= {"difference_pct": -12.31, "low_pct": -14.0, "high_pct": -10.1}
    >>> row |= {"failed_pct": 0.0, "baseline_failed_pct": 0.0}
    >>> sentence(row, "squad, v100")
    'gts costs 12.3 % [10.1, 14.0] less than default on squad, v100: better'
    """
    where = f"on {where}{_broken_off(row)}: {row['verdict']}"
    change, low, high = row["difference_pct"], row["low_pct"], row["high_pct"]
    if math.isnan(change):
        return f"{row['policy']} cannot be compared with {row['baseline']} {where}"
    sign, word = (-1, "less") if change < 0 else (1, "more")
    ends = "" if math.isnan(low) else " [{:.1f}, {:.1f}]".format(*sorted((sign * low, sign * high)))
    amount = f"{abs(change):.1f} %{ends} {word}{_NOUNS[row['measure']]}"
    return f"{row['policy']} {_VERBS[row['measure']]} {amount} than {row['baseline']} {where}"


def _broken_off(row: Mapping[str, Any]) -> str:
    """Say how many replays broke off: why a verdict may be withheld."""
    shares = {row["policy"]: row["failed_pct"], row["baseline"]: row["baseline_failed_pct"]}
    notes = [f"{share:.2g} % of {who} broke off" for who, share in shares.items() if share > 0]
    return f" ({', '.join(notes)})" if notes else ""


def cell(row: Mapping[str, Any]) -> str:
    """Say the same in a cell: the difference [%], its interval, the verdict.

    Examples
    --------
    >>> cell({"difference_pct": -12.31, "low_pct": -14.0, "high_pct": -10.1, "verdict": "better"})
    '−12.3 % [−14.0, −10.1] better'
    """
    change, low, high = (f"{row[name]:.1f}".replace("-", "−") for name in ("difference_pct", "low_pct", "high_pct"))
    return f"{change} % [{low}, {high}] {row['verdict']}"
