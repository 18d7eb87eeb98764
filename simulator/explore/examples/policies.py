"""Policies × jobs × η × seeds, on the bundled SYNTHETIC traces: 6 × 6 × 2 × 50 = 3,600 replays.

simulator grid run policies.py                    # all of them
simulator grid run policies.py --race cost        # stop what is surely dominated, and say why
"""

import simulator
from simulator.explore import Launcher, product, tag

POLICIES = ["default", "grid-pruning", "pruning-gts", "random", "ucb", "unimodal-ucb"]


def explorer(launcher: Launcher) -> None:
    """Give each job its policies, each policy its knobs, each of these its seeds."""
    for job in simulator.read_traces(gpu="v100").jobs:
        of_job = launcher.bind(job=tag(job), traces="@v100", recurrences=60)
        of_job(product(policy=map(tag, POLICIES), eta=[tag(0.2), tag(0.8)], seed=range(50)))
