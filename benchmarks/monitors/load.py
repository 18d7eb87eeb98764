"""A training job as the simulated GPU feels it: epochs that ripple with the iterations, idle in between."""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["IDLE_W", "STEPS_S", "Load"]

#: Iteration times [s] that keep step with neither sensor.
STEPS_S = (0.037, 0.063, 0.093, 0.157, 0.23, 0.41)

#: Power outside of epochs [W], and the power limit of every third epoch [W]: it cuts the ripple.
IDLE_W, LIMIT_W, MAX_W = 60, 220, 400

#: Time before the first epoch, and after the last one [s].
LEAD_S, TAIL_S = 1.5, 1.5


@dataclass(frozen=True)
class Load:
    """Epochs, each ``(start, end, mean power, ripple, iteration time)`` [s, s, W, W, s], from the load's begin on."""

    epochs: tuple[tuple[float, float, float, float, float], ...]

    @classmethod
    def draw(cls, seed, *, epochs, epoch_s):
        """Draw power and gaps; the same seed gives the same load."""
        chance = random.Random(seed)  # noqa: S311 - a load, no secret
        drawn, at_s = [], LEAD_S
        for number in range(epochs):
            length_s = epoch_s * chance.uniform(0.95, 1.05)
            step_s = STEPS_S[number % len(STEPS_S)]
            ripple_w = chance.uniform(20, 80) * chance.choice((-1, 1))  # an iteration may begin with either part
            drawn.append((at_s, at_s + length_s, chance.uniform(170, 280), ripple_w, step_s))
            at_s += length_s + chance.uniform(0.4, 1.0)
        return cls(tuple(drawn))

    @property
    def length_s(self):
        """From the begin to where measuring may stop [s]."""
        return self.epochs[-1][1] + TAIL_S

    def edges_ns(self, begin_ns):
        """When epochs start and end, on the monotonic clock."""
        return [tuple(begin_ns + round(1e9 * edge) for edge in epoch[:2]) for epoch in self.epochs]

    def impose(self, gpus, begin_ns):
        """Let all GPUs follow it, limits included; the limit changes between epochs."""
        for gpu in range(len(gpus)):
            gpus.set_demand(IDLE_W, at_ns=begin_ns, gpu=gpu)
            for number, ((start_ns, end_ns), epoch) in enumerate(
                zip(self.edges_ns(begin_ns), self.epochs, strict=True)
            ):
                limit_w = LIMIT_W if number % 3 == 2 else MAX_W
                gpus.fault("limit_changed", watts=limit_w, at_ns=start_ns - 300_000_000, gpu=gpu)
                _, _, watts, ripple_w, step_s = epoch
                gpus.set_demand(watts, ripple_w=ripple_w, ripple_period_s=step_s, at_ns=start_ns, gpu=gpu)
                gpus.set_demand(IDLE_W, at_ns=end_ns, gpu=gpu)
