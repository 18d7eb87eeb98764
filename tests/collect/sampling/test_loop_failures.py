"""Readings that fail are kept with their codes, and a lost GPU is looked for again."""

from __future__ import annotations

import pytest
from sampled_loops import MS, SECOND, run

from simulator.collect.nvml import find_gpus
from simulator.collect.nvml.codes import GPU_IS_LOST, NOT_SUPPORTED
from simulator.collect.sampling.loop import SAFE_PERIOD_NS


def test_failed_readings_are_kept_with_their_codes(sampled):
    """A field that fails is empty beside its code, and the others are there; a call that fails empties all."""
    gpus, clock, loop, kept = sampled()
    now_ns = clock.monotonic_ns()
    gpus.fault("field_failing", field=83, code=999, at_ns=now_ns + SECOND, until_ns=now_ns + 2 * SECOND)
    gpus.fault("failing", groups="fields", code=999, at_ns=now_ns + 3 * SECOND, until_ns=now_ns + 4 * SECOND)
    run(loop, clock, 5)
    seconds = [kept.fast[20 * second : 20 * second + 20] for second in range(5)]
    assert [{row["energy_code"] for row in rows} for rows in seconds] == [{0}, {999}, {0}, {999}, {0}]
    assert [{row["instant_code"] for row in rows} for rows in seconds] == [{0}, {0}, {0}, {999}, {0}]
    for row in kept.fast:
        assert (row["energy_mj"] is None) == (row["energy_code"] != 0)
        assert (row["power_instant_mw"] is None) == (row["instant_code"] != 0)
    assert loop.missed == 0


def test_zero_readings_are_kept_as_read_and_slow_the_loop_down(sampled):
    """A GPU that gives zeros when polled at 20 ms is polled at 53 ms from then on; the change is told."""
    gpus, clock, loop, kept = sampled(period_ms=20, zero_gap_ms=0)
    run(loop, clock, 1)
    assert loop.heartbeat()["backed_off_ns"] is None
    gpus.set(zero_gap_ms=40)
    run(loop, clock, 2)
    zeros = [row["tick"] for row in kept.fast if row["energy_mj"] == 0]
    assert zeros
    assert {row["energy_code"] for row in kept.fast} == {0}
    assert loop.period_ns == SAFE_PERIOD_NS
    told = loop.heartbeat()
    assert told["period_ms"] == 53
    assert kept.fast[zeros[0]]["after_ns"] == told["backed_off_ns"]
    assert len(zeros) == 1
    assert loop.missed == 0
    assert [row["tick"] for row in kept.fast] == list(range(len(kept.fast)))


def test_a_counter_that_is_suddenly_not_supported_slows_the_loop_down(sampled):
    """Some drivers refuse what they are asked for too often."""
    gpus, clock, loop, _ = sampled(period_ms=20)
    run(loop, clock, 0.5)
    gpus.fault("field_failing", field=83, code=NOT_SUPPORTED)
    run(loop, clock, 0.1)
    assert loop.period_ns == SAFE_PERIOD_NS


@pytest.mark.parametrize("field", [83, 185])
def test_what_was_never_supported_slows_nothing_down(sampled, field):
    """GPUs before Volta have no counter, those before Ampere no mean: they bear 20 ms all the same."""
    gpus, clock, loop, kept = sampled(period_ms=20)
    gpus.fault("field_failing", field=field, code=NOT_SUPPORTED)
    run(loop, clock, 1)
    assert loop.period_ns == 20 * MS
    assert kept.fast[0]["energy_code" if field == 83 else "average_code"] == NOT_SUPPORTED


def test_an_explicit_period_above_the_safe_one_stays(sampled):
    """Zeros change nothing there."""
    gpus, clock, loop, _ = sampled(period_ms=100)
    run(loop, clock, 1)
    gpus.fault("zero_reads")
    run(loop, clock, 1)
    assert loop.period_ns == 100 * MS


def test_a_lost_gpu_is_told_and_its_codes_are_recorded(sampled):
    """The other GPU goes on; NVML is initialised anew once, after five seconds."""
    tried = []
    gpus, clock, loop, kept = sampled(gpus=2, revive=lambda: tried.append(clock.monotonic_ns()))
    run(loop, clock, 1)
    assert [gpu["lost"] for gpu in loop.heartbeat()["gpus"]] == [False, False]
    lost_ns = clock.monotonic_ns()
    gpus.fault("lost", gpu=1)
    run(loop, clock, 20)
    assert [gpu["lost"] for gpu in loop.heartbeat()["gpus"]] == [False, True]
    assert tried == [lost_ns + 5 * SECOND]
    rows = [row for row in kept.fast if row["before_ns"] >= lost_ns]
    assert {row["energy_code"] for row in rows if row["gpu"] == 0} == {0}
    assert {row["energy_code"] for row in rows if row["gpu"] == 1} == {GPU_IS_LOST}
    assert len(rows) == 2 * 400
    assert {row["temperature_c"] for row in kept.slow[-1:] if row["gpu"] == 1} <= {None}


def test_a_gpu_that_is_found_again_goes_on(sampled):
    """What the new start hands out is read from then on, and may be lost once more."""
    tried = []

    def revive():
        tried.append(clock.monotonic_ns())
        gpus.heal()
        return find_gpus()

    gpus, clock, loop, kept = sampled(revive=revive)
    for _ in range(2):
        gpus.fault("lost")
        run(loop, clock, 4)
        assert loop.heartbeat()["gpus"][0]["lost"]
        run(loop, clock, 4)
        assert not loop.heartbeat()["gpus"][0]["lost"]
        assert kept.fast[-1]["energy_mj"] > 0
    assert len(tried) == 2


def test_a_gpu_that_supports_none_of_it_is_not_lost(sampled):
    """It answers, as Jetson boards do: there is nothing to find again."""
    tried = []
    gpus, clock, loop, _ = sampled(revive=lambda: tried.append(1))
    gpus.fault("not_supported", groups=("fields", "power_usage", "energy"))
    run(loop, clock, 10)
    assert not loop.heartbeat()["gpus"][0]["lost"]
    assert not tried


def test_one_failed_reading_is_no_loss(sampled):
    """NVML says "unknown error" at times; only a second of that counts, while "lost" counts at once."""
    gpus, clock, loop, _ = sampled()
    gpus.fault("failing", groups="fields", code=999)
    run(loop, clock, 0.5)
    assert not loop.heartbeat()["gpus"][0]["lost"]
    run(loop, clock, 1)
    assert loop.heartbeat()["gpus"][0]["lost"]
