"""Measure a training script on GPUs, then replay what was recorded: the replays wait for the collection.

simulator collect example                          # writes the plan of a job that trains in seconds: digits.toml
simulator grid run collection.py                   # on the GPUs that are visible
GPUS=GPU-5a6b,GPU-77c0 simulator grid run collection.py     # a collection on each of these, side by side
"""

import os

from simulator.explore import Collect, Launcher, product, tag

POLICIES = ["default+full", "pruning-gts", "unimodal-ucb"]


def explorer(launcher: Launcher) -> None:
    """Collect on each GPU; what each collection has recorded is replayed once it is done."""
    for gpu in os.environ.get("GPUS", "").split(","):
        collect = launcher(Collect, plan="digits.toml", gpus=tag([gpu]) if gpu else [])
        replays = launcher.bind(traces=collect, recurrences=40)
        for policy in POLICIES:
            name, _, power = policy.partition("+")
            replays(product(seed=range(20)), policy=tag(name), power_policy=power or "jit")
