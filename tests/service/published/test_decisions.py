"""The published server, asked the same things in the same order, gives the same answers.

It needs older packages than ours: ``tests/published_service.py`` says how to make an interpreter that has it, and
``SIMULATOR_PUBLISHED_PYTHON`` names it. What is left out here is what ours does otherwise on purpose: it knows lowest
costs of converged runs only, and gives up sizes that are lost again and again.
"""

from __future__ import annotations

import os
import random
from urllib.parse import quote

import pytest
from live_clients import Wire
from live_service import LiveService
from published_service import Published, why_not

PYTHON = os.environ.get("SIMULATOR_PUBLISHED_PYTHON")
SEEDS = range(12)
STEPS = 40


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Both servers, and a connection to each."""
    if reason := why_not(PYTHON):
        pytest.skip(f"{reason} (SIMULATOR_PUBLISHED_PYTHON)")
    with (
        LiveService(tmp_path_factory.mktemp("ours")) as ours,
        Published(tmp_path_factory.mktemp("published"), PYTHON) as published,
    ):
        wires = Wire(ours.url), Wire(published.url)
        yield wires
        for wire in wires:
            wire.close()


def described(seed, draws):
    """Draw a job of the published schema."""
    sizes = sorted(draws.sample([8, 16, 24, 32, 48, 64, 96, 128, 256], draws.randrange(2, 7)))
    return {
        "job_id": f"job-{seed}",
        "job_id_prefix": "job",
        "batch_sizes": draws.sample(sizes, len(sizes)),
        "default_batch_size": draws.choice(sizes[1:]),
        "eta_knob": draws.choice([0.0, 0.3, 0.5, 1.0]),
        "beta_knob": draws.choice([None, 3.0, 6.0]),
        "target_metric": 0.5,
        "higher_is_better_metric": draws.random() < 0.5,
        "max_epochs": draws.choice([1, 3]),
        "num_pruning_rounds": draws.choice([1, 2, 3]),
        "window_size": draws.choice([0, 0, 4, 8]),
        "mab_prior_mean": draws.choice([0.0, -500.0]),
        "mab_prior_precision": draws.choice([0.0, 1e-4]),
        "mab_num_explorations": draws.choice([0, 1, 2, 3]),
        "mab_seed": draws.randrange(2**31),
        "max_power": draws.uniform(100.0, 400.0),
        "number_of_gpus": 1,
        "gpu_model": "A40",
    }


class Twins:
    """Sends each request to both, and sees that the answers are equal."""

    def __init__(self, both):
        self.both = both
        self.said = []

    def ask(self, method, path, body=None):
        """Send a request; returns the answer, which is both's."""
        ours, published = (wire.ask(method, path, body) for wire in self.both)
        self.said.append((method, path, body, ours, published))
        assert ours[0] == published[0], self.said[-3:]
        if isinstance(ours[1], dict):
            ours[1].pop("message", None), published[1].pop("message", None)
        assert ours == published, self.said[-3:]
        return ours


def reach(job, yes):
    """Give a metric that reaches a job's target, or one that does not."""
    return 0.75 if yes == job["higher_is_better_metric"] else 0.25


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_is_the_published_one(both, seed):
    """Pruning with failing sizes, early stops, ended trials, repeats, and Thompson sampling to the bit."""
    draws = random.Random(seed)
    job, twins = described(seed, draws), Twins(both)
    assert twins.ask("POST", "/jobs", job)[0] == 201
    assert twins.ask("POST", "/jobs", job)[0] == 200
    hopeless = draws.random() < 0.5 and min(job["batch_sizes"])
    for step in range(STEPS):
        status, trial = twins.ask("GET", f"/jobs/batch_size?job_id={quote(job['job_id'])}")
        assert status == 200
        if step % 7 == 3:
            twins.ask("PATCH", "/trials", trial)
            continue
        fails = trial["batch_size"] == hopeless
        time_s = 10.0 + 500.0 / trial["batch_size"] + 5.0 * draws.random() + 1000.0 * fails
        energy_j = time_s * draws.uniform(150.0, 250.0)
        if job["max_epochs"] > 1 and draws.random() < 0.5:
            part = {"time": time_s / 2, "energy": energy_j / 2, "metric": reach(job, yes=False), "current_epoch": 1}
            twins.ask("POST", "/report", trial | part)
        last = {"metric": reach(job, yes=not fails), "current_epoch": job["max_epochs"]}
        result = trial | last | {"time": time_s, "energy": energy_j}
        twins.ask("POST", "/report", result)
        if draws.random() < 0.2:
            twins.ask("POST", "/report", result)
            twins.ask("PATCH", "/trials", trial)
    assert twins.ask("DELETE", f"/jobs?job_id={quote(job['job_id'])}") == (200, None)
