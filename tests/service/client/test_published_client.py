"""The published client (zeus 0.16.0), unchanged, with its monitor on simulated GPUs, against the real server.

On SQLite with one process, and on PostgreSQL with four.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest
from live_invariants import Notes, problems, read_rows
from live_service import LiveService
from nvml_stub import SimulatedGpus

from simulator.service.client import Client

#: What each process of a training job begins with. {url} and {state} are filled in.
BEGINNING = """
import json, sys, time
from nvml_stub import SimulatedGpus
from zeus.monitor import ZeusMonitor
from zeus.optimizer.batch_size.client import BatchSizeOptimizer
from zeus.optimizer.batch_size.common import JobSpec
from zeus.optimizer.batch_size.exceptions import (
    ZeusBSOBadOperationError, ZeusBSORuntimError, ZeusBSOTrainFailError)

URL, said = {url!r}, {{}}
gpus = SimulatedGpus.join()

class Monitor(ZeusMonitor):
    # there is no torch here whose kernels could be waited for
    def begin_window(self, key): super().begin_window(key, sync_execution=False)
    def end_window(self, key): return super().end_window(key, sync_execution=False)

def spec(**fields):
    known = dict(job_id="published", job_id_prefix="pub", batch_sizes=[8, 16, 32], default_batch_size=16,
                 target_metric=0.5, max_epochs=3, beta_knob=20.0, mab_seed=3)
    return JobSpec(**(known | fields))

def optimizer(rank=0, **fields):
    return BatchSizeOptimizer(Monitor(), URL, spec(**fields), rank)

def epoch(bso, metric, watts=100, seconds=0.03):
    gpus.set_demand(watts)
    time.sleep(seconds)
    bso.on_evaluate(metric)

#: Power of each batch size; the largest one never reaches the target.
WATTS = {{8: 300, 16: 200, 32: 100}}

def train(**fields):
    bso = optimizer(**fields)
    size = bso.get_batch_size()
    bso.on_train_begin()
    try:
        while not bso.training_finished:
            epoch(bso, 0.1 if size == 32 else 0.6, WATTS[size])
    except ZeusBSOTrainFailError as error:
        return size, str(error)
    return size, "converged"

def refused(work):
    try:
        work()
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
    return "no error"
"""

RECURRENCES = """
first = optimizer()
said["registered"] = [first.job.job_id, first.job.number_of_gpus, first.job.batch_sizes, first.job.max_power]
said["again"] = optimizer().job == first.job
said["conflict"] = refused(lambda: optimizer(eta_knob=0.9))
said["nameless"] = optimizer(job_id=None).job.job_id

# one explores, two others train beside it
explores, beside, late = optimizer(), optimizer(), optimizer()
said["sizes at once"] = [bso.get_batch_size() for bso in (explores, beside, late)]
said["asked again"] = explores.get_batch_size() == explores.current_batch_size
for bso in (beside, explores):
    bso.on_train_begin()
    epoch(bso, 0.6, WATTS[16])
said["finished"] = [explores.training_finished, beside.training_finished]

said["pruning"] = [train() for _ in range(4)]
said["sampling"] = [train() for _ in range(10)]

# a concurrent trial of the days of pruning reports now
late.on_train_begin()
epoch(late, 0.6, WATTS[16])
said["late"] = late.training_finished

# a trial that costs far more than the cheapest one is stopped
costly = optimizer()
costly.get_batch_size()
costly.on_train_begin()
said["early stop"] = refused(lambda: epoch(costly, 0.1, 400, seconds=1.5))

# once finished, nothing more is sent; a report that is sent again all the same is answered as before
done = optimizer()
done.get_batch_size()
done.on_train_begin()
epoch(done, 0.6)
epochs = done.cur_epoch
done.on_evaluate(0.0)
said["finished is finished"] = [done.cur_epoch == epochs, done.training_finished]
import httpx
again = dict(job_id="published", batch_size=done.current_batch_size, trial_number=done.trial_number, time=9e9,
             energy=9e9, metric=0.0, current_epoch=1)
said["repeated"] = httpx.post(URL + "/report", content=json.dumps(again)).json()

# other ranks are told the size and report what rank 0 reports
leader, other = optimizer(), optimizer(rank=1)
leader.get_batch_size()
said["other rank asks"] = refused(other.get_batch_size)
other.current_batch_size, other.trial_number = leader.current_batch_size, leader.trial_number
for bso in (leader, other):
    bso.on_train_begin()
for bso in (leader, other):
    epoch(bso, 0.6)
said["ranks finished"] = [leader.training_finished, other.training_finished]

said["left"] = optimizer().get_batch_size()  # ... and is never trained: the exit ends it
print(json.dumps(said))
"""


@pytest.fixture(scope="module", params=[("sqlite", 1), ("postgresql", 4)], ids=["sqlite-1", "postgresql-4"])
def served(request, tmp_path_factory):
    """A service of its own."""
    pytest.importorskip("uvicorn", reason="needs pip install 'trace-simulator[service]'")
    kind, workers = request.param
    url = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        url = server.url_of(server.create())
    with LiveService(tmp_path_factory.mktemp("served"), database_url=url, workers=workers) as running:
        yield running


@pytest.fixture(scope="module")
def environment(served, stub_library, tmp_path_factory):
    """Two simulated GPUs for processes of training jobs, and where helpers of tests are."""
    pytest.importorskip("zeus", reason="needs pip install zeus==0.16.0")
    gpus = SimulatedGpus(tmp_path_factory.mktemp("gpus"), library=stub_library, gpus=2, update_ms=1, max_w=300)
    hidden = ("SIMULATOR_", "CUDA_VISIBLE", "RANK")
    known = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    paths = [path for path in sys.path if path.endswith("tests")]
    return known | gpus.environment() | {"PYTHONPATH": os.pathsep.join(paths)}


def run(served, environment, text):
    """Run a training job's process to its end."""
    words = [sys.executable, "-c", BEGINNING.format(url=served.url) + text]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def said(served, environment):
    """What one process of many recurrences saw."""
    done = run(served, environment, RECURRENCES)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def trials(said, served):
    """All trials of its job."""
    return list(Client(served.url).list_trials("published"))


def test_registration(said):
    """The echo is a whole job; the same again is welcome, another one is not, and a nameless one gets a name."""
    assert said["registered"] == ["published", 2, [8, 16, 32], 600.0]
    assert said["again"] is True
    assert said["conflict"].startswith("ZeusBSORuntimError: Zeus server returned status code 409")
    assert said["nameless"].startswith("pub-")


def test_one_explores_and_others_train_beside_it(said, trials):
    """With the best size known; the first of them to report is what was awaited. A late one is taken, too."""
    assert said["sizes at once"] == [16, 16, 16]
    assert [trial["type"] for trial in trials[:3]] == ["Concurrent", "Exploration", "Concurrent"]
    assert said["asked again"] is True
    assert said["finished"] == [True, True]
    assert said["late"] is True
    assert (trials[2]["status"], trials[2]["converged"]) == ("Succeeded", True)


def test_pruning_goes_down_and_up_and_drops_what_fails(said, trials):
    """Round one tries 8 and 32 after the default, round two those that are good."""
    sizes, ends = zip(*said["pruning"], strict=True)
    assert sizes[:2] == (8, 32)
    assert "Train failed" in ends[1]
    assert set(sizes[2:]) == {8, 16}
    assert {trial["type"] for trial in trials[3:7]} == {"Exploration"}


def test_sampling_keeps_to_the_good_sizes(said, trials):
    """The third size is never chosen again, and the cheaper one is most often."""
    sizes = [size for size, _ in said["sampling"]]
    assert set(sizes) <= {8, 16}
    assert {end for _, end in said["sampling"]} == {"converged"}
    assert {trial["type"] for trial in trials[7:17]} == {"MAB"}


def test_energy_is_that_of_the_monitor(trials):
    """Both GPUs', as measured by windows: one draws what the size asks for, the other idles at 60 W."""
    for trial in trials[3:5]:
        watts = {8: 300, 32: 100}[trial["batch_size"]] + 60
        assert trial["energy_j"] / trial["time_s"] == pytest.approx(watts, rel=0.35)


def test_costly_training_is_stopped(said):
    """Twenty times the lowest cost, by beta."""
    assert said["early stop"].startswith("ZeusBSOTrainFailError")


def test_reports_are_repeated_not_stored_again(said, trials):
    """The stored answer comes back, in the words that the client's own tests look for."""
    assert said["finished is finished"] == [True, True]
    assert said["repeated"]["stop_train"] is True
    assert said["repeated"]["converged"] is True
    assert "is already reported." in said["repeated"]["message"]
    assert all(trial["energy_j"] < 1e6 for trial in trials)


def test_other_ranks_report_what_rank_0_reports(said):
    """Only rank 0 may ask; all may report."""
    assert said["other rank asks"].startswith("ZeusBSOBadOperationError")
    assert said["ranks finished"] == [True, True]


def test_the_exit_ends_what_was_not_trained(said, trials):
    """By the client's own hook; those that finished stay as they were."""
    assert (trials[-1]["status"], trials[-1]["ending"]) == ("Failed", "ended")
    assert {trial["status"] for trial in trials[:-1]} == {"Succeeded"}


def test_an_exception_in_training_ends_the_trial(said, served, environment):
    """The interpreter still exits in order; the size is handed out again."""
    done = run(served, environment, "bso = optimizer(job_id='pub-crash')\nbso.get_batch_size()\n1 / 0\n")
    assert "ZeroDivisionError" in done.stderr
    with Client(served.url) as client:
        assert [trial["ending"] for trial in client.list_trials("pub-crash")] == ["ended"]
    done = run(served, environment, "print(train(job_id='pub-crash'))\n")
    assert done.stdout == "(16, 'converged')\n"


def test_what_is_stored_is_sound(said, served):
    """Every job's sums, orders and beliefs follow from its trials, and an offline policy decides the same."""
    by_job, _ = asyncio.run(read_rows(served.database_url))
    assert {"published", said["nameless"]} <= set(by_job)
    assert [text for rows in by_job.values() for text in problems(rows, Notes())] == []
