"""A task of one's own, another one that waits for it, and a token that only two may hold at a time.

`Energy` is what a policy takes for one seed; `Thriftiest` waits for all of them and says which policy took least.

    simulator grid run own_task.py
"""

from __future__ import annotations

from typing import Any

from simulator.explore import Launcher, Recorded, Task, Token, param, tag


class Energy(Task):
    """The energy that a policy takes for one seed."""

    traces: Recorded = param(help="What was recorded.")
    policy: str = param(help="Who chooses.")
    seed: int = param(0, repetition=True, help="Seed of the replay.")

    def execute(self) -> Any:
        """Replay, and give one row."""
        import simulator

        traces = self.traces.read()
        runs = simulator.replay(traces.jobs[0], traces, policy=self.policy, seeds=self.seed, recurrences=30)
        return {"energy_mj": runs["energy_j"].sum() / 1e6, "runs": len(runs)}


class Thriftiest(Task):
    """The policy that took least."""

    energies: list[Energy] = param(help="Those of all policies and seeds.")

    def execute(self) -> Any:
        """Read what the others came to: they are done by now."""
        import pandas as pd

        found = [(energy.policy, energy.result()["energy_mj"].iloc[0]) for energy in self.energies]
        mean = pd.DataFrame(found, columns=["policy", "energy_mj"]).groupby("policy")["energy_mj"].mean()
        return {"thriftiest": mean.idxmin(), "energy_mj": mean.min()}


def explorer(launcher: Launcher) -> None:
    """Three policies with five seeds each, two at a time; then the thriftiest of them."""
    licences = Token("licences", 2)
    policies = [tag(policy) for policy in ("default", "pruning-gts", "unimodal-ucb")]
    traces = Recorded("@v100")
    energies = [Energy(traces=traces, policy=policy, seed=seed) for policy in policies for seed in range(5)]
    launcher([licences(1, energy) for energy in energies])
    launcher(Thriftiest(energies=energies))
