"""Plans of sweeps that take no time."""

from __future__ import annotations

#: Costs depend on seed and policy, so that pairs matter: a seed is dear or cheap under all policies.
TRAIN = """
from simulator.explore import Task, param, product

class Train(Task):
    policy: str = param("default")
    eta: float = param(0.5)
    seed: int = param(0, repetition=True)

    def execute(self):
        print("training", self.policy, self.seed)
        share = {"default": 1.0, "thrifty": 0.5, "hasty": 1.5}[self.policy]
        luck = 1000.0 + 100.0 * self.seed + 0.1 * self.eta
        return {"energy_j": luck * share, "time_s": luck / share, "cost": luck * (share + 1), "synthetic": True}

def explorer(launcher):
    launcher.bind_(Train)
    launcher(product(policy=["default", "thrifty", "hasty"], eta=[0.3, 0.7], seed=range(4)))
"""

#: The same, but two cells fail.
_FAILS = "        if (self.policy, self.seed) == ('thrifty', 3): raise ValueError('diverged')\n"
FAILING = TRAIN.replace("        share =", f"{_FAILS}        share =")

#: Histories of different lengths, shown by hooks of the plan's own.
HISTORIES = """
from simulator.explore import Explorer, Task, group, leaf, param, product

class Steps(Task):
    rate: float = param(0.1)
    seed: int = param(0, repetition=True)

    def execute(self):
        steps = 2 if self.rate == 0.1 else 5
        return [{"test.loss": self.rate / (step + 1) + self.seed, "step": step} for step in range(steps)]

class Shown(Explorer):
    def get_grid_metrics(self):
        return [leaf("epoch"), group("test", [leaf("loss", ".3f"), leaf("kind", display="what")])]

    def process_history(self, history):
        line = super().process_history(history)
        return {"epoch": line["epoch"], "test": {"loss": line["test"]["loss"], "kind": "steps"}}

@Shown
def explorer(launcher):
    launcher.bind_(Steps)
    launcher(product(rate=[0.1, 0.2], seed=range(2)))
"""
