"""The cell of which nothing remains but what it costs to run it: it doubles a number."""

import time

from simulator.explore import Config, Task, param


class Trivial(Task):
    """Doubles a number."""

    number: int = param(help="The number.")

    def execute(self):
        """Double it."""
        return doubled(self.number)


class Slow(Task):
    """Doubles a number, but not at once, so that there is time to be killed."""

    number: int = param(help="The number.")

    def execute(self):
        """Wait, and double it."""
        time.sleep(0.005)
        return doubled(self.number)


class Scalars(Config):
    """A configuration of eight scalar fields, as that of a replay has them."""

    policy: str = "pruning-gts"
    power_policy: str = "jit"
    eta: float = 0.5
    beta: float = 2.0
    window: int = 0
    recurrences: int = 100
    keyed: bool = True
    seed: int = param(0, repetition=True)


def doubled(number):
    """Double a number; the same for all sides."""
    return {"doubled": 2.0 * number}
