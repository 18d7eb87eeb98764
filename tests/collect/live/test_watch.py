"""A live view says what GPUs do, second by second, and sets nothing."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from simulator.collect.live import look_at_sensors
from simulator.collect.nvml import find_gpus, nvml


def test_power_energy_and_time_are_the_true_ones(views, manual_gpus):
    """100 W, then 300 W: power now and over a second; energy from the beginning of watching, and not before."""
    manual_gpus.set_demand(100)
    manual_gpus.advance(5)
    start_ns = manual_gpus.now_ns()
    manual_gpus.set_demand(300, at_ns=start_ns + 10_000_000_000)
    *early, last = views(seconds=20)
    (gpu,) = last.gpus
    assert [round(view.time_s, 6) for view in early] == list(range(20))
    assert (gpu.power_instant_w, gpu.power_average_w, gpu.average_source) == (300, 300, "sensor")
    assert gpu.energy_j == pytest.approx(manual_gpus.true_energy_j(start_ns, manual_gpus.now_ns()), abs=30)
    assert gpu.energy_source == "counter"
    assert early[0].gpus[0].energy_j == 0
    assert early[9].gpus[0].power_average_w == 100


def test_the_history_is_a_minute_of_seconds(views, manual_gpus):
    """One mean a second, the latest last; what is older than a minute is forgotten."""
    manual_gpus.set_demand(100)
    manual_gpus.set_demand(200, at_ns=manual_gpus.now_ns() + 40_500_000_000)
    *_, last = views(seconds=80)
    history = last.gpus[0].history_w
    assert len(history) == 60
    assert history[0] == 100
    assert history[-1] == 200
    assert history[:-1] == tuple(sorted(history[:-1]))


def test_nothing_is_set(views, manual_gpus):
    """Neither a limit nor a mode, however long it is watched."""
    list(views(seconds=3))
    with nvml():
        look_at_sensors(find_gpus(), seconds=0.01)
    assert manual_gpus.calls("set_limit") == 0
    assert manual_gpus.calls("set_persistence") == 0


def test_limits_clocks_processes_and_reasons_are_told_in_words(views, manual_gpus):
    """A GPU that is held down by its limit says so."""
    manual_gpus.set(ceiling_w=200)
    manual_gpus.fault("limit_changed", watts=250)
    manual_gpus.set_demand(350)
    manual_gpus.set_pids([4242, 17])
    (gpu,) = next(iter(views(seconds=0))).gpus
    assert (gpu.requested_limit_w, gpu.enforced_limit_w) == (250, 200)
    assert "power_cap" in gpu.reasons
    assert gpu.pids == (17, 4242)
    assert gpu.sm_clock_mhz > 0
    assert gpu.memory_used_b == 500 * 2**20
    assert gpu.memory_total_b == 80 * 2**30


def test_one_look_is_one_view(views):
    """Zero seconds are enough for it."""
    assert len(list(views(seconds=0))) == 1


def test_watching_ends_when_nobody_asks_for_more(views):
    """It is a generator."""
    assert len(list(islice(views(), 3))) == 3


def test_who_is_slow_misses_views_and_no_energy(views, manual_gpus):
    """Seconds that nobody looked at are left out; the counter knows them."""
    manual_gpus.set_demand(200)
    seen = []
    for view in views(seconds=10):
        seen.append(view)
        manual_gpus.advance(2.5 if len(seen) == 3 else 0)
    assert [round(view.time_s, 1) for view in seen] == [0, 1, 2, 4.5, 5, 6, 7, 8, 9, 10]
    assert seen[-1].gpus[0].energy_j == pytest.approx(2000, abs=30)


def test_a_view_is_json(views):
    """Without the history, which views themselves are."""
    view = next(iter(views(seconds=0)))
    content = json.loads(json.dumps(view.to_json()))
    assert content["course"] is None
    assert content["gpus"][0]["uuid"] == view.gpus[0].uuid
    assert "history_w" not in content["gpus"][0]
