"""Deadlines are kept or counted, and whatever is read is kept."""

from __future__ import annotations

import pytest
from sampled_loops import MS, SECOND, run

from simulator.collect.sampling.loop import Loop
from simulator.collect.sampling.schema import FAST, SLOW
from simulator.errors import CollectError


def test_every_deadline_has_a_row_of_every_gpu(sampled):
    """Ticks count from 0, at absolute deadlines, and values are those of the moment."""
    gpus, clock, loop, kept = sampled(gpus=2)
    start_ns = clock.monotonic_ns()
    gpus.set_demand(250, gpu=1)
    run(loop, clock, 3)
    assert [(row["tick"], row["gpu"]) for row in kept.fast] == [(tick, gpu) for tick in range(60) for gpu in (0, 1)]
    assert [row["before_ns"] - start_ns for row in kept.fast[::2]] == [50 * MS * tick for tick in range(60)]
    last = kept.fast[-1]
    assert last["power_instant_mw"] == last["power_average_mw"] == 250_000
    assert last["energy_mj"] - kept.fast[1]["energy_mj"] == pytest.approx(250_000 * 2.9, rel=0.05)
    assert loop.missed == 0


def test_rows_are_handed_over_every_second(sampled):
    """A crash then costs one second at most."""
    _, clock, loop, kept = sampled()
    run(loop, clock, 3)
    assert kept.batches == [(20, 1)] * 3


def test_the_slow_values_are_read_once_a_second_with_both_clocks(sampled):
    """They join the monotonic clock to the realtime clock, also when somebody sets that."""
    gpus, clock, loop, kept = sampled(gpus=3)
    start_ns = clock.monotonic_ns()
    gpus.set_pids([4321], gpu=2)
    run(loop, clock, 2)
    clock.step(0.25)
    run(loop, clock, 2)
    for gpu in range(3):
        rows = [row for row in kept.slow if row["gpu"] == gpu]
        seconds = [(row["mono_ns"] - start_ns) / SECOND for row in rows]
        assert seconds == [pytest.approx(0.05 * gpu + second) for second in range(4)]  # one GPU a tick
        assert {row["enforced_limit_mw"] for row in rows} == {400_000}
        assert [row["pids"] for row in rows] == [[4321] if gpu == 2 else []] * 4
        offsets_ns = [row["wall_ns"] - row["mono_ns"] for row in rows]
        assert [offset_ns - offsets_ns[0] for offset_ns in offsets_ns] == [0, 0, 250 * MS, 250 * MS]


def test_slow_values_come_once_a_second_also_where_no_deadline_falls_on_it(sampled):
    """At 53 ms, the first deadline of each second; what is late does not add up."""
    _, clock, loop, kept = sampled(period_ms=53)
    start_ns = clock.monotonic_ns()
    run(loop, clock, 30)
    since_ns = [row["mono_ns"] - start_ns for row in kept.slow]
    assert [at_ns // SECOND for at_ns in since_ns] == list(range(30))
    assert all(at_ns % SECOND < 53 * MS for at_ns in since_ns)


def test_missed_deadlines_are_counted_and_not_made_up(sampled):
    """After a stall of 1.02 s at 50 ms, 20 deadlines are gone, and the next is where it always was."""
    _, clock, loop, kept = sampled()
    start_ns = clock.monotonic_ns()
    run(loop, clock, 1)
    clock.sleep_until(clock.monotonic_ns() + 1020 * MS)
    run(loop, clock, 0.98)
    assert loop.missed == 20
    assert [row["tick"] for row in kept.fast] == [*range(20), *range(40, 60)]
    assert [(row["before_ns"] - start_ns) // MS for row in kept.fast[20:23]] == [2020, 2050, 2100]
    assert loop.heartbeat()["late_ms"] == pytest.approx(1020)
    assert loop.heartbeat()["late_ms"] == 0


def test_readings_that_last_longer_than_the_period_follow_one_another(sampled):
    """70 ms each at 50 ms: what cannot be kept is missed, and lateness does not pile up."""
    gpus, clock, loop, kept = sampled(period_ms=50)
    gpus.fault("slow_calls", ms=70, groups="fields")
    run(loop, clock, 7)
    assert len(kept.fast) == pytest.approx(100, abs=10)  # less, for slow values take their time too
    assert kept.fast[-1]["tick"] + 1 == len(kept.fast) + loop.missed == pytest.approx(140, abs=2)
    assert loop.heartbeat()["late_ms"] < 250
    assert all(row["after_ns"] - row["before_ns"] >= 70 * MS for row in kept.fast)


def test_the_heartbeat_says_what_was_read_last(sampled):
    """By the names of the columns, so that a person can watch."""
    gpus, clock, loop, _ = sampled()
    assert loop.heartbeat()["gpus"] == [{"uuid": gpus.uuid(), "lost": False}]
    gpus.set_demand(300)
    run(loop, clock, 2)
    (gpu,) = loop.heartbeat()["gpus"]
    assert gpu["power_instant_mw"] == 300_000
    assert gpu["enforced_limit_mw"] == 400_000
    assert set(gpu) == {"uuid", "lost", *FAST.arrow.names[4:], *SLOW.arrow.names[3:]}


def test_what_cannot_be_written_reaches_the_caller(simulated):
    """Once a second, when a batch is handed over."""
    _, clock, devices = simulated()

    def refuse(fast, slow):
        raise CollectError("full")

    loop = Loop(devices, clock=clock, period_ns=50 * MS, write=refuse)
    start_ns = clock.monotonic_ns()
    with pytest.raises(CollectError, match="full"):
        run(loop, clock, 5)
    assert clock.monotonic_ns() - start_ns <= SECOND


def test_columns_are_those_of_the_readings(simulated):
    """The schema and what NVML's room reads agree, name by name."""
    _, _, (device,) = simulated()
    assert FAST.arrow.names == ["tick", "gpu", "before_ns", "after_ns", *device.fast_reader().read()._fields]
    assert SLOW.arrow.names == ["mono_ns", "wall_ns", "gpu", *device.read_slow()._fields]
