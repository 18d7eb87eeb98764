"""Threads of the user's that replay at the same time share compiled code, from their first replay on."""

from __future__ import annotations

import subprocess
import sys

import pytest
from small import JOB, TRACES

from simulator import replay

TWO = """
import sys, threading
sys.path.insert(0, {tests!r})
from engines import assert_same
from small import JOB, TRACES
from simulator import replay
asked = dict(policy="ucb", seeds=range(3000), recurrences=60, detail="replays", on_failure="keep", workers=1)
tables, together = {{}}, threading.Barrier(2)
def play(k):
    together.wait()
    tables[k] = replay(JOB, TRACES, engine="vectorized", **asked)
threads = [threading.Thread(target=play, args=(k,)) for k in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert_same(tables[0], tables[1])
few = replay(JOB, TRACES, engine="event", **asked | dict(seeds=range(50)))
assert few.equals(tables[0].head(50))
print("fine")
"""

ENDED = """
import gc
from simulator.replay.compiled import objects, prepare
code = objects.read(prepare.KERNEL.name)
for _ in range(5):
    loaded = objects.Loaded(code)
    del loaded
    gc.collect()
print("fine")
"""


@pytest.mark.parametrize("script", [TWO, ENDED], ids=["two threads", "ended engines"])
def test_code_is_shared_and_given_up_without_a_crash(request, script):
    """In a fresh process, from the cache: both tables are the event engine's, and no memory is freed twice."""
    replay(JOB, TRACES, policy="ucb", seeds=0, engine="vectorized", on_failure="keep")  # fills the cache
    script = script.format(tests=str(request.config.rootpath / "tests"))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, "fine\n"), ended.stderr
