"""The shortest training loop that learns something: two terminals, and no GPU."""

from __future__ import annotations

import re

#: What the README shows.
LOOP = """
import numpy as np
from simulator.service.client import Client, EnergyMeter

x = np.random.default_rng(0).normal(size=(20_000, 50))
y = (x @ np.random.default_rng(1).normal(size=50) > 0) * 1.0
job = dict(job_id="toy", batch_sizes=[8, 32, 128, 512, 2048], default_batch_size=32, target_metric=0.99)
for recurrence in range(20):
    meter = EnergyMeter(power_w=65)  # assumed; EnergyMeter() measures, where a GPU or the CPU counts energy
    with Client().train(max_power_w=100, gpu="none", meter=meter, **job) as run:
        w = np.zeros(50)
        for epoch in run.epochs():
            for i in range(0, 16_000, run.batch_size):
                a, b = x[i : i + run.batch_size], y[i : i + run.batch_size]
                w += 0.1 * a.T @ (b - 1 / (1 + np.exp(-a @ w))) / len(b)
            run.report(metric=np.mean((x[16_000:] @ w > 0) == y[16_000:]))
    print(f"recurrence {recurrence}: batch size {run.batch_size}, {run.epoch} epochs, converged {run.converged}")
"""


def test_recurrences_learn_a_batch_size(served, scripts):
    """It explores first; by the end it keeps to sizes that are neither the smallest nor the largest."""
    process = scripts(LOOP, SIMULATOR_SERVICE_URL=served.url)
    out, messages = process.communicate(timeout=100)
    assert process.returncode == 0, messages
    sizes = [int(size) for size in re.findall(r"batch size (\d+)", out)]
    assert len(sizes) == 20
    assert sizes[0] == 32
    assert len(set(sizes[:8])) > 1
    assert not {8, 2048} & set(sizes[-5:])
