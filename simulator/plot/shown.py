"""What a plot shows of a table, in words: which policies, of how many seeds, and what to know about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.manifests import manifests, one_job
from simulator.compare.results import failures, per_recurrence
from simulator.compare.summary import BASELINE
from simulator.plot.pools import first_pooled
from simulator.trace.describe import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "MOST_LINES",
    "absent",
    "by_importance",
    "counted",
    "event",
    "in_panel",
    "left_out",
    "lost_seeds",
    "provenance",
    "spread",
]

#: Lines, each with a band, that an eye can follow in one plot.
MOST_LINES = 6

#: Policies that a reader looks for first.
_FIRST = (BASELINE, "pruning-gts", "gts", "oracle+oracle", "oracle")


def by_importance(result: pd.DataFrame) -> list[str]:
    """Order policies by how much there is to see in them, where they are too many for lines of their own.

    Parameters
    ----------
    result
        Result table of one or several jobs.

    Returns
    -------
    list of str
        Up to `MOST_LINES` policies in the order of the table; of more, first the baseline, the published policies and
        the oracle, then the others from the cheapest on, by mean cost relative to the cheapest policy of each job.
    """
    policies = list(dict.fromkeys(result["policy"]))
    if len(policies) <= MOST_LINES:
        return policies
    cost = per_recurrence(result).groupby(["job", "gpu", "policy"], sort=False)["cost"].mean()
    relative = cost / cost.groupby(["job", "gpu"]).transform("min")
    cheap = relative.groupby("policy", sort=False).mean().sort_values(kind="stable").index
    first = [policy for policy in _FIRST if policy in policies]
    return list(dict.fromkeys([*first, *cheap, *policies]))


def event(result: pd.DataFrame) -> str:
    """Say what happens again and again in a table: a recurrence, or a submission of a group."""
    return "submission" if "group" in result.columns else "recurrence"


def counted(result: pd.DataFrame) -> str:
    """Name the axis of recurrences, and say from where on they are pooled."""
    name = "submission, counted within its group" if event(result) == "submission" else "recurrence"
    pools_from = first_pooled(int(result["recurrence"].max()) + 1)
    return f"{name} (from {pools_from} on, a point pools several)" if pools_from else name


def spread(result: pd.DataFrame, *, groups: bool = True) -> str:
    """Say over what medians and quartiles are taken."""
    what = ["seed", "group"] if groups and "group" in result.columns else ["seed"]
    over = [f"{name}s" for name in what if result[name].nunique() > 1]
    return f"median and quartiles over {' and '.join(over)}" if over else f"seed {result['seed'].iloc[0]}"


def lost_seeds(result: pd.DataFrame) -> list[str]:
    """Say of which policies seeds are missing, since they did not get through."""
    job, gpu = one_job(result)
    failed = failures(result)
    notes = []
    for row in failed.loc[(failed["job"] == job) & (failed["gpu"] == gpu)].to_dict("records"):
        ran = result.loc[result["policy"] == row["policy"], "seed"].astype(str)
        n = len({*ran, *map(str, row["seeds"])})
        notes.append(
            f"{row['policy']}: {row['failed_seeds']} of {n} seeds did not get through and are not drawn; they would "
            "most likely cost more."
        )
    return notes


def left_out(drawn: Sequence[str], policies: Iterable[str], *, but: str = "") -> list[str]:
    """Say which policies have no line."""
    missing = [policy for policy in dict.fromkeys(policies) if policy not in drawn]
    return [f"Without a line{but}: {', '.join(missing)}."] if missing else []


def absent(drawn: Sequence[str], result: pd.DataFrame) -> list[str]:
    """Say which policies were asked for in vain."""
    known = {*result["policy"], *failures(result)["policy"]}
    missing = [policy for policy in drawn if policy not in known]
    return [f"Not in this table: {', '.join(missing)}."] if missing else []


def provenance(made: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say of what has these manifests whether its traces were ever recorded; nothing if they do not tell."""
    traces = [each["traces"] for each in made]
    what = kind(
        predicted=any(each.get("predicted") for each in traces),
        synthetic=any(each.get("synthetic") for each in traces),
    )
    return [what] if what else []


def in_panel(ax: Axes, table: pd.DataFrame, title: str) -> str:
    """Head axes in a figure of somebody else: the title, and above it what nobody recorded, unless the figure says so.

    Parameters
    ----------
    ax
        The axes.
    table
        What is drawn; its manifests tell where it comes from.
    title
        What the axes show of it.
    """
    made = manifests(table)
    notes = provenance(made)
    if any((each.get("groups") or {}).get("synthetic") for each in made):
        notes.append("SYNTHETIC submissions")
    figure = ax.get_figure(root=True)
    above = figure.get_suptitle() if figure else ""
    return "\n".join([*(note for note in notes if note not in above), title])
