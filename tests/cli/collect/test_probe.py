"""``simulator collect probe`` says what sensors there are."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from simulator.cli import main


@pytest.fixture
def run(monkeypatch):
    """Run the command; all GPUs are visible."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return lambda *words: CliRunner().invoke(main, ["collect", "probe", *map(str, words)])


def test_people_get_periods_limits_and_facts(run, make_gpus):
    """Under load, a table of the sensors and the rest in words."""
    make_gpus(noise_w=1).set_demand(200)
    result = run("--seconds", 1)
    assert result.exit_code == 0, result.stderr
    words = " ".join(result.stdout.split())
    assert words.startswith("GPU 0: NVIDIA H100 80GB HBM3 (simulated)")
    assert re.search(r"energy counter \(field 83\) yes (9\d|10\d)\.\d ", words)
    assert "Power limit 400 W, requested 400 W, default 400 W; can be 100 W to 400 W." in words
    assert "a collection would read every" in words
    assert "probe again" not in words


def test_programs_get_a_line_per_gpu(run, make_gpus):
    """With all that the GPU says of itself."""
    gpus = make_gpus(gpus=2, noise_w=1)
    result = run("--seconds", 0.5, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["uuid"] for row in rows] == [gpus.uuid(0), gpus.uuid(1)]
    assert rows[1]["facts"]["limits"]["max_mw"] == 400_000
    assert rows[0]["answers"]["temperature_c"]
    assert rows[0]["call_latency_us"] > 0


def test_a_constant_reading_calls_for_a_load(run, make_gpus):
    """For nothing is known of a value that does not change."""
    gpus = make_gpus()
    gpus.fault("field_failing", field=83)
    gpus.fault("not_supported", groups="energy")
    result = run("--seconds", 0.3)
    assert "probe again while a job keeps the GPU busy" in " ".join(result.stdout.split())
    assert "energy counter (field 83) no –" in " ".join(result.stdout.split())
    assert json.loads(run("--seconds", 0.3, "--json").stdout)["constant"]


def test_a_shared_sensor_is_no_reason_to_refuse(run, make_gpus):
    """It is said what it is."""
    make_gpus(mig=1)
    result = run("--seconds", 0.1)
    assert result.exit_code == 0, result.stderr
    assert "Beware: this GPU is divided by MIG" in " ".join(result.stdout.split())


def test_a_gpu_that_is_not_there_is_named_with_those_that_are(run, make_gpus):
    """With exit code 2."""
    make_gpus()
    result = run("--gpus", "7")
    assert result.exit_code == 2
    assert "there is no GPU 7; there are: 0: NVIDIA H100" in result.stderr
