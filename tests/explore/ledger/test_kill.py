"""A driver that is killed at any moment leaves a ledger that the next one goes on with."""

import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import small_ledgers
from small_ledgers import cell_id, plan

from simulator.explore.ledger import Ledger
from simulator.explore.shards import read_rows

#: Where the process finds them.
HELPERS = str(Path(small_ledgers.__file__).parent)
#: Plans, runs and records cells until it is killed, and says each chunk once it is recorded; compacts now and then.
DRIVER = """
import sys
sys.path.insert(0, sys.argv[2])
from small_ledgers import cell_id, outcome, plan, shard
from simulator.explore.ledger import Ledger
with Ledger.open(sys.argv[1]) as ledger:
    ledger.adopt()
    for chunk in ledger.running():
        ledger.lost(chunk.key, "the driver died")
    print("open", flush=True)
    plan(ledger, range(2000))
    todo = ledger.todo("night")
    numbers = {cell_id(n): n for n in range(2000)}
    for start in range(0, len(todo), 7):
        ids = todo[start : start + 7]
        key = f"c{sys.argv[3]}-{start}"
        ledger.begin(key, ids, "inline")
        told = shard(ledger.folder, key, 0, [outcome(numbers[cell]) for cell in ids])
        ledger.record(*told)
        print(*ids, flush=True)
        if start % 70 == 63:
            ledger.compact()
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_a_driver_killed_again_and_again_loses_nothing_and_does_nothing_twice(tmp_path, seed):
    """What was recorded stays recorded; each result is there once; the folder is free at once."""
    draw = random.Random(seed)
    said = set()
    for attempt in range(6):
        words = [sys.executable, "-c", DRIVER, str(tmp_path), HELPERS, str(attempt)]
        driver = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert driver.stdout.readline() == "open\n", driver.communicate()[1]
        with suppress(subprocess.TimeoutExpired):
            driver.wait(draw.uniform(0.0, 0.6))
        driver.send_signal(signal.SIGKILL)
        lines, _ = driver.communicate()
        whole = lines.splitlines()[: None if lines.endswith("\n") else -1]
        said |= {cell for line in whole for cell in line.split()}
        if (tmp_path / "ledger.db").exists():
            check(tmp_path, said)
    assert said
    began = time.monotonic()
    with Ledger.open(tmp_path) as ledger:
        adopted = ledger.adopt()
        assert adopted.torn == []
        assert time.monotonic() - began < 30
        check(tmp_path, said)
        assert ledger.verify(full=True).bad == []
        assert list((tmp_path / "shards").glob(".*")) == []


def check(folder, said):
    """Look at the ledger as a reader does, while nobody has repaired anything."""
    with Ledger.open(folder, write=False) as ledger:
        if not ledger.grids():
            assert not said
            return
        states = ledger.states("night")
        done = {cell for cell, state in states.items() if state == "done"}
        assert said <= done
        running = {cell for chunk in ledger.running() for cell in chunk.ids}
        assert running == {cell for cell, state in states.items() if state == "running"}
        located = ledger.located(done)
        df = read_rows(folder, list(located.values()))
        assert sorted(df["cell"]) == sorted(done)
        assert list(df.get("energy_j", [])) == [float(int(cell[:4], 16)) for cell in df["cell"]]


def test_a_kill_while_planning_leaves_the_plan_before(tmp_path):
    """A plan is there whole, or not at all."""
    with Ledger.open(tmp_path) as ledger:
        plan(ledger, range(3))
    code = f"""
import os, signal, sys
sys.path.insert(0, {HELPERS!r})
from small_ledgers import cell_id, described
from simulator.explore.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
def describe(at):
    if at == 4000:
        os.kill(os.getpid(), signal.SIGKILL)
    return described(at)
ledger.plan("night", [cell_id(n) for n in range(5000)], "new", describe)
"""
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with Ledger.open(tmp_path) as ledger:
        assert ledger.todo("night") == [cell_id(n) for n in range(3)]
