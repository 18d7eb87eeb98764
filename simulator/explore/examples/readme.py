"""The comparison of the README: three policies on jobs and GPUs of the bundled SYNTHETIC traces.

A cell is one comparison, of a job on a GPU; its line in the table has the difference in cost from default+full [%], its
interval, and the verdict. All 24 take some 12 seconds on 4 cores.

    simulator grid run readme.py
    simulator grid run readme.py --on slurm     # the same table, to the last byte
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simulator
from simulator.explore import Compare, Explorer, Launcher, group, leaf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES = ["default+full", "pruning-gts", "unimodal-ucb"]


class Comparison(Explorer):
    """Shows, for each policy, its difference in cost and the verdict."""

    def get_grid_meta(self) -> Any:
        """Tell lines apart by job and GPU."""
        return [leaf("index", align=">"), leaf("state")]

    def get_grid_metrics(self) -> Any:
        """Give each policy a group of columns."""
        columns = [leaf("cost", "+.1f"), leaf("low", "+.1f"), leaf("high", "+.1f"), leaf("verdict")]
        return [leaf("job"), leaf("gpu"), *(group(policy, columns) for policy in POLICIES[1:])]

    def process_history(self, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Take the rows that are about cost."""
        line: dict[str, Any] = {}
        for row in history:
            if row["measure"] == "cost":
                line["job"], line["gpu"] = row["job"], row["gpu"]
                line[row["policy"]] = {
                    "cost": row["difference_pct"],
                    "low": row["low_pct"],
                    "high": row["high_pct"],
                    "verdict": row["verdict"],
                }
        return line


@Comparison
def explorer(launcher: Launcher) -> None:
    """Compare on every job and GPU."""
    compare = launcher.bind(Compare, policies=POLICIES)
    for gpu in simulator.list_gpus():
        for job in simulator.read_traces(gpu=gpu).jobs:
            compare(jobs=[job], traces=[f"@{gpu}"])
