"""Counters that are read at a run's start and end."""

from __future__ import annotations

import pytest

from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.run.counters import read_counters, risen


@pytest.fixture
def rapl(tmp_path):
    """Two packages, one of which has a part that is counted within it."""

    def write(**energies_uj):
        for name, energy_uj in energies_uj.items():
            folder = tmp_path / name.replace("_", ":").replace("rapl:", "intel-rapl:", 1)
            folder.mkdir(exist_ok=True)
            (folder / "energy_uj").write_text(f"{energy_uj}\n")
            (folder / "max_energy_range_uj").write_text("1000000000\n")
        return tmp_path

    return write


def test_cpu_energy_is_that_of_all_packages_and_no_part_counts_twice(rapl):
    """A counter that starts anew in between is no loss."""
    before = read_counters([], rapl=rapl(rapl_0=5_000_000, rapl_1=999_000_000, rapl_0_0=1))
    after = read_counters([], rapl=rapl(rapl_0=12_000_000, rapl_1=2_000_000, rapl_0_0=900_000_000))
    assert risen(before, after)["cpu_energy_j"] == pytest.approx(7 + 3)


def test_nothing_is_said_where_nothing_can_be_read(rapl, tmp_path):
    """No folder, or a file that only root may read, is not 0 J."""
    folder = rapl(rapl_0=5)
    (folder / "intel-rapl:0" / "energy_uj").write_text("")
    for where in (folder, tmp_path / "nowhere"):
        assert risen(read_counters([], rapl=where), read_counters([], rapl=where)) is None


def test_memory_errors_are_told_by_gpu(make_gpus, tmp_path):
    """What ECC corrected during a run stands beside its numbers; where ECC is off, nothing does."""
    gpus = make_gpus(gpus=2)
    with nvml():
        devices = find_gpus()
        gpus.set(gpu=1, ecc_errors=3)
        before = read_counters(devices, rapl=tmp_path)
        gpus.set(gpu=1, ecc_errors=10)
        assert risen(before, read_counters(devices, rapl=tmp_path)) == {
            "cpu_energy_j": None,
            "memory_errors_corrected": [0, 7],
            "memory_errors_uncorrected": [0, 7],
        }
        gpus.fault("not_supported", groups="ecc", gpu=0)
        after = read_counters(devices, rapl=tmp_path)
        assert risen(after, after)["memory_errors_corrected"] == [None, 0]
