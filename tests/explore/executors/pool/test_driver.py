"""The pool's driver: what it may be, and that nobody outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from executor_contract.rules import gone, noted

TESTS = Path(__file__).parents[3]

#: A script without ``if __name__ == "__main__"``, whose classes nobody else can import.
SCRIPT = """
import sys
from pathlib import Path
print("begins")
sys.path.insert(0, {tests!r})
from executor_contract import Told, chunks_of, drive, tell
from executor_contract.cells import Waits
from simulator.explore import Task
from simulator.explore.executors import executor

OFFSET = 40

class Mine(Task):
    x: int
    def execute(self):
        return {{"y": plus(self.x)}}

def plus(x):
    return x + OFFSET

folder = Path({folder!r})
{rest}
"""

RUNS = """
with executor("pool", workers=2) as pool:
    pool.start(folder)
    cells = [Mine(x=x).seal() for x in range(4)]
    told = drive(pool, folder, chunks_of(cells, 1))
    print([told.rows(cell)[0]["y"] for cell in cells])
"""

HANGS = """
pool = executor("pool", workers=2)
pool.start(folder)
pool.submit(chunks_of([Waits(note=folder / f"note{{x}}", x=x, child=True, how="{how}") for x in range(4)], 1))
tell(pool, Told(folder), lambda _: False)
"""

FORKS = """
import os, time
if os.fork() == 0:
    time.sleep(30)
    os._exit(0)
if os.fork() == 0:
    sys.exit()
"""


def script(folder, rest):
    return SCRIPT.format(tests=str(TESTS), folder=str(folder), rest=rest)


def test_a_script_needs_no_guard(tmp_path):
    """Workers import nothing of it, so it begins once; its classes travel with what they use."""
    file = tmp_path / "script.py"
    file.write_text(script(tmp_path, RUNS))
    ended = subprocess.run([sys.executable, file], check=False, capture_output=True, text=True, timeout=60)
    assert ended.stderr == ""
    assert ended.stdout == "begins\n[40, 41, 42, 43]\n"


def test_a_program_from_stdin_needs_no_file(tmp_path):
    """As in a notebook, there is no module that could be imported."""
    ended = subprocess.run(
        [sys.executable],
        check=False,
        input=script(tmp_path, RUNS),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert (ended.stdout, ended.stderr) == ("begins\n[40, 41, 42, 43]\n", "")


@pytest.mark.parametrize("how", ["sleep", "computing"])
@pytest.mark.parametrize("whom", ["driver", "group"])
def test_nobody_outlives_a_killed_driver(tmp_path, how, whom):
    """Within 2 s the workers are gone, what cells started, and where workers come from; even amid a call of C."""
    driver = subprocess.Popen(
        [sys.executable, "-c", script(tmp_path, HANGS.format(how=how))],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        pids = [*noted(tmp_path / "note0"), *noted(tmp_path / "note1")]
        pids += [process.pid for process in psutil.Process(driver.pid).children(recursive=True)]
        assert len(set(pids)) == 5  # two workers, a child each, and the process that they come from
        if whom == "driver":
            driver.kill()
        else:
            os.killpg(driver.pid, signal.SIGKILL)
        assert not gone(pids, within_s=2)
    finally:
        driver.kill()
        driver.wait()


def test_a_stopped_worker_does_not_outlive_its_driver_either(tmp_path):
    """A process that is stopped takes no other signal than SIGKILL."""
    driver = subprocess.Popen(
        [sys.executable, "-c", script(tmp_path, HANGS.format(how="sleep"))], stdout=subprocess.DEVNULL
    )
    try:
        pids = [*noted(tmp_path / "note0"), *noted(tmp_path / "note1")]
        os.kill(pids[0], signal.SIGSTOP)
        driver.kill()
        assert not gone(pids, within_s=2.5)
    finally:
        driver.kill()
        driver.wait()


def test_ctrl_c_reaches_the_driver_alone(tmp_path):
    """It ends as any program does, and takes the others with it."""
    driver = subprocess.Popen(
        [sys.executable, "-c", script(tmp_path, HANGS.format(how="sleep"))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = [*noted(tmp_path / "note0"), *noted(tmp_path / "note1")]
    os.killpg(driver.pid, signal.SIGINT)
    _, messages = driver.communicate(timeout=10)
    assert messages.count("KeyboardInterrupt") == 1
    assert not gone(pids, within_s=2)


def test_a_forked_copy_of_the_driver_keeps_nobody_alive(tmp_path):
    """It holds the same sockets, but it is not the driver; nor does its end end anything."""
    forks = HANGS.format(how="sleep").replace("tell(pool", f"{FORKS}tell(pool")
    driver = subprocess.Popen(
        [sys.executable, "-c", script(tmp_path, forks)], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        pids = [*noted(tmp_path / "note0"), *noted(tmp_path / "note1")]
        driver.kill()
        assert not gone(pids, within_s=2)
    finally:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
