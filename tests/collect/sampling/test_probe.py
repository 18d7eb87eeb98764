"""What a sensor is, found from when its values change."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.collect.nvml.codes import NOT_SUPPORTED
from simulator.collect.sampling import Probe, periods
from simulator.collect.sampling.loop import Loop
from simulator.collect.sampling.period import change_period_ns
from simulator.collect.sampling.probe import probe
from simulator.collect.sampling.schema import FAST

MS = 1_000_000


@pytest.mark.parametrize(("update_ms", "period_ms"), [(100, 53), (101, 53), (20, 17), (31, 17)])
def test_periods_are_found(simulated, update_ms, period_ms):
    """Of the counter and of the power, to a percent; the period to sample with follows."""
    _, clock, gpus = simulated(update_ms=update_ms, window_ms=10, noise_w=2)
    found = probe(gpus, clock=clock)
    (gpu,) = found.gpus
    assert gpu.uuid == gpus[0].uuid
    assert gpu.energy_period_ms == pytest.approx(update_ms, rel=0.01)
    assert gpu.instant_period_ms == pytest.approx(update_ms, rel=0.01)
    assert gpu.average_period_ms == pytest.approx(update_ms, rel=0.01)
    assert gpu.instant_source == "instant"
    assert gpu.energy_supported
    assert not gpu.constant
    assert gpu.reads > 1000
    assert found.period_ms == period_ms


def test_a_given_period_wins(simulated):
    """Whatever the sensors are."""
    _, clock, gpus = simulated(update_ms=100)
    assert probe(gpus, clock=clock, period_ms=10).period_ms == 10


def test_constant_readings_have_no_period(simulated):
    """Without a counter, an idle GPU on which nothing changes tells nothing; under load it does."""
    handle, clock, gpus = simulated(update_ms=20, window_ms=10)
    handle.fault("field_failing", field=83, code=NOT_SUPPORTED)
    handle.fault("not_supported", groups="energy")
    found = probe(gpus, clock=clock)
    assert found.gpus[0].constant
    assert not found.gpus[0].energy_supported
    assert found.gpus[0].instant_period_ms is None
    assert found.period_ms == 53
    handle.set_demand(200, ripple_w=50, ripple_period_s=0.33)
    handle.set(noise_w=3)
    found = probe(gpus, clock=clock)
    assert not found.gpus[0].constant
    assert found.gpus[0].instant_period_ms == pytest.approx(20, rel=0.05)
    assert found.period_ms == 17


def test_only_the_counter_changes_on_a_quiet_gpu(simulated):
    """It adds up what is constant; that is enough to choose by."""
    _, clock, gpus = simulated(update_ms=20)
    found = probe(gpus, clock=clock)
    assert found.gpus[0].energy_period_ms == pytest.approx(20)
    assert found.gpus[0].instant_period_ms is None
    assert not found.gpus[0].constant
    assert found.period_ms == 17


def test_every_gpu_is_probed(simulated):
    """One fast counter is enough to sample all of them faster."""
    handle, clock, gpus = simulated(gpus=3, update_ms=100)
    handle.set(gpu=1, update_ms=20)
    found = probe(gpus, clock=clock)
    assert [gpu.energy_period_ms for gpu in found.gpus] == [pytest.approx(ms, rel=0.01) for ms in (100, 20, 100)]
    assert found.period_ms == 17


def test_zeros_among_readings_are_counted_and_keep_the_period_long(simulated):
    """A GPU that gives zeros when polled fast is not polled fast."""
    _, clock, gpus = simulated(update_ms=20, zero_gap_ms=0.9)
    assert probe(gpus, clock=clock, seconds=1).gpus[0].zero_reads == 0
    handle, clock, gpus = simulated(update_ms=20)
    now_ns = clock.monotonic_ns()
    for start_ms in range(100, 1000, 100):
        handle.fault("zero_reads", at_ns=now_ns + start_ms * MS, until_ns=now_ns + (start_ms + 5) * MS)
    found = probe(gpus, clock=clock, seconds=1)
    assert found.gpus[0].zero_reads == 9 * 5 * 3
    assert found.gpus[0].energy_period_ms == pytest.approx(20, rel=0.05)
    assert found.period_ms == 53


def test_slow_calls_are_measured(simulated):
    """7 ms a call still tell 20 ms from 100 ms."""
    handle, clock, gpus = simulated(update_ms=20)
    handle.fault("slow_calls", ms=7, groups="fields")
    (gpu,) = probe(gpus, clock=clock).gpus
    assert gpu.call_latency_us == pytest.approx(7000)
    assert gpu.energy_period_ms == pytest.approx(20, rel=0.1)


def test_sampling_goes_on_while_probing(simulated):
    """What is called between readings may keep its own deadlines."""
    _, clock, gpus = simulated()
    rows = []
    loop = Loop(gpus, clock=clock, period_ns=50 * MS, write=lambda fast, slow: rows.extend(fast))
    probe(gpus, clock=clock, between=lambda: clock.monotonic_ns() < loop.next_ns or loop.tick())
    loop.flush()
    assert len(rows) == pytest.approx(30, abs=1)
    assert loop.missed == 0


def test_a_probe_survives_its_journey_through_json(simulated):
    """Nothing is lost between the sampler and the controller."""
    _, clock, gpus = simulated(gpus=2)
    found = probe(gpus, clock=clock, seconds=0.5)
    assert Probe.from_json(found.to_json()) == found


def test_periods_follow_from_recorded_samples_too(simulated):
    """Of a job under load, per GPU; failed readings and zeros do not disturb."""
    handle, clock, gpus = simulated(gpus=2, update_ms=101, noise_w=3)
    handle.set_demand(250)
    now_ns = clock.monotonic_ns()
    handle.fault("zero_reads", at_ns=now_ns + 500 * MS, until_ns=now_ns + 700 * MS, gpu=None)
    handle.fault("failing", groups="fields", at_ns=now_ns + 900 * MS, until_ns=now_ns + 990 * MS, gpu=None)
    rows = []
    loop = Loop(gpus, clock=clock, period_ns=53 * MS, write=lambda fast, slow: rows.extend(fast))
    loop.run_until(now_ns + 20_000 * MS)
    samples = pd.DataFrame(rows, columns=FAST.arrow.names)
    first, second = periods(samples)
    assert first.energy_period_ms == pytest.approx(101, rel=0.02)
    assert second.instant_period_ms == pytest.approx(101, rel=0.02)


def test_sensors_faster_than_the_samples_are_not_guessed(simulated):
    """A 20 ms counter sampled every 53 ms may be any faster."""
    _, clock, gpus = simulated(update_ms=20)
    rows = []
    loop = Loop(gpus, clock=clock, period_ns=53 * MS, write=lambda fast, slow: rows.extend(fast))
    loop.run_until(clock.monotonic_ns() + 10_000 * MS)
    assert periods(pd.DataFrame(rows, columns=FAST.arrow.names))[0].energy_period_ms is None


@given(
    period_us=st.integers(10_000, 200_000),
    gap_us=st.integers(500, 20_000),
    phase=st.floats(0, 1),
    repeats=st.integers(2, 9),
)
def test_any_period_is_found_by_readings_twice_as_dense(period_us, gap_us, phase, repeats):
    """To a few percent from sixty updates, also if every n-th value repeats the one before."""
    assume(gap_us < 0.4 * period_us)
    times_ns = [1000 * gap_us * number for number in range(60 * period_us // gap_us)]
    updates = [int(time_ns / (1000 * period_us) + phase) for time_ns in times_ns]
    values = [update - (update % (repeats + 3) == 0) for update in updates]
    found_ns = change_period_ns(times_ns, values)
    assert found_ns is not None
    assert abs(found_ns / 1000 - period_us) < 0.06 * period_us


@given(st.lists(st.integers(0, 3), max_size=4))
def test_few_readings_tell_nothing(values):
    """Fewer than four changes are no period."""
    assert change_period_ns([MS * number for number in range(len(values))], values) is None
