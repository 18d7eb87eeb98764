"""Deadlines are kept or counted, and whatever is read is kept."""

from __future__ import annotations

import pytest

from simulator.collect.nvml import find_gpus
from simulator.collect.nvml.codes import GPU_IS_LOST, NOT_SUPPORTED
from simulator.collect.sampling.loop import SAFE_PERIOD_NS, Loop
from simulator.collect.sampling.schema import FAST, SLOW
from simulator.errors import CollectError

MS = 1_000_000
SECOND = 1_000 * MS


class Kept:
    """Keeps rows as dicts, by batch."""

    def __init__(self):
        self.batches = []

    def __call__(self, fast, slow):
        self.batches.append((len(fast), len(slow)))
        self.fast = [*getattr(self, "fast", []), *(dict(zip(FAST.arrow.names, row, strict=True)) for row in fast)]
        self.slow = [*getattr(self, "slow", []), *(dict(zip(SLOW.arrow.names, row, strict=True)) for row in slow)]


@pytest.fixture
def sampled(simulated):
    """Make GPUs and a loop over them: the handle, the clock, the loop, and what it keeps."""

    def make(*, period_ms=50, revive=None, **knobs):
        gpus, clock, devices = simulated(**knobs)
        kept = Kept()
        loop = Loop(devices, clock=clock, period_ns=round(period_ms * MS), write=kept, revive=revive)
        return gpus, clock, loop, kept

    return make


def run(loop, clock, seconds):
    loop.run_until(clock.monotonic_ns() + round(seconds * SECOND))
    loop.flush()


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
