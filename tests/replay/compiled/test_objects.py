"""Compiled code is kept: loaded without a compiler, compiled again where it is damaged, never written in vain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]

#: Prints one line: a hash of the table, the engine, whether numba was loaded; logs to stderr.
PROGRAM = """
import hashlib, logging, sys
logging.basicConfig(format="%(levelname)s %(message)s")
from small import JOB, TRACES
from simulator import replay
table = replay(JOB, TRACES, policy="default", seeds=range({n}), recurrences=8, engine={engine!r})
content = hashlib.sha256(table.to_csv().encode()).hexdigest()
print(content, table.attrs["manifest"]["knobs"]["engine"], "numba" in sys.modules)
"""


def run(cache, *, n=5, engine="vectorized"):
    """Replay in a process of its own; returns what it printed, and what it logged."""
    environment = {**os.environ, "SIMULATOR_CACHE_DIR": str(cache), "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(n=n, engine=engine)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout.split(), done.stderr


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache that was filled by a first process, with what that process said."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, run(cache)


def _files(cache):
    return {file.name: file.read_bytes() for file in (cache / "compiled").iterdir()}


def test_the_first_use_compiles_and_says_so(filled):
    """One line says that something is compiled; kernel, `choose` and `learn` are kept, and nothing else lies about."""
    cache, ((_, engine, numba), log) = filled
    assert (engine, numba) == ("vectorized", "True")
    assert log.count("compiling default for this machine") == 1
    assert sorted(Path(name).suffix for name in _files(cache)) == [".o"] * 3


def test_the_second_use_loads_no_compiler(filled):
    """Another process gives the same table without numba, in silence, and leaves the cache as it is."""
    cache, ((content, *_), _) = filled
    before = _files(cache)
    assert run(cache) == ([content, "vectorized", "False"], "")
    assert _files(cache) == before
    event, _ = run(cache, engine="event")
    assert event == [content, "event", "False"]


@pytest.mark.parametrize(
    "damage", [lambda code: code[:-9], lambda code: b"", lambda code: code[:40] + b"X" + code[41:]]
)
def test_damaged_code_is_mended(filled, damage):
    """A file that was cut, emptied or changed is never run: it is named, compiled again, and whole afterwards."""
    cache, ((content, *_), _) = filled
    before = _files(cache)
    smallest = min(before, key=lambda name: len(before[name]))
    (cache / "compiled" / smallest).write_bytes(damage(before[smallest]))
    (again, *_), log = run(cache)
    assert again == content
    assert f"{smallest} is damaged; it is compiled again" in log
    assert _files(cache).keys() == before.keys()
    assert run(cache)[0] == [content, "vectorized", "False"]


def test_a_cache_that_cannot_be_written_costs_time_alone(filled, tmp_path):
    """Where no folder can be made the table is the same, and a warning says what to do."""
    (tmp_path / "file").write_text("no folder")
    (content, *_), log = run(tmp_path / "file" / "cache")
    assert content == filled[1][0][0]
    assert "compiled code cannot be kept" in log
    assert "set SIMULATOR_CACHE_DIR" in log


def test_little_work_is_not_worth_compiling(tmp_path):
    """ "auto" takes the event engine for a small comparison, and leaves no trace in an empty cache."""
    (_, engine, numba), log = run(tmp_path, n=700, engine="auto")
    assert (engine, numba, log) == ("event", "False", "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_compiled_already_is_used(filled):
    """ "auto" takes compiled code that is there for middling work, and not for a handful of runs."""
    assert run(filled[0], n=700, engine="auto")[0][1:] == ["vectorized", "False"]
    assert run(filled[0], n=5, engine="auto")[0][1:] == ["event", "False"]


ORDER = """
from small import JOB, TRACES
from simulator import replay
for policy in {policies}:
    both = [replay(JOB, TRACES, policy=policy, seeds=range(9), engine=engine) for engine in ("vectorized", "event")]
    assert both[0].equals(both[1]), policy
"""


@pytest.mark.parametrize(
    ("first", "policies"),
    [
        ("", ["random", "ucb", "epsilon-greedy"]),
        ("import simulator.replay.compiled.kernel", ["ucb", "random"]),
        ("import numba_streams", ["random", "ucb"]),
    ],
)
def test_policies_that_share_helpers_compile_side_by_side(tmp_path, first, policies):
    """numba is taught each function once, whichever policy, or module, comes first."""
    environment = {**os.environ, "SIMULATOR_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(TESTS)}
    code = first + ORDER.format(policies=policies)
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=environment)
