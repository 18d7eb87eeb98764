"""MLPerf logs of runs and of power, SYNTHETIC, in the published format."""

from __future__ import annotations

import json
from typing import Any

SETTINGS = {
    "submission_benchmark": "resnet",
    "submission_platform": "1xNode (8 GPUs)",
    "global_batch_size": 3200,
    "opt_name": "lars",
    "opt_base_learning_rate": 10.5,
}


def line(key: str, value: Any = None, *, at_s: float = 0.0, **metadata: Any) -> str:
    """One event as a line of output, so many seconds after the beginning."""
    event = {"namespace": "", "time_ms": int(1e12 + at_s * 1000), "event_type": "POINT_IN_TIME", "key": key}
    return f"0: :::MLLOG {json.dumps({**event, 'value': value, 'metadata': {'lineno': 1, **metadata}})}\n"


def run_log(values: list[float], *, every: int = 2, epoch_s: float = 30.0, first: int = 0, **settings: Any) -> str:
    """A run that evaluates every few epochs, whose numbers start from 0; all ranks say the same."""
    text = "starting\n" + "".join(line(key, value) for key, value in {**SETTINGS, **settings}.items())
    text += line("run_start", at_s=0)
    epochs = every * len(values)
    for epoch in range(epochs):
        text += 2 * line("epoch_start", at_s=epoch * epoch_s, epoch_num=first + epoch)
        if (epoch + 1) % every == 0:
            value = values[epoch // every]
            text += 2 * line("eval_accuracy", value, at_s=(epoch + 1) * epoch_s, epoch_num=first + epoch)
    return text + line("run_stop", at_s=epochs * epoch_s, status="success")


def power_log(power_w: float, *, seconds: int = 240, efficiency: float = 1.0) -> str:
    """Readings every 2 s, around a constant."""
    text = line("power_measurement_start", at_s=0) + line("conversion_eff", efficiency, at_s=0)
    for at_s in range(2, seconds + 1, 2):
        text += line("power_reading", power_w + (50 if at_s % 4 else -50), at_s=at_s)
    return text + line("power_measurement_stop", at_s=seconds)
