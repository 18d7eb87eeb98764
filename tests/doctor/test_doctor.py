"""What an examination of this machine finds, and that it harms nothing and waits for nobody."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from simulator.doctor import (
    CHECKS,
    Check,
    Finding,
    cluster,
    database,
    engines,
    examine,
    installed,
    machine,
    places,
    power,
)
from simulator.doctor.programs import SilentProgramError, ask

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, name: str, text: str) -> None:
    """Put a program on the path that the tests use."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """A folder for programs, first on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_the_core_works_here():
    """Engines, cores and bundled traces are found well, wherever these tests run; every line has a topic."""
    found = list(examine([each for each in CHECKS if each.topic in ("engines", "machine", "traces")]))
    by_name = {finding.name: finding for finding in found}
    assert {by_name[name].state for name in ("event", "vectorized", "cores", "bundled")} == {"ok"}
    assert "SYNTHETIC" in by_name["bundled"].found
    assert all(finding.topic and finding.found for finding in found)


def test_what_is_not_well_says_what_to_do():
    """No finding but a good one leaves the user alone with it."""
    for finding in examine():
        assert finding.state in ("ok", "missing", "problem")
        assert finding.state == "ok" or finding.means, finding
        assert finding.state != "problem" or finding.todo, finding


def test_looking_changes_nothing(tmp_path, monkeypatch):
    """No folder is made that was not there."""
    for name in ("SIMULATOR_STATE_DIR", "SIMULATOR_DATA_DIR", "SIMULATOR_CACHE_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    found = list(examine(database_url=url))
    assert list(tmp_path.iterdir()) == []
    assert [each.state for each in found if each.name == "database"] == ["missing"]


def test_a_check_that_raises_or_hangs_is_a_finding():
    """The others are made all the same, and nobody waits."""

    def raising() -> list[Finding]:
        raise OSError("the wire is cut")

    def hanging() -> list[Finding]:
        time.sleep(60)
        return []

    fine = Check("c", lambda: [Finding("", "fine", "ok", "well")])
    begun = time.monotonic()
    found = list(examine([Check("a", raising), Check("b", hanging), fine], patience_s=0.05))
    assert time.monotonic() - begun < 30
    assert [(each.topic, each.name, each.state) for each in found] == [
        ("a", "raising", "problem"),
        ("b", "hanging", "problem"),
        ("c", "fine", "ok"),
    ]
    assert "the wire is cut" in found[0].found
    assert "no answer" in found[1].found


def test_programs_are_not_waited_for(path, monkeypatch):
    """One that hangs is left behind; one that fails is quoted with its last line."""
    monkeypatch.setattr("simulator.doctor.programs.TIMEOUT_S", 0.2)
    program(path, "slow", "exec sleep 60")
    program(path, "wrong", "echo first >&2; echo no such luck >&2; exit 3")
    with pytest.raises(SilentProgramError, match=r"slow did not answer within 0\.2 s"):
        ask("slow")
    with pytest.raises(SilentProgramError, match="wrong ended with 3: no such luck"):
        ask("wrong")
    with pytest.raises(SilentProgramError, match="cannot be started"):
        ask(str(path))


@pytest.mark.parametrize(
    ("sinfo", "state", "said"),
    [
        ("echo 'batch up 4'; echo 'gpu down 1'", "ok", "batch (up, 4 nodes), gpu (down, 1 nodes)"),
        ("exec sleep 60", "problem", "did not answer"),
        ("echo 'Unable to contact slurm controller' >&2; exit 1", "problem", "Unable to contact"),
        ("echo 'fatal: Could not establish a configuration source' >&2; exit 1", "missing", "no configuration"),
        ("true", "problem", "names no partition"),
    ],
)
def test_slurm_is_asked_for_its_partitions(path, monkeypatch, sinfo, state, said):
    """It may be there and well, silent, broken, or only half installed."""
    monkeypatch.setattr("simulator.doctor.programs.TIMEOUT_S", 0.2 if "sleep" in sinfo else 5.0)
    program(path, "sinfo", sinfo)
    (found,) = cluster.slurm()
    assert (found.state, said in found.found) == (state, True), found


def test_without_slurm_that_is_no_problem(tmp_path, monkeypatch):
    """Most machines have none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.state for each in (*cluster.slurm(), *machine.compiler())] == ["missing", "missing"]


def test_a_cache_that_cannot_be_written_to_is_a_problem(tmp_path, monkeypatch):
    """Everything would be compiled again each time; a file in the folder's place stops even root."""
    (tmp_path / "taken").touch()
    monkeypatch.setenv("SIMULATOR_CACHE_DIR", str(tmp_path / "taken" / "below"))
    cache = engines.compiled()[-1]
    assert (cache.name, cache.state) == ("cache", "problem")
    assert "SIMULATOR_CACHE_DIR" in cache.todo
    assert [each.state for each in places.folders() if each.name == "cache"] == ["problem"]


def test_a_disk_that_is_almost_full_is_a_problem(monkeypatch):
    """A sweep would end in the middle."""
    usage = places.shutil.disk_usage("/")
    monkeypatch.setattr(places.shutil, "disk_usage", lambda folder: usage._replace(free=10 * 2**20))
    found = [each for each in places.folders() if each.state == "problem"]
    assert len(found) == 4
    assert "10.0 MiB free" in found[0].found
    assert found[0].todo.startswith("make room")


def test_a_broken_plug_in_is_named_and_harms_no_other(tmp_path, monkeypatch):
    """With its package, and what went wrong in it."""
    about = tmp_path / "fancy-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fancy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[simulator.policies]\nbroken = fancy_is_broken:Policy\nsound = simulator.policy:GTSBatchSizeOptimizer\n"
    )
    (tmp_path / "fancy_is_broken.py").write_text("raise RuntimeError('half a policy')\n")
    monkeypatch.syspath_prepend(tmp_path)
    by_name = {each.name: each for each in engines.plug_ins()}
    assert by_name["policy broken"].state == "problem"
    assert "fancy: RuntimeError: half a policy" in by_name["policy broken"].found
    assert by_name["policy sound"].state == "ok"


def test_a_compiler_that_is_broken_is_a_problem(monkeypatch):
    """The event engine goes on without; the user learns why all is slow."""
    import numba

    def broken(function):
        raise OSError("no LLVM")

    monkeypatch.setattr(numba, "njit", broken)
    found = engines.compiled()[0]
    assert (found.name, found.state) == ("vectorized", "problem")
    assert "no LLVM" in found.found


def test_extras_and_packages_are_compared_with_what_is_needed(monkeypatch):
    """What is missing or too old is named, with the command that brings it."""
    needed = ["numpy>=1", "pandas>=999", "nosuchthing", "absent>=1; extra == 'dask'", "other; extra == 'test'"]
    monkeypatch.setattr(installed, "requires", lambda name: needed)
    broken = next(each for each in installed.packages() if each.name == "packages")
    assert broken.state == "problem"
    assert "pandas (" in broken.found
    assert ">=999 is needed" in broken.found
    assert "nosuchthing (not installed)" in broken.found
    assert "absent" not in broken.found
    extras = {each.name: each for each in installed.extras()}
    assert (extras["dask"].state, extras["dask"].todo) == ("missing", "pip install 'trace-simulator[dask]'")
    assert extras["service"].state == "ok"


@pytest.mark.parametrize(
    ("quota", "said"), [("150000 100000", "limited to 1.5"), ("max 100000", "usable"), ("", "usable")]
)
def test_a_control_group_limits_cores(tmp_path, monkeypatch, quota, said):
    """A container may have a share of a core, though it sees many."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core cannot be limited to more than one")
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    (found,) = machine.cores()
    assert said in found.found
    assert ("--workers 1" in found.means) == ("1.5" in said)


@pytest.mark.parametrize(
    ("url", "state", "said"),
    [
        ("mysql://nowhere/jobs", "problem", "is no database that the service knows"),
        ("postgresql://me:secret@127.0.0.1:9/jobs", "problem", "127.0.0.1:9"),
    ],
)
def test_a_database_that_does_not_answer_is_a_problem(url, state, said):
    """It is named, without its password."""
    (found,) = database.named(url)
    assert (found.state, said in found.found) == (state, True), found
    assert "secret" not in found.found


def test_little_memory_is_a_problem(tmp_path, monkeypatch):
    """A control group may leave less than the machine has."""
    (tmp_path / "memory.max").write_text(str(2**30))
    (tmp_path / "memory.current").write_text(str(2**30 - 10))
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    (found,) = machine.memory()
    assert found.state == "problem"
    assert "0.0 GiB free of 1.0 GiB" in found.found


def test_gpus_are_told_as_nvml_sees_them(make_gpus):
    """Names, limits and counters, and whether this user may set limits."""
    make_gpus(gpus=2)
    found = {each.name: each for each in power.gpus()}
    assert set(found) == {"NVML", "GPU 0", "GPU 1", "power limits"}
    assert found["NVML"].state == "ok"
    assert "H100 80GB HBM3 (simulated); limit 400 W of 100 W to 400 W" in found["GPU 1"].found
    assert "energy counter answers" in found["GPU 0"].means


def test_counters_of_cpus_may_be_for_root_alone(tmp_path, monkeypatch):
    """They are there and cannot be read; or there are none."""
    monkeypatch.setattr(power, "RAPL", tmp_path)
    monkeypatch.setattr(power, "read_packages", dict)
    assert "no counters" in power.rapl()[0].found
    (tmp_path / "intel-rapl:0").mkdir()
    assert power.rapl()[0].todo == "run as root"
