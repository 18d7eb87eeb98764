"""A cell that collects measures on its GPU, hands its traces on, and says what an exit code means."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from nvml_stub import SimulatedGpus, build, compiler
from quick_collections import TESTS, a_plan, wait_for, write_plan

from simulator.errors import CollectError, ConfigError, NvmlMissingError
from simulator.explore import Collect, Replay
from simulator.explore.config import within

TINY = {"batch_sizes": (8,), "limits": (300,), "epoch_s": 0.1, "epochs": 1, "warm_up_epochs": 0, "min_window_s": 0.2}

#: A worker that executes one collection.
WORKER = """
import sys
from pathlib import Path
from simulator.explore import Collect
from simulator.explore.config import within
class Place:
    def jobpath(self, task):
        return Path(sys.argv[2])
with within(Place()):
    Collect(plan=sys.argv[1]).execute()
"""


class Place:
    """A context that knows one folder."""

    def __init__(self, folder):
        self.folder = folder

    def jobpath(self, task):
        """The same for every task."""
        self.folder.mkdir(exist_ok=True)
        return self.folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder for the cell, on a machine whose processes find the Python side of the simulated GPU."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS.parent), str(TESTS)]))
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
    for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NVML_STUB_STATE"):
        monkeypatch.delenv(name, raising=False)
    with within(Place(tmp_path / "job")):
        yield tmp_path / "job"


@pytest.fixture(scope="module")
def stub_library(tmp_path_factory):
    """What stands in for NVIDIA's library."""
    if compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang would build the simulated GPU")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def gpu(stub_library, place, tmp_path, monkeypatch):
    """A simulated GPU that processes see."""
    gpus = SimulatedGpus(tmp_path, library=stub_library, update_ms=20, window_ms=20)
    for name, value in gpus.environment().items():
        monkeypatch.setenv(name, value)
    gpus.fault("limit_changed", watts=350)
    return gpus


def test_a_collection_is_made_and_its_traces_are_replayed(gpu, tmp_path):
    """Rows of what was recorded; a replay takes its traces and its job from the collection."""
    plan = write_plan(a_plan(**TINY), tmp_path / "plan.toml")
    collect = Collect(plan=plan, gpus=[gpu.uuid()]).seal()
    rows = collect.execute()
    assert sorted(rows["table"]) == ["power", "train"]
    assert rows["synthetic"].all()
    power = rows.loc[rows["table"] == "power"].iloc[0]
    assert (power["batch_size"], power["power_limit"], power["energy_per_epoch_j"] > 0) == (8, 300, True)
    assert gpu.limit_w() == 350, "the limit is given back"
    replay = Replay(traces=collect, policy="default", recurrences=3)
    assert list(replay.dependencies()) == [collect]
    result = replay.execute()
    assert (result["recurrences"], result["synthetic"]) == (3, True)


def test_a_collection_goes_on_where_it_was_stopped(place, tmp_path):
    """SIGTERM ends the command in order; the next time only what is missing is run. Without a GPU, times only."""
    plan = write_plan(a_plan(batch_sizes=(8, 16), limits=(300,), epoch_s=0.2, epochs=1), tmp_path / "plan.toml")
    plan.write_text(plan.read_text().replace("power_limits_w = [300]\n", ""))
    words = [sys.executable, "-c", WORKER.replace("plan=sys.argv[1]", "plan=sys.argv[1], no_gpu=True"), plan, place]
    place.mkdir()
    made = place / "collected" / "runs"
    with subprocess.Popen(words, stderr=subprocess.PIPE) as worker:
        first = wait_for(lambda: list(made.glob("*/result.json")), "the first run")[0]
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGTERM
    before = first.stat().st_mtime_ns
    rows = Collect(plan=plan, no_gpu=True).execute()
    assert first.stat().st_mtime_ns == before
    assert sorted(rows.loc[rows["table"] == "train", "batch_size"]) == [8, 16]


def test_without_a_gpu_the_cell_says_so(place, tmp_path):
    """Exit code 3."""
    with pytest.raises(NvmlMissingError):
        Collect(plan=write_plan(a_plan(**TINY), tmp_path / "plan.toml")).execute()


def test_a_failed_run_fails_the_cell_with_its_reason(place, tmp_path):
    """If no run came to its end: what the command said last is the reason, and the log has the rest."""
    plan = write_plan(a_plan(do=["crash"], **TINY), tmp_path / "plan.toml")
    plan.write_text(plan.read_text().replace("power_limits_w = [300]\n", ""))
    with pytest.raises(CollectError, match=r"exit code [12]: .*; see .*collect\.log"):
        Collect(plan=plan, no_gpu=True).execute()


def test_an_edited_plan_is_not_run_under_the_name_of_the_old_one(place, tmp_path):
    """The plan enters by its content, and so do scripts."""
    plan, script = write_plan(a_plan(**TINY), tmp_path / "plan.toml"), tmp_path / "train.py"
    script.write_text("print('as planned')")
    collect = Collect(plan=plan, scripts=[script])
    planned = collect.seal().id
    script.write_text("print('edited since')")
    with pytest.raises(ConfigError, match=r"train\.py has changed"):
        collect.execute()
    assert Collect(plan=plan, scripts=[script]).id != planned


def test_each_gpu_is_a_token_of_its_own(tmp_path):
    """Two collections on one GPU never run at once; a copy does not ask twice; without a GPU there is none."""
    plan = tmp_path / "plan.toml"
    plan.write_text(json.dumps("any"))
    both = Collect(plan=plan, gpus=["GPU-b", "GPU-a"])
    for each in (both.seal(), both.copy(full=True).seal()):
        assert [(use.token.name, use.token.capacity, use.count) for use in each.tokens] == [
            ("GPU GPU-a", 1, 1),
            ("GPU GPU-b", 1, 1),
        ]
    assert len(Collect(plan=plan).seal().tokens) == 1
    assert not Collect(plan=plan, no_gpu=True).seal().tokens
