"""Between two runs, and after a GPU that could not be read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from quick_collections import a_plan

from simulator.collect.plan import Measure
from simulator.collect.run.idle import Idle, busy
from simulator.collect.run.machine import machine_facts, script_facts, versions
from simulator.collect.run.series import _insist
from simulator.errors import GpuLostError

S = 1_000_000_000


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self):
        self.now_ns = 100 * S

    def monotonic_ns(self):
        return self.now_ns

    def sleep_until(self, mono_ns):
        self.now_ns = max(self.now_ns, mono_ns)


class Cooling:
    """A GPU that cools by a degree in so many seconds, and can be read from a moment on."""

    def __init__(self, clock, start_c=80, seconds=1.0, back_ns=0, told_after_s=0.0, **said):
        self.clock, self.start_c, self.per_ns, self.back_ns = clock, start_c, seconds * S, back_ns
        self.start_ns = clock.now_ns
        self.told_ns = clock.now_ns + round(told_after_s * S)
        self.said = {"utilization_pct": [0], "memory_used_b": [0], "pids": [[]], **said}

    def values(self, column, since_ns=0):
        if self.clock.now_ns < self.told_ns:
            return []
        now_c = max(30.0, self.start_c - (self.clock.now_ns - self.start_ns) / self.per_ns)
        return [now_c] if column == "temperature_c" else self.said[column]

    def gpus(self, since_ns=0):
        if since_ns and self.clock.now_ns < self.told_ns:
            return []
        return [{"lost": self.clock.now_ns < self.back_ns, "energy_code": 999}]


@pytest.mark.parametrize(
    ("start_c", "seconds", "expected_s"),
    [(32, 1.0, 5.0), (80, 1.0, 48.0), (80, 60.0, 120.0)],
    ids=["cool already", "cools down", "stays hot"],
)
def test_a_gpu_cools_down_to_what_it_was_before_the_first_run(start_c, seconds, expected_s):
    """Within 2 °C; 5 s at least, 120 s at most; before the first run nothing is waited for."""
    clock = Clock()
    idle = Idle(Measure(), clock)
    assert idle.cool_down(Cooling(clock, start_c=30)) == 0
    baseline = idle.baseline(Cooling(clock, start_c=30))
    assert baseline["end_ns"] - baseline["start_ns"] == 10 * S
    assert baseline["temperature_c"] == [30]
    assert idle.cool_down(Cooling(clock, start_c=start_c, seconds=seconds)) == pytest.approx(expected_s, abs=0.3)


@pytest.mark.parametrize(
    ("said", "expected"),
    [({}, ""), ({"pids": [[7], [7, 9]]}, "processes [7, 9]"), ({"utilization_pct": [0, 80]}, "used 40 %")],
)
def test_a_gpu_that_is_not_idle_before_a_run_is_somebody_elses(said, expected):
    """By its processes; where a container hides them, by how much it is used."""
    clock = Clock()
    assert expected in busy(Idle(Measure(), clock).baseline(Cooling(clock, **said)))
    assert bool(expected) == bool(busy(Idle(Measure(), clock).baseline(Cooling(clock, **said))))


@pytest.mark.parametrize(("told_after_s", "expected"), [(0.9, [[7]]), (60.0, [])])
def test_what_was_said_before_a_baseline_is_not_of_it(told_after_s, expected):
    """The first word since is waited for, however short the baseline is; but not for ever."""
    clock = Clock()
    baseline = Idle(Measure(baseline_s=0.0), clock).baseline(Cooling(clock, told_after_s=told_after_s, pids=[[7]]))
    assert baseline["pids"] == expected
    assert clock.now_ns <= 104 * S


@pytest.mark.parametrize(
    ("why", "back_s", "goes_on"), [("gpu_silent", 5, True), ("gpu_silent", 60, False), ("gpu_lost", 0, False)]
)
def test_a_gpu_that_answers_again_after_nvml_was_initialised_anew_may_go_on(why, back_s, goes_on):
    """One that was lost may not, whatever it answers."""
    clock = Clock()
    rig, result = SimpleNamespace(clock=clock), SimpleNamespace(reason=f"{why}: GPU-1 does not answer")
    sensors = Cooling(clock, back_ns=clock.now_ns + back_s * S)
    if goes_on:
        _insist(rig, sensors, result, why)
    else:
        with pytest.raises(GpuLostError, match="GPU-1 does not answer"):
            _insist(rig, sensors, result, why)


def test_a_machine_describes_itself():
    """What it does not say is None, and nothing fails."""
    facts = machine_facts()
    assert facts["host"]
    assert facts["memory_b"] > 0
    assert facts["cpus_usable"] >= 1
    assert facts["cpu_limit"] is None or facts["cpu_limit"] > 0
    assert versions()["trace-simulator"]


def test_variables_of_a_plan_are_kept_by_name_and_not_by_value():
    """They may be secrets."""
    facts = script_facts(a_plan(environment={"TOKEN": "hidden"}))
    assert facts["environment"] == ["TOKEN"]
    assert "hidden" not in str({**facts, "command": None})
