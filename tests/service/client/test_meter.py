"""Energy of windows: of simulated GPUs, of counters in files, of a stated power."""

from __future__ import annotations

import logging
import math

import pytest
from nvml_stub import SimulatedGpus

from simulator.errors import BadValueError, GpuError, GpuLostError, GpuNotSupportedError, NvmlMissingError
from simulator.service.client import EnergyMeter
from simulator.service.client.counters import CpuCounter
from simulator.service.client.usage import Usage, energy_of


@pytest.fixture
def make_gpus(stub_library, tmp_path, monkeypatch):
    """Simulated GPUs of this process, on a clock that goes when it is told to."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    made = []

    def make(**knobs):
        made.append(SimulatedGpus(tmp_path, library=stub_library, manual=True, **knobs).attach())
        return made[-1]

    yield make
    for gpus in made[-1:]:
        gpus.detach()


@pytest.mark.parametrize(
    ("visible", "watts"),
    [(None, 600), ("0", 100), ("1,2", 500), ("2,-1,0", 300), ("GPU-00000001", 200), ("1,NoDevFiles,2", 200)],
)
def test_the_gpus_that_may_be_used_are_counted(make_gpus, monkeypatch, visible, watts):
    """All of them, or those of CUDA_VISIBLE_DEVICES; what the others draw is not the job's."""
    gpus = make_gpus(gpus=3)
    for gpu in range(3):
        gpus.set_demand(100 * (gpu + 1), gpu=gpu)
    gpus.advance(1)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    meter = EnergyMeter(clock=lambda: gpus.now_ns() / 1e9)
    meter.begin_window("a")
    gpus.advance(20)
    measured = meter.end_window("a")
    assert (meter.source, meter.assumed) == ("nvml", False)
    assert measured.time_s == pytest.approx(20)
    assert measured.energy_j == pytest.approx(20 * watts, rel=0.02)


def test_windows_may_overlap(make_gpus):
    """Each has what passed in it."""
    gpus = make_gpus()
    gpus.set_demand(200)
    meter = EnergyMeter()
    meter.begin_window("run")
    gpus.advance(10)
    meter.begin_window("part")
    gpus.advance(10)
    assert meter.end_window("part").energy_j == pytest.approx(2000, rel=0.05)
    assert meter.end_window("run").energy_j == pytest.approx(4000, rel=0.05)
    with pytest.raises(BadValueError, match="no window 'run' is open"):
        meter.end_window("run")


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"kind": "lost"}, GpuLostError), ({"kind": "not_supported", "groups": "energy"}, GpuNotSupportedError)],
)
def test_gpus_that_do_not_count_are_said(make_gpus, fault, error):
    """With what to do; an old GPU is no reason to count the CPUs instead."""
    make_gpus().fault(**fault)
    with pytest.raises(error, match="power_w"):
        EnergyMeter()


def test_names_that_name_no_gpu(make_gpus, monkeypatch):
    """An unknown UUID, or a MIG instance."""
    make_gpus()
    for visible, why in (("GPU-ffff", "no such GPU"), ("MIG-1234", "MIG instance"), ("7", "finding GPU 7")):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        with pytest.raises(GpuError, match=why):
            EnergyMeter()


def test_a_counter_that_starts_anew_is_noticed(make_gpus):
    """A driver that is loaded again takes no energy away; the run's mean power stands in."""
    gpus = make_gpus()
    gpus.set_demand(200)
    gpus.advance(100)
    usage = Usage(EnergyMeter(), clock=lambda: gpus.now_ns() / 1e9)
    for reset in (False, True, False):
        usage.resume()
        gpus.advance(10)
        if reset:
            gpus.fault("counter_reset")
        usage.pause()
    assert usage.time_s == pytest.approx(30)
    assert usage.energy_j == pytest.approx(6000, rel=0.05)


def packages(folder, **energies):
    """Write counters as the kernel shows them."""
    for name, energy in energies.items():
        package = folder / f"intel-rapl:{name[1:]}"
        package.mkdir(exist_ok=True)
        (package / "energy_uj").write_text(f"{energy}\n")
        (package / "max_energy_range_uj").write_text("1000000\n")


def test_counters_of_cpus_start_anew_after_minutes(tmp_path):
    """Read often enough, no round is missed."""
    packages(tmp_path, p0=900_000, p1=0)
    counter = CpuCounter(tmp_path, often_s=3600)
    assert counter.read_j() == 0
    packages(tmp_path, p0=100_000, p1=500_000)
    assert counter.read_j() == pytest.approx(0.7)
    packages(tmp_path, p0=50_000, p1=600_000)
    assert counter.read_j() == pytest.approx(0.7 + 0.95 + 0.1)


def test_nothing_counts_energy(tmp_path):
    """No GPU, and no counters that one may read: a stated power is the way."""
    with pytest.raises(NvmlMissingError, match="power_w"):
        CpuCounter(tmp_path)


def test_a_machine_without_gpus_counts_its_cpus(make_gpus, monkeypatch, tmp_path):
    """If it may; else the error names both."""
    make_gpus().fault("driver_not_loaded")
    monkeypatch.setattr("simulator.service.client.counters.CpuCounter.__init__.__defaults__", (tmp_path,))
    with pytest.raises(NvmlMissingError, match="no NVIDIA GPU"):
        EnergyMeter()
    packages(tmp_path, p0=1)
    assert EnergyMeter().source == "rapl"


@pytest.mark.parametrize("power_w", [0, -1, math.nan, math.inf])
def test_powers_that_cannot_be(power_w):
    """They are refused when the meter is made."""
    with pytest.raises(BadValueError, match="above 0"):
        EnergyMeter(power_w)


class Failing:
    """A meter like the ZeusMonitor, which fails when told to."""

    def __init__(self, *ends):
        self.ends = list(ends)

    def begin_window(self, name):
        if self.ends[0] == "begin":
            raise OSError("the GPU is busy")

    def end_window(self, name):
        end = self.ends.pop(0)
        if end == "end":
            raise OSError("the GPU is gone")
        return type("Measurement", (), {"time": 1.0, "total_energy": end})()


def test_a_meter_that_fails_later_does_not_end_training(caplog):
    """Its mean power so far is assumed, and warned of."""
    seconds = iter([0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0])
    usage = Usage(Failing(1000.0, "end", math.nan, -5.0), clock=lambda: next(seconds))
    for _ in range(4):
        usage.resume()
        usage.resume()  # it counts already
        usage.pause()
        usage.pause()
    assert (usage.energy_j, usage.time_s) == (4000.0, 40.0)
    assert "mean power so far is assumed" in caplog.text
    assert logging.WARNING in {record.levelno for record in caplog.records}


@pytest.mark.parametrize("fails", ["begin", "end"])
def test_a_meter_that_never_worked_is_said_at_once(fails):
    """In the first epoch, where it costs little."""
    usage = Usage(Failing(fails))
    usage.resume()
    with pytest.raises(BadValueError, match="before it measured anything"):
        usage.pause()


def test_measurements_of_zeus_are_understood():
    """A ZeusMonitor's, as published, and our own."""
    from zeus.monitor.energy import Measurement

    assert energy_of(Measurement(time=2.0, gpu_energy={0: 10.0, 1: 5.0})) == 15.0
