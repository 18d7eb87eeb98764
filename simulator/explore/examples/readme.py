"""The comparison of the README: three policies on jobs and GPUs of the bundled SYNTHETIC traces.

One cell is one comparison of a job on a GPU; the table has a line for each, with the difference in cost from
default+full, its interval, and the verdict. All 24 take a minute on 4 cores.

    simulator grid run readme.py
    simulator grid run readme.py --executor slurm
    simulator grid table readme
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simulator
from simulator.explore import Compare, Explorer, Launcher, group, leaf, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES = ["default+full", "pruning-gts", "unimodal-ucb"]


class Comparison(Explorer):
    """Shows, for each policy, its difference in cost and the verdict."""

    def get_grid_metrics(self) -> Any:
        """Give each policy a group of columns."""
        columns = [leaf("cost", ".1f"), leaf("low", ".1f"), leaf("high", ".1f"), leaf("verdict")]
        return [group(policy, columns) for policy in POLICIES[1:]]

    def process_history(self, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Take the rows about cost [%]."""
        return {
            row["policy"]: {
                "cost": row["difference_pct"],
                "low": row["low_pct"],
                "high": row["high_pct"],
                "verdict": row["verdict"],
            }
            for row in history
            if row["measure"] == "cost"
        }


@Comparison
def explorer(launcher: Launcher) -> None:
    """Compare on every job and GPU."""
    for gpu in simulator.list_gpus():
        for job in simulator.read_traces(gpu=gpu).jobs:
            launcher(Compare(jobs=[tag(job)], traces=[f"@{gpu}"], policies=POLICIES))
