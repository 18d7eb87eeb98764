"""Submissions that overlap: which runs were in flight at once, and what they were started with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.report.figures.panel import alone
from simulator.report.model import Drawing, Section
from simulator.report.sections.shared import attempted, main_policies, parts
from simulator.report.words import counted, time

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part

__all__ = ["timeline"]


def timeline(evidence: Evidence) -> Section | None:
    """Make the section; None without submissions in groups."""
    chosen = [part for part in parts(evidence) if part.replay.overlapping and part.policies]
    drawings: list[Drawing] = []
    notes: list[str] = []
    for part in chosen:
        shown = main_policies(part.policies)
        group = _busiest(part.runs.loc[part.runs["policy"] == shown[-1]])
        for policy in shown:
            found, why = attempted([part], partial(_drawing, policy=policy, group=group))
            drawings += found
            notes += why
    if not drawings and not notes:
        return None
    lead = (
        "On a cluster, a job is submitted again before its last run has ended. Bars are runs from start to end, below "
        "one another while they are in flight at once; a policy knows only of runs that have ended. One seed of one "
        "group is shown."
    )
    return Section("timeline", "Overlapping submissions", lead, tuple(drawings), notes=tuple(notes))


def _drawing(part: Part, *, policy: str, group: str) -> Drawing | None:
    import simulator.plot as plot

    of_policy = part.runs.loc[part.runs["policy"] == policy]
    seed = of_policy["seed"].iloc[0]
    runs = of_policy.loc[(of_policy["seed"] == seed) & (of_policy["group"] == group)]
    lanes, together = _lanes(runs)
    span = time(float(runs["ended_s"].max() - runs["started_s"].min()))
    finding = (
        f"{policy}, group {group}, seed {seed}: {counted(runs['recurrence'].nunique(), 'submission')} in {span}, up to "
        f"{lanes} in flight at once; {counted(together, 'run')} began before an earlier one had ended."
    )

    def draw() -> Any:
        return plot.timeline(part.runs, seed=seed, policy=policy, group=group)

    return Drawing(
        f"timeline-{part.name}-{part.policies.index(policy)}",
        f"{part.title}: {policy} on a time line",
        finding,
        alone(draw),
        part.place,
        tag=part.tag,
        wide=True,
    )


def _busiest(runs: pd.DataFrame) -> str:
    """Choose the group with most to see: runs that overlap, and of those the most different batch sizes."""
    first = runs.loc[runs["seed"] == runs["seed"].iloc[0]]
    worth = {
        str(group): ((lanes := _lanes(rows))[0] > 1, rows["batch_size"].nunique(), lanes[1])
        for group, rows in first.groupby("group", sort=False)
    }
    return max(worth, key=lambda group: worth[group])


def _lanes(runs: pd.DataFrame) -> tuple[int, int]:
    """Count how many runs are in flight at most, and how many begin while another is."""
    most, together = 0, 0
    for before in _in_flight(runs["started_s"].to_numpy(float), runs["ended_s"].to_numpy(float)):
        most = max(most, before + 1)
        together += before > 0
    return most, together


def _in_flight(started: Any, ended: Any) -> Iterator[int]:
    """Count for each run, in the order of their starts, the runs that are in flight as it begins."""
    order = np.argsort(started, kind="stable")
    started, ended = started[order], ended[order]
    for i, at in enumerate(started):
        yield int((ended[:i] > at).sum())
