"""What a training script calls: it costs nothing outside a collection, and never tears a line within one."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect import events
from simulator.collect.protocol import epochs_of, events_of

BARE = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A file that events go to, from this process as if it had just begun."""
    events._begin_anew()
    for name in ("STOP", "STOP_AT", "MAX_EPOCHS", "BATCH_SIZE", "LR", "SEED", "TARGET", "SLICE", "RUN_ID"):
        monkeypatch.delenv(f"SIMULATOR_{name}", raising=False)
    monkeypatch.setenv("SIMULATOR_EVENTS", str(tmp_path / "events.jsonl"))
    yield tmp_path / "events.jsonl"
    events._begin_anew()


def kinds(log):
    return [event.kind for event in events_of(log)]


def test_nothing_happens_outside_a_collection(tmp_path, monkeypatch):
    """No file, no stop, the script's own values, whatever is called."""
    for name in os.environ:
        if name.startswith("SIMULATOR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert not events.active()
    assert (events.batch_size(8), events.learning_rate(0.5), events.seed(3)) == (8, 0.5, 3)
    assert (events.max_epochs(4), events.target(0.9), events.slice_number(0)) == (4, 0.9, 0)
    events.hello("mine")
    for _ in events.epochs(2):
        events.steps()
        events.train_end(steps=3)
        events.eval_start()
        events.eval_end(accuracy=object())  # not even looked at
    events.epoch_start(1)
    events.note("a word")
    events.run_end()
    assert list(tmp_path.iterdir()) == []


def test_the_file_works_alone_with_nothing_but_python(tmp_path):
    """Copied next to a script, without site-packages, it imports the standard library only, and reports."""
    shutil.copy(events.__file__, tmp_path / "events.py")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import events\n"
        "for epoch in events.epochs(2): events.eval_end(accuracy=epoch / 4)\n"
        "foreign = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "sys.exit(str(foreign) if foreign - {'events', '__main__'} else 0)\n"
    )
    log = tmp_path / "events.jsonl"
    words = [sys.executable, "-I", "-S", "-c", script]
    subprocess.run(words, check=True, env=BARE, cwd=tmp_path)
    assert not log.exists()
    subprocess.run(words, check=True, env=BARE | {"SIMULATOR_EVENTS": str(log)}, cwd=tmp_path)
    assert [epoch.metrics["accuracy"] for epoch in epochs_of(events_of(log))] == [0.25, 0.5]


def test_importing_it_is_light():
    """A training script does not get numpy or pandas from it, but for its own reasons."""
    heavy = ["numpy", "pandas", "pyarrow", "pynvml", "torch", "scipy", "rich", "click"]
    code = f"import simulator.collect.events, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_line_says_all_that_the_protocol_asks_for(log, monkeypatch):
    """Version, kind, both clocks, process and rank; the first line says who speaks."""
    monkeypatch.setenv("SIMULATOR_RUN_ID", "abc")
    before = time.monotonic_ns(), time.time_ns()
    events.epoch_start(1)
    after = time.monotonic_ns(), time.time_ns()
    hello, start = (json.loads(line) for line in log.read_bytes().splitlines())
    assert hello["k"] == "hello"
    assert hello["run_id"] == "abc"
    assert hello["versions"]["numpy"] == np.__version__
    assert list(start) == ["v", "k", "mono_ns", "wall_ns", "pid", "rank", "epoch"]
    assert (start["v"], start["pid"], start["rank"], start["epoch"]) == (1, os.getpid(), 0, 1)
    assert before[0] <= start["mono_ns"] <= after[0]
    assert before[1] <= start["wall_ns"] <= after[1]


def test_the_collection_decides_what_it_asks_for(log, monkeypatch):
    """Its environment wins over the script's own values."""
    asked = {"BATCH_SIZE": "32", "LR": "5e-05", "SEED": "7", "MAX_EPOCHS": "2", "TARGET": "0.9", "SLICE": "3"}
    for name, value in asked.items():
        monkeypatch.setenv(f"SIMULATOR_{name}", value)
    assert (events.batch_size(8), events.learning_rate(0.1), events.seed(0)) == (32, 5e-5, 7)
    assert (events.target(0.5), events.slice_number(0)) == (0.9, 3)
    assert list(events.epochs(50)) == [1, 2]


def test_a_loop_over_epochs_reports_itself(log):
    """Start and end of the run and of each epoch; training and validation are the script's to tell."""
    for epoch in events.epochs(2):
        events.train_end()
        events.eval_end(accuracy=epoch / 2)
    each = ["epoch_start", "train_end", "eval_end", "epoch_end"]
    assert kinds(log) == ["hello", "run_start", *each, *each, "run_end"]
    assert events_of(log)[-1].data == {"status": "done"}


def test_a_loop_that_is_left_says_so(log):
    """By return as well as by an exception, as soon as nobody holds the loop any more."""

    def train(mistake):
        for epoch in events.epochs(5):
            if epoch == 2:
                return 1 / mistake
        return None

    train(mistake=1)
    assert kinds(log).count("run_end") == 1
    with pytest.raises(ZeroDivisionError):
        train(mistake=0)
    ends = [event for event in events_of(log) if event.kind == "run_end"]
    assert [end.data for end in ends] == [{"status": "left"}] * 2
    assert kinds(log).count("epoch_end") == 2  # of the first epochs only


def test_a_loop_ends_when_the_collection_has_enough(log, tmp_path, monkeypatch):
    """The stop file ends it before the next epoch."""
    monkeypatch.setenv("SIMULATOR_STOP", str(tmp_path / "stop"))
    done = []
    for epoch in events.epochs(9):
        done.append(epoch)
        if epoch == 3:
            (tmp_path / "stop").touch()
    assert done == [1, 2, 3]
    assert events_of(log)[-1].data == {"status": "stopped"}


@pytest.mark.parametrize(
    ("stop_at", "metrics", "done"),
    [
        ("accuracy>=0.95", [0.5, 0.9499, 0.95, 1.0], 3),
        ("accuracy>=0.95", [0.5, float("nan"), np.float32(0.95), 1.0], 3),  # which is 0.949999988079071
        ("accuracy<=0.1", [0.5, 0.2, 0.1, 0.0], 3),
        ("accuracy <= 0.1", [0.5, 0.2, 0.1, 0.0], 3),
        ("accuracy<=-0.5", [0.5, -0.2, -0.75, 0.0], 3),
        ("other>=0.1", [0.5, 0.2, 0.1, 0.0], 4),
        ("accuracy>=inf", [0.5, float("inf"), 0.1, 0.0], 4),
    ],
)
def test_a_loop_ends_when_the_target_was_told(log, monkeypatch, stop_at, metrics, done):
    """Without waiting for anybody, so the same seed makes the same number of epochs."""
    monkeypatch.setenv("SIMULATOR_STOP_AT", stop_at)
    for epoch in events.epochs(4):
        events.eval_end(accuracy=metrics[epoch - 1])
    assert len(epochs_of(events_of(log))) == done


def test_a_script_that_knows_nothing_of_stopping_ends_cleanly(log, tmp_path):
    """`Stop` is a SystemExit of code 0, raised where the next epoch would begin."""
    script = (
        "from pathlib import Path; import os; from simulator.collect import events\n"
        "for epoch in range(9):\n"
        "    events.epoch_start(epoch)\n"
        "    if epoch == 2: Path(os.environ['SIMULATOR_STOP']).touch()\n"
        "    events.epoch_end(epoch)\n"
    )
    told = {"SIMULATOR_EVENTS": str(log), "SIMULATOR_STOP": str(tmp_path / "stop")}
    done = subprocess.run([sys.executable, "-c", script], env=BARE | told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [epoch.reported for epoch in epochs_of(events_of(log))] == [0, 1, 2]
    assert events_of(log)[-1].data == {"status": "stopped"}
    assert issubclass(events.Stop, SystemExit)


APPEND = """
import sys
from simulator.collect import events
for i in range(int(sys.argv[1])):
    events.note("x" * (i % 3500), number=i)
"""


def test_processes_that_write_at_once_tear_no_line(log):
    """Eight processes, two thousand lines each, up to nearly the longest."""
    n = 2000
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(n)], env=BARE | {"SIMULATOR_EVENTS": str(log)})
        for _ in range(8)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 8
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    for writer in writers:
        mine = [line["number"] for line in lines if line["pid"] == writer.pid and line["k"] == "note"]
        assert mine == list(range(n))
    assert len(lines) == 8 * (n + 1)


def test_threads_that_write_at_once_tear_no_line(log):
    """And one hello is enough for all of them."""
    threads = [threading.Thread(target=lambda: [events.note("y" * 2000) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.read_bytes().splitlines()) == 8 * 200 + 1
    assert kinds(log).count("hello") == 1


def test_a_process_that_is_killed_leaves_a_readable_log(log):
    """At whatever moment, eight times; all lines but perhaps the last are whole."""
    for i in range(8):
        writer = subprocess.Popen([sys.executable, "-c", APPEND, "10000000"], env=BARE | {"SIMULATOR_EVENTS": str(log)})
        deadline = time.monotonic() + 60
        size = log.stat().st_size if log.exists() else 0
        while (not log.exists() or log.stat().st_size == size) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.003 * i)
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(60) == -signal.SIGKILL
        *lines, _ = log.read_bytes().split(b"\n")
        assert lines
        assert all(json.loads(line)["v"] == 1 for line in lines)
        log.unlink()  # the next writer would go on in the middle of a torn line


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_says_that_it_is_another(log):
    """It does not wait for a lock that its parent held, and greets on its own."""
    events.note("parent")
    with events._process.lock:  # as if another thread were about to write
        child = os.fork()
        if child == 0:
            events.note("child")
            os._exit(0)
    deadline = time.monotonic() + 30
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the child waits for a lock that nobody will give back")
        time.sleep(0.01)
    said = [(event.pid, event.kind) for event in events_of(log)]
    assert said == [(os.getpid(), "hello"), (os.getpid(), "note"), (child, "hello"), (child, "note")]


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"])
def test_ranks_after_the_first_only_say_that_they_are_there(log, monkeypatch, name):
    """Whatever launched them."""
    monkeypatch.setenv(name, "2")
    for _ in events.epochs(2):
        events.eval_end(accuracy=1.0)
    (hello,) = events_of(log)
    assert (hello.kind, hello.rank) == ("hello", 2)


def test_the_job_wide_rank_counts(log, monkeypatch):
    """The first of a second node is not the first."""
    monkeypatch.setenv("RANK", "8")
    monkeypatch.setenv("LOCAL_RANK", "0")
    events.run_start()
    assert [event.rank for event in events_of(log)] == [8]


@pytest.mark.parametrize("name", ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK"])
def test_what_a_launcher_of_python_says_comes_first(log, monkeypatch, name):
    """Torchrun within one task of Slurm or MPI: its ranks are those of the training."""
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv(name, "0")
    events.run_start()
    assert [(event.kind, event.rank) for event in events_of(log)] == [("hello", 1)]


def test_boundaries_wait_for_gpus_that_are_in_use(log, monkeypatch):
    """Torch is asked to finish its work where it has begun any; counting steps does not wait."""
    waits = []
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 3,
        current_device=lambda: 0,
        memory_reserved=lambda i: 100 if i == 2 else 0,
        synchronize=waits.append,
        get_device_properties=lambda i: SimpleNamespace(uuid=f"u{i}"),
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda, __version__="9"))
    events.hello()
    events.steps()
    assert waits == []
    events.epoch_start(1)
    assert waits == [0, 2]  # the one in between is another's
    assert events_of(log)[0].data["devices"] == ["GPU-u0", "GPU-u1", "GPU-u2"]
    cuda.is_initialized = lambda: False
    events.epoch_end(1)
    assert waits == [0, 2]


def test_a_gpu_that_fails_is_the_trainings_own_to_tell(log, monkeypatch):
    """Waiting for it raises nothing here."""
    jax = SimpleNamespace(live_arrays=lambda: 1 / 0)
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax._src.xla_bridge", SimpleNamespace(backends_are_initialized=lambda: True))
    events.run_start()
    assert kinds(log) == ["hello", "run_start"]


@pytest.mark.parametrize("end", [events.train_end, events.eval_start])
def test_the_end_of_training_tells_the_steps_that_were_not_told(log, end):
    """However short an epoch is, all of its steps are told, and none twice."""
    for epoch in range(2):
        events.epoch_start(epoch)
        events.steps(3)
        end()
        end()
        events.epoch_end()
    assert [event.data["n"] for event in events_of(log) if event.kind == "steps"] == [3, 3]


def test_steps_are_counted_always_and_told_at_most_once_a_second(log, monkeypatch):
    """What was told within an epoch, and its sum at the end of training."""
    now = [0]
    monkeypatch.setattr(events.time, "monotonic_ns", lambda: now[0])
    for _ in events.epochs(2):
        for _ in range(50):
            now[0] += 100_000_000
            events.steps(2, samples=8)
        events.train_end()
    told = [event.data["n"] for event in events_of(log) if event.kind == "steps"]
    assert told == [20] * 5 + [20] * 5
    assert [(epoch.steps, epoch.samples) for epoch in epochs_of(events_of(log))] == [(100, 400)] * 2


def test_a_line_that_is_too_long_is_cut_and_says_so(log, monkeypatch):
    """It stays one readable line, and keeps the metric that decides."""
    monkeypatch.setenv("SIMULATOR_STOP_AT", "accuracy>=2")
    events.eval_end(1, {**{f"metric number {i}": i / 7 for i in range(5000)}, "accuracy": 0.5})
    events.note("é" * 5000)
    events.hello("mine", many=list(range(3000)), deep={"a": {"b": ["c" * 9000]}})
    events.hello("mine", **{f"fact number {i}": i for i in range(3000)})
    lines = log.read_bytes().splitlines()
    assert all(len(line) < 4096 for line in lines)
    assert sum("cut" in json.loads(line) for line in lines) == 4
    ended = next(event for event in events_of(log) if event.kind == "eval_end")
    assert ended.metrics["accuracy"] == 0.5
    assert len(ended.metrics) > 50
    assert ended.data["epoch"] == 1


def test_metrics_of_every_make_are_taken(log):
    """Numpy's and others' scalars; what is no number is kept as text, and the rest of the line is not lost."""
    events.eval_end(
        a=np.float64(0.1), b=np.float32(0.1), c=np.int64(7), d=np.array([0.25]), e=True, f=np.zeros(3), g="high", h=None
    )
    ended = events_of(log)[-1]
    assert ended.metrics == {"a": 0.1, "b": 0.1, "c": 7.0, "d": 0.25, "e": 1.0}
    assert set(ended.data["not_numbers"]) == {"f", "g", "h"}


class Broken:
    """A value that fails whatever it is asked for, as one on a lost GPU does."""

    def __init__(self, error):
        self.error = error

    def item(self):
        raise self.error

    __str__ = __repr__ = __float__ = __len__ = item


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("CUDA error"), NotImplementedError(), OverflowError()])
def test_values_that_cannot_be_looked_at_do_not_end_training(log, error):
    """They are told to be of their class, and what stands beside them is not lost."""
    events.eval_end(1, {Broken(error): 1.0}, bad=Broken(error), good=0.5)
    events.note("a word", bad=Broken(error), deep=[Broken(error)])
    ended, note = events_of(log)[1:]
    assert ended.metrics == {"<Broken>": 1.0, "good": 0.5}
    assert ended.data["not_numbers"] == {"bad": "<Broken>"}
    assert (note.data["bad"], note.data["deep"]) == ("<Broken>", ["<Broken>"])


def test_numbers_beyond_all_floats_do_not_end_training(log):
    """They are no metrics; nor do they end whoever reads a log that has one."""
    events.eval_end(1, huge=10**400, good=0.5)
    events.note("a word", huge=10**5000)
    assert events_of(log)[1].metrics == {"good": 0.5}
    log.write_text(
        '{"v":1,"k":"eval_end","mono_ns":1,"wall_ns":1,"pid":1,"rank":0,"metrics":{"a":-1' + "0" * 400 + "}}\n"
    )
    assert events_of(log)[0].metrics == {"a": -math.inf}


def test_names_of_every_make_are_taken(log):
    """As text; one odd name does not lose the others."""
    events.eval_end(1, {("top", 5): 0.5, 3: 0.25, None: 0.125, "b": 1})
    assert events_of(log)[-1].metrics == {"('top', 5)": 0.5, "3": 0.25, "None": 0.125, "b": 1.0}


def test_numpys_counts_are_counts(log):
    """A script may count epochs and steps with them."""
    events.epoch_start(np.int64(3))
    events.train_end(steps=np.int32(7))
    events.epoch_end()
    (epoch,) = epochs_of(events_of(log))
    assert (epoch.reported, epoch.steps) == (3, 7)


def test_what_is_told_between_epochs_names_none(log):
    """So a test after the last epoch is not taken for its validation."""
    events.epoch_start(1)
    events.eval_end(accuracy=0.5)
    events.epoch_end()
    events.eval_end(accuracy=0.9)
    events.run_end()
    assert [event.data.get("epoch") for event in events_of(log) if event.kind == "eval_end"] == [1, None]
    assert [epoch.metrics for epoch in epochs_of(events_of(log))] == [{"accuracy": 0.5}]


def test_metrics_of_float32_are_as_short_as_they_were_written(log):
    """All decimals of six digits come back, also where seven digits of the float32 would be others."""
    for start in range(976_563, 1_000_000, 997):
        written = {f"m{i}": i / 1e9 for i in range(start, min(start + 40, 1_000_000))}
        told = events._told({name: np.float32(value) for name, value in written.items()})
        assert told["metrics"] == written


def test_facts_that_json_cannot_say_are_said_as_text(log):
    """One odd fact harms no other."""
    loop = []
    loop.append(loop)
    events.hello("mine", where=log, share=float("nan"), loop=loop, v=5, fine=1)
    (hello,) = events_of(log)
    assert hello.data["share"] == "nan"
    assert hello.data["fine"] == 1
    assert hello.data["where"] == str(log)


@given(
    st.dictionaries(st.text(max_size=8), st.floats() | st.floats(width=32) | st.integers(-(2**60), 2**60), max_size=6)
)
def test_metrics_come_back_as_they_were(metrics):
    """NaN and infinities too; and what came out of float32 as the shortest decimal of it."""
    told = events._told(metrics) if events.active() else _told_in_a_collection(metrics)
    record = {"v": 1, "k": "eval_end", "mono_ns": 1, "wall_ns": 1, "pid": 1, "rank": 0}
    from simulator.collect.protocol.event import parse

    line = events._fit(record | {name: values for name, values in told.items() if values})
    back = parse(line).metrics
    assert set(back) == set(metrics)
    for name, value in metrics.items():
        same = back[name] == value or (math.isnan(value) and math.isnan(back[name]))
        assert same or np.float32(back[name]) == np.float32(value) == value


def _told_in_a_collection(metrics):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMULATOR_EVENTS", os.devnull)
        return events._told(metrics)


@given(st.text(), st.dictionaries(st.text(max_size=20), st.text() | st.lists(st.integers()) | st.none(), max_size=5))
def test_every_line_is_short_and_readable(text, facts):
    """Whatever is said."""
    line = events._fit({"v": 1, "text": text, "facts": facts})
    assert len(line) < 4096
    assert b"\n" not in line
    said = json.loads(line)
    assert "cut" in said or said == {"v": 1, "text": text, "facts": facts}


def test_a_file_that_cannot_be_written_does_not_end_training(tmp_path, monkeypatch, caplog):
    """It is logged, once."""
    events._begin_anew()
    monkeypatch.setenv("SIMULATOR_EVENTS", str(tmp_path / "missing" / "events.jsonl"))
    assert list(events.epochs(2)) == [1, 2]
    assert len(caplog.records) == 1
    assert "training goes on" in caplog.text


def test_after_a_full_disk_the_next_line_stands_alone(log):
    """The limit on the size of a file stands in for the disk: what fits of a line does not spoil the next."""
    script = (
        "import resource, signal; from simulator.collect import events\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))\n"
        "for i in range(9): events.note('x' * 300)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "events.note('there is room again')\n"
    )
    subprocess.run([sys.executable, "-c", script], env=BARE | {"SIMULATOR_EVENTS": str(log)}, check=True)
    assert json.loads(log.read_bytes().splitlines()[-1])["text"] == "there is room again"
