"""A task of one's own, one that depends on others, and a token that two at a time may hold.

Each `Count` counts how often a batch size ran in one replay; `Favourite` waits for the counts of all seeds, and says
which batch size ran most.

    simulator grid run own_task.py
"""

from __future__ import annotations

from typing import Any

from simulator.explore import Launcher, Recorded, Task, Token, param


class Count(Task):
    """How often each batch size ran."""

    traces: Recorded = param(help="What was recorded.")
    policy: str = param("pruning-gts", help="Who chooses.")
    seed: int = param(0, help="Seed of the replay.")

    def execute(self) -> Any:
        """Replay, and count: a row for each batch size."""
        import simulator

        traces = self.traces.read()
        runs = simulator.replay(traces.jobs[0], traces, policy=self.policy, seeds=self.seed, recurrences=30)
        return runs.groupby("batch_size").size().rename("runs").reset_index()


class Favourite(Task):
    """The batch size that ran most often."""

    counts: list[Count] = param(help="Counts of all seeds.")

    def execute(self) -> Any:
        """Read what the counts came to, and add it up: one row."""
        import pandas as pd

        runs = pd.concat([count.result() for count in self.counts]).groupby("batch_size")["runs"].sum()
        return {"batch_size": int(runs.idxmax()), "runs": int(runs.max())}


def explorer(launcher: Launcher) -> None:
    """Count for two policies and five seeds each, two counts at a time; then find the favourites."""
    licences = Token("licences", 2)
    for policy in ("pruning-gts", "unimodal-ucb"):
        counts = [Count(traces="@v100", policy=policy, seed=seed) for seed in range(5)]
        launcher([licences(1, count) for count in counts])
        launcher(Favourite(counts=counts))
