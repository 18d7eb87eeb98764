"""Recording on a real GPU: what may go where, what is told of the machine, and that it is one command."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from nvml_stub import SimulatedGpus, build, compiler

from simulator.collect.plan import Plan
from simulator.collect.sampling.read import read_samples
from simulator.collect.sampling.schema import FAST
from simulator.collect.sampling.stream import StreamWriter

REPOSITORY = Path(__file__).resolve().parents[1]
SCRIPT = REPOSITORY / "benchmarks" / "record_on_gpu.sh"


@pytest.fixture
def recording(monkeypatch):
    """The modules behind the command."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    import recording.plan
    import recording.tidy
    import recording.words

    return recording


def record(*words, **variables):
    """Run the command with this Python."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    command = ["bash", str(SCRIPT), "--python", sys.executable, *map(str, words)]
    environment = os.environ | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(compiler() is None, reason="no C compiler: cc, gcc or clang builds the simulated GPU")
@pytest.mark.parametrize("out", [(), ("--out", REPOSITORY / "traces" / "recorded" / "made-up")])
def test_a_simulated_gpu_is_never_kept_as_a_real_one(tmp_path, out):
    """Neither by default nor by naming the folder; nothing is written."""
    gpus = SimulatedGpus(tmp_path, library=build(tmp_path))
    gpus.text(name="NVIDIA H100 80GB HBM3")  # whatever it calls itself
    before = sorted((REPOSITORY / "traces").rglob("*"))
    done = record(*out, **gpus.environment())
    assert done.returncode == 4, done.stderr
    assert "is simulated" in done.stderr
    assert sorted((REPOSITORY / "traces").rglob("*")) == before


def test_without_nvml_it_says_so(tmp_path):
    """Exit code 3, before anything is made."""
    (tmp_path / "libnvidia-ml.so.1").write_text("no library")  # found first, also where there is a driver
    done = record("--out", tmp_path / "out", LD_LIBRARY_PATH=str(tmp_path))
    assert done.returncode == 3, done.stderr
    assert "NVML" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["libnvidia-ml.so.1"]


def test_options_are_checked():
    """An unknown option, or one without its value, ends it at once."""
    assert record("--nonsense").returncode == 2
    assert record("--out").returncode == 2
    assert "Exit codes" in record("--help").stdout


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("quick", [False, True])
def test_the_plan_is_one(recording, tmp_path, real, quick):
    """The example's, with a job that loads a real GPU, and less of it for a trial; never a power limit."""
    (tmp_path / "plan.toml").write_text(recording.plan.plan_text(real=real, quick=quick))
    plan = Plan.from_toml(tmp_path / "plan.toml")
    assert ("4096" in plan.job.command) == real
    assert len(plan.grid.batch_sizes) == (2 if quick else 8)
    assert plan.grid.power_limits_w is None


def test_recordings_name_no_machine(recording, tmp_path):
    """Host, serial number and folders are left out of documents, events and samples."""
    tidier = recording.tidy.Tidier(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps({"host": "x", "gpus": [{"serial": "1"}], "out": f"{tmp_path}/b"}))
    tidier.write(tmp_path / "a.json", tmp_path / "new" / "a.json")
    assert json.loads((tmp_path / "new" / "a.json").read_text()) == {
        "host": None,
        "gpus": [{"serial": None}],
        "out": "OUT/b",
    }
    (tmp_path / "e.jsonl").write_text(f'{{"k": "note", "text": "in {REPOSITORY}/simulator"}}\n')
    tidier.write(tmp_path / "e.jsonl", tmp_path / "new" / "e.jsonl.gz", compressed=True)
    assert (
        gzip.decompress((tmp_path / "new" / "e.jsonl.gz").read_bytes())
        == b'{"k": "note", "text": "in REPOSITORY/simulator"}\n'
    )


def test_samples_stay_what_they_are(recording, tmp_path):
    """The rows are the same, only the name of the machine is gone."""
    from sample_rows import fast_rows

    writer = StreamWriter(
        tmp_path / "samples.arrows", FAST, {"version": 1, "host": socket.gethostname(), "uuids": ["GPU-1"]}
    )
    writer.write(fast_rows(0, 30))
    writer.close()
    recording.tidy.Tidier(tmp_path).write(tmp_path / "samples.arrows", tmp_path / "new" / "samples.arrows")
    before, after = read_samples(tmp_path), read_samples(tmp_path / "new")
    assert after.drop(columns=[]).equals(before)
    assert after.attrs["collection"]["host"] is None
    assert after.attrs["collection"]["uuids"] == ["GPU-1"]


def test_what_could_not_be_checked_is_said(recording):
    """A GPU that tells little is described all the same."""
    spread = {"median": 1.0, "p99": 2.0, "max": 3.0, "number": 9}
    facts = {"driver": "1", "nvml": "2", "cuda": None}
    periods = dict.fromkeys(("energy_period_ms", "instant_period_ms", "average_period_ms"))
    found = {
        "name": "GPU",
        "simulated": False,
        "load": "none",
        "sensors": {**periods, "instant_source": "power_usage", "facts": facts},
        "latency": {"fast_us": spread, "slow_us": spread, "reads_without_pause": 9, "zero_reads": 1, "failed_reads": 2},
        "agreement": {"energy_j": None, "sampled_every_ms": 53.0, "late_ms": spread, "missed": 0},
        "power_samples": {"supported": False, "code": 3},
        "capped_counter": {"grown": None, "code": 3},
        "thermal_counters": {"1/2/3": [{"code": 3}, {"code": 0, "value": 7, "64_bits": True}]},
    }
    said = "\n".join(recording.words.in_words(found))
    for words in ("no period found", "unknown", "not supported (code 3)", "not told", "code 3, 7 (64 bits)"):
        assert words in said
