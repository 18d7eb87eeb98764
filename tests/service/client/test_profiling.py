"""Power limits: measured when the service asks, set, and always given back."""

from __future__ import annotations

import os

import pytest

from simulator.errors import BadValueError, GpuPermissionError
from simulator.service.client import EnergyMeter


@pytest.fixture
def job(job):
    """A job whose limits are chosen."""
    return job | {"power_policy": "jit", "power_limits_w": [100, 200, 300]}


class Card:
    """A GPU under a limit: slower, and less than proportionally so."""

    def __init__(self):
        self.seconds, self.limit_w, self.set, self.refuses = 0.0, None, [], ()

    def set_limit(self, limit_w):
        if limit_w in self.refuses:
            raise GpuPermissionError("only root may")
        self.set.append(limit_w)
        self.limit_w = limit_w

    def train(self):
        self.seconds += {None: 10, 300: 10, 200: 11, 100: 30}[self.limit_w]
        return 0.5

    def clock(self):
        return self.seconds

    # a meter
    def begin_window(self, name):
        self.began = self.seconds

    def end_window(self, name):
        time_s = self.seconds - self.began
        return type("Measurement", (), {"energy_j": time_s * (self.limit_w or 300), "time_s": time_s})()


@pytest.fixture
def card(monkeypatch):
    """That GPU, whose time is the run's."""
    made = Card()
    monkeypatch.setattr(
        "simulator.service.client.profiling.PowerControl.__init__.__kwdefaults__", {"clock": made.clock}
    )
    return made


def test_limits_are_measured_once_and_the_best_one_is_set(client, job, card):
    """The first run measures them from the largest down, the next one is told; both give back what they found."""
    with client.train(meter=card, **job) as run:
        assert run.plan.profile_limits_w == (300, 200, 100)
        chosen = run.profile(card.train, set_limit=card.set_limit)
        assert card.set == [300, 200, 100, chosen]
        assert (
            run.power_limit_w == chosen == 200
        )  # (200 + 300) W * 22 s / 2, less than (300 + 300) * 20 / 2 and (100 + 300) * 60 / 2
        run.report(metric=1, energy_j=10, time_s=1)
    assert card.set[-1] is None
    assert client.get_trial("mnist", 1)["power_limit_w"] == 200
    card.set.clear()
    with client.train(meter=card, batch_size=32, **job) as run:
        assert run.power_limit_w == 200
        assert run.profile(card.train, set_limit=card.set_limit) == 200
    assert card.set == [200, None]


def test_jobs_that_do_not_ask_are_left_alone(client, job, card):
    """Nothing is trained, nothing is set."""
    job |= {"power_policy": None, "power_limits_w": []}
    with client.train(meter=card, **job) as run:
        assert run.profile(card.train, set_limit=card.set_limit) is None
    assert (card.set, card.seconds) == ([], 0.0)


def test_a_limit_that_is_refused_is_left_out(client, job, card, caplog):
    """And warned of; the others are compared."""
    card.refuses = (300,)
    with client.train(meter=card, **job) as run:
        assert run.profile(card.train, set_limit=card.set_limit) == 200
    assert "only root may" in caplog.text


def test_without_permission_training_goes_on_at_full_power(client, job, card, caplog):
    """Nothing is reported of limits that did not hold."""
    card.refuses = (100, 200, 300)
    with client.train(meter=card, **job) as run:
        assert run.profile(card.train, set_limit=card.set_limit) is None
        assert run.power_limit_w is None
    assert "without a power limit of 300 W" in caplog.text
    assert client.get_trial("mnist", 1)["power_limit_w"] is None


def test_limits_are_given_back_whatever_happens(client, flaky, faults, job, card):
    """Training raises, or the service is away when it is to choose."""
    client.transport.deadline_s = 0.05
    with pytest.raises(ZeroDivisionError), client.train(meter=card, **job) as run:
        run.profile(lambda: 1 / 0, set_limit=card.set_limit)
    assert card.set == [300, None]
    with client.train(meter=card, **job) as run:
        flaky.faults = [faults["refuses"]] * 10_000
        assert run.profile(card.train, set_limit=card.set_limit) is None
        assert card.set[-1] is None
        flaky.faults = []


@pytest.mark.parametrize("share", [0, -1, float("nan"), float("inf")])
def test_shares_of_an_epoch_that_cannot_be(client, job, card, share):
    """They are refused, and limits are given back."""
    with client.train(meter=card, **job) as run, pytest.raises(BadValueError, match="share of an epoch"):
        run.profile(lambda: card.train() * share, set_limit=card.set_limit)
    assert card.set[-1] is None


def test_limits_need_a_meter(client, job, card):
    """There is nothing to compare without one."""
    with client.train(**job) as run, pytest.raises(BadValueError, match="EnergyMeter"):
        run.profile(card.train, set_limit=card.set_limit)


def test_nvml_sets_limits_where_it_may(client, job, stub_library, tmp_path, monkeypatch):
    """On all GPUs that the process may use, as an administrator; else training goes on at full power."""
    from nvml_stub import SimulatedGpus

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpus = SimulatedGpus(tmp_path, library=stub_library, gpus=2, max_w=350, default_w=350).attach()
    try:
        seen = []
        with client.train(meter=EnergyMeter(), **job) as run:
            chosen = run.profile(lambda: seen.append((gpus.limit_w(0), gpus.limit_w(1))) or 1.0)
            assert seen == [(300, 300), (200, 200), (100, 100)]
            assert gpus.limit_w(0) == gpus.limit_w(1) == chosen
        assert gpus.limit_w(0) == gpus.limit_w(1) == 350
        gpus.fault("no_permission", gpu=None)
        with client.train(meter=EnergyMeter(), batch_size=64, **job) as run:
            assert run.profile(lambda: 1.0) is None
        assert gpus.limit_w(0) == 350
    finally:
        gpus.detach()
    assert os.environ.get("NVML_STUB_STATE") is None
