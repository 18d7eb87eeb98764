"""What can be said against a number: the names of the flags and what each means.

A flag never changes a number. Those in `INVALID` say that a window's energy should not be used.
"""

from __future__ import annotations

__all__ = ["FLAGS", "INVALID"]

#: Every flag that a window, an epoch or a run may carry, with its meaning in one line.
FLAGS: dict[str, str] = {
    "above_limit": "average power is above the power limit",
    "alias_risk": "iterations keep step with the sensor's updates, so it may see only some parts of an iteration",
    "clock_step": "the wall clock was set while this was recorded",
    "counter_reset": "the energy counter went down or jumped: driver reloaded, or GPU reset",
    "cut_short": "the script ended, or its epochs ran out, before as much was measured as was asked for",
    "drift": "the first power limit, measured again at the end, gave another energy or time",
    "foreign_process": "a process that is not the job's was on the GPU",
    "from_output": "times come from the job's output as it arrived, not from events",
    "gap": "for more than 1 s the sensor was not read, or refused",
    "late": "the sampler missed deadlines",
    "limit_changed": "the power limit changed inside the window",
    "limit_differs": "the GPU enforces another limit than was asked for",
    "scaled": "measured over some steps and scaled to an epoch",
    "sensor_disagree": "the power sensor and the energy counter differ by more than 3 %",
    "short": "fewer than two updates of the energy counter fell inside the window",
    "throttled": "the GPU slowed down for heat, a power brake or hardware protection",
    "uncertain": "the uncertainty is above 0.5 % of the energy",
}

#: Flags that say: do not use this energy.
INVALID: frozenset[str] = frozenset({"counter_reset", "gap", "limit_changed"})
