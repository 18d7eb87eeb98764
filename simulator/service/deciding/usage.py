"""What a run used up, and what that costs: checked before anything rests on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.cost import weigh
from simulator.errors import BadValueError
from simulator.service.model.trial import LARGEST_AMOUNT

if TYPE_CHECKING:
    from simulator.service.model import JobSpec

__all__ = ["Usage", "checked_cost"]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a trial used up since it began [J, s], after so many epochs, and its validation metric then.

    Raises
    ------
    BadValueError
        If an amount is negative or not finite, or so is the epoch.
    """

    energy_j: float
    time_s: float
    epoch: int
    metric: float | None = None

    def __post_init__(self) -> None:
        for name, amount in (("energy_j", self.energy_j), ("time_s", self.time_s), ("epoch", self.epoch)):
            if not 0 <= amount <= LARGEST_AMOUNT:
                raise BadValueError(f"{name} is {amount}; what was used up since the beginning is finite, 0 or more")

    def cost(self, spec: JobSpec) -> float:
        """Weigh energy against time [J]; BadValueError if that is no cost that one can reckon with."""
        return checked_cost(weigh(self.energy_j, self.time_s, spec.eta, spec.max_power_w))

    @property
    def stored_metric(self) -> float | None:
        """The metric if it is a finite number."""
        return self.metric if self.metric is not None and math.isfinite(self.metric) else None


def checked_cost(cost: float) -> float:
    """Return a cost [J], or refuse it with BadValueError."""
    if not 0 <= cost <= LARGEST_AMOUNT:
        raise BadValueError(
            f"the cost is {cost} J; it is 0 to {LARGEST_AMOUNT:g} J, so check the units of energy and time"
        )
    return cost
