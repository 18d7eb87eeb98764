"""Results in files: whole or not there, and checked when they are read."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from fabricated import a_plan, a_result, collect_into
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.collect.result import (
    EpochResult,
    RunResult,
    WindowResult,
    read_manifest,
    read_result,
    write_manifest,
    write_result,
)
from simulator.errors import CollectError

SPEC = a_plan().runs(["GPU-1"])[0]

numbers = st.floats(allow_nan=True, allow_infinity=True)
maybe = st.none() | st.floats(0, 1e9)
plain = st.dictionaries(
    st.text(max_size=3), st.none() | st.booleans() | st.integers() | st.text(max_size=3), max_size=2
)
words = st.lists(st.sampled_from(["gap", "late", "short"]), max_size=2).map(tuple)
windows = st.builds(
    WindowResult,
    epochs=st.floats(0.001, 100),
    time_s=st.floats(0, 1e6),
    energy_j=maybe,
    uncertainty_j=maybe,
    source=st.none() | st.just("counter"),
    instant_j=maybe,
    average_j=maybe,
    flags=words,
    valid=st.booleans(),
    start_ns=st.integers(0, 2**62),
    end_ns=st.integers(0, 2**62),
    gpus=st.lists(plain, max_size=2).map(tuple),
)
epochs = st.builds(
    EpochResult,
    number=st.integers(1, 99),
    time_s=st.floats(0, 1e6),
    steps=st.none() | st.integers(0),
    samples=st.none() | st.integers(0),
    metrics=st.dictionaries(st.text(max_size=5), numbers, max_size=3),
    whole=st.none() | windows,
    train=st.none() | windows,
)
results = st.builds(
    RunResult,
    spec=st.just(SPEC),
    status=st.sampled_from(["done", "failed", "infeasible"]),
    reason=st.text(max_size=5),
    enforced_mw=st.none() | st.integers(0, 10**6),
    num_gpus=st.integers(0, 8),
    epochs=st.lists(epochs, max_size=3).map(tuple),
    window=st.none() | windows,
    flags=words,
    notes=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    baseline=st.none() | plain,
    reported=st.none() | plain,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results)
def test_results_survive_files(tmp_path, result):
    """To the last bit, whatever a script reports: NaN, infinity, any word."""
    file = write_result(tmp_path, result)
    assert repr(read_result(file)) == repr(result)
    json.loads(file.read_text(), parse_constant=pytest.fail)  # plain JSON, for other programs


def test_nothing_else_is_left_behind(tmp_path):
    """The temporary file takes the name of the result."""
    write_result(tmp_path, a_result(SPEC))
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    """A full disk costs the new result, not the old one, and leaves no half of it."""
    write_result(tmp_path, a_result(SPEC))
    before = (tmp_path / "result.json").read_bytes()
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_result(tmp_path, a_result(SPEC, reason="another"))
    assert (tmp_path / "result.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"status": "done"', '"status": "finished"', "status is 'finished', but must be one of"),
        ('"batch_size": 8', '"batch_size": "8"', "spec.batch_size is '8', but must be a whole number"),
        ('"batch_size": 8', '"batch_size": 16', "its key is"),
        ('"number": 1', '"number": 0', "epochs[0].number is 0"),
        ('"steps": null', '"step": null', "epochs[0].step is unknown; did you mean 'steps'?"),
        ("trace-simulator run 1", "trace-simulator run 2", "its format is 'trace-simulator run 2'"),
        ('"time_s": 64', '"time_s": NaN, "x": 64', "unknown"),
        ("{", "[", "it is no JSON"),
    ],
)
def test_what_is_no_result_is_named(tmp_path, old, new, said):
    """The file, what is wrong with it, and what to do."""
    file = write_result(tmp_path, a_result(SPEC))
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(CollectError) as refused:
        read_result(file)
    assert str(refused.value).startswith(f"{file} is not understood: ")
    assert said in str(refused.value)
    assert "--resume makes the run again" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "[" * 100_000, "{}"])
def test_other_files_are_no_results(tmp_path, text):
    """Empty, of another shape, or made to exhaust the reader."""
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(CollectError, match="is not understood"):
        read_result(tmp_path / "result.json")


def test_manifests_survive_files(tmp_path):
    """Plan, runs and GPUs."""
    specs = collect_into(tmp_path, a_plan())
    manifest = read_manifest(tmp_path)
    assert (manifest.plan, manifest.runs) == (a_plan(), specs)
    assert manifest.gpus[0]["name"] == "NVIDIA A100-SXM4-80GB"
    before = (tmp_path / "manifest.json").read_bytes()
    write_manifest(tmp_path, manifest)
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_a_manifest_with_a_broken_plan_is_named(tmp_path):
    """It is for people to read, so people may have changed it."""
    collect_into(tmp_path, a_plan())
    file = tmp_path / "manifest.json"
    file.write_text(file.read_text().replace('"max_epochs": 6', '"max_epochs": 0'))
    with pytest.raises(CollectError, match=r"manifest\.json is not understood: job\.max_epochs is 0"):
        read_manifest(tmp_path)


def test_windows_are_kept_as_they_were_measured():
    """All that the meter says, by the same names."""
    from simulator.collect.energy.window import GpuWindow, Window

    gpu = GpuWindow(0, 10.0, 0.5, "counter", 11.0, None, 7, ("late",))
    window = Window(1, 2, 1e-9, 10.0, 0.5, "counter", 11.0, None, ("late",), True, (gpu,))
    kept = WindowResult.of(window, epochs=3)
    assert (kept.epochs, kept.energy_j, kept.flags, kept.valid, kept.end_ns) == (3, 10.0, ("late",), True, 2)
    assert kept.gpus[0]["updates"] == 7


def test_what_is_not_finite_passes_no_threshold():
    """A loss that diverged is not very good."""
    epoch = EpochResult(number=1, time_s=1.0, metrics={"a": math.inf, "b": math.nan})
    result = replace(a_result(SPEC), epochs=(epoch,))
    for name in ("a", "b", "none"):
        assert result.first_epoch(name, 0.5, higher_is_better=True) is None
