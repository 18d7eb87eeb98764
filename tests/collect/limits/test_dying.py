"""However a controller dies, the GPU is set as it was found."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from controllers import EARLIER_W, eventually
from nvml_stub import SimulatedGpus

from simulator.collect.limits import Journal, Original, restore, stale_journals

#: Sets limits without a pause.
RESTLESS = """
import sys
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml():
    while True:
        with guarded(find_gpus([int(sys.argv[1])])) as limiter:
            for limit_mw in (150_000, 200_000, 250_000):
                limiter.set(limit_mw, settle_s=0)
"""


def is_as_found(gpu, journals):
    return gpu.limit_w() == EARLIER_W and not gpu.persistence() and not journals()


def kill(controller, number):
    controller.process.send_signal(number)
    controller.process.communicate(timeout=60)


@pytest.mark.parametrize("way", ["", "raise", signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_the_earlier_limit_comes_back(gpu, start, journals, way):
    """End, exception, and every signal; it is the earlier limit, not the most, and the persistence mode too."""
    controller = start(gpu).wait_until_set()
    assert gpu.limit_w() == 150
    assert gpu.persistence()
    assert len(journals()) == 1
    if isinstance(way, str):
        controller.end(way)
    else:
        kill(controller, way)
    assert eventually(lambda: is_as_found(gpu, journals))
    assert eventually(controller.guardian_is_gone)
    assert restore() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_guardian_ignores_what_stops_other_programs(gpu, start, journals, number):
    """A batch system signals every process it can find, and only then kills."""
    controller = start(gpu).wait_until_set()
    controller.guardian.send_signal(number)
    time.sleep(0.05)
    assert not controller.guardian_is_gone()
    kill(controller, signal.SIGKILL)
    assert eventually(lambda: is_as_found(gpu, journals))


def test_ctrl_c_does_not_reach_the_guardian(gpu, start):
    """A terminal interrupts a process group; the guardian is in a session of its own."""
    controller = start(gpu, start_new_session=True).wait_until_set()
    assert os.getsid(controller.guardian.pid) == controller.guardian.pid != os.getsid(controller.process.pid)
    os.killpg(controller.process.pid, signal.SIGINT)
    controller.process.communicate(timeout=60)
    assert gpu.limit_w() == EARLIER_W


def test_a_child_that_holds_the_pipe_does_not_hide_the_death(gpu, start, journals):
    """A fork, as of a data loader, inherits everything the controller has open."""
    script = """
import os, sys, time
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml(), guarded(find_gpus()) as limiter:
    limiter.set(150_000, settle_s=0)
    child = os.fork()
    if child == 0:
        os.closerange(0, 3)
        time.sleep(20)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
"""
    controller = start(gpu, script=script)
    child = psutil.Process(int(controller.process.stdout.readline()))
    try:
        kill(controller, signal.SIGKILL)
        assert eventually(lambda: is_as_found(gpu, journals), seconds=15)
        assert child.is_running()
    finally:
        child.kill()


def test_a_guardian_that_comes_too_late_gives_back_at_once(gpu, state_dir, journals):
    """Its controller has died while it started, and a child of that still holds the pipe."""
    gpu.fault("limit_changed", watts=150)
    (state_dir / "limits").mkdir(parents=True)
    journal = Journal.new(state_dir / "limits", {gpu.uuid(): Original(round(EARLIER_W * 1000), persistence=False)})
    journal.write()
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    words = [sys.executable, "-m", "simulator.collect.limits.guardian", str(journal.path), str(dead.pid)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guardian:
        try:
            assert guardian.wait(60) == 0
        finally:
            guardian.kill()
    assert is_as_found(gpu, journals)


def test_a_forked_child_gives_nothing_back(gpu, start):
    """The block ends in the child too, but the GPU is its parent's."""
    script = """
import os, sys
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml():
    with guarded(find_gpus()) as limiter:
        limiter.set(150_000, settle_s=0)
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            print("set", flush=True)
            sys.stdin.readline()
    if not child:
        os._exit(0)
"""
    controller = start(gpu, script=script).wait_until_set()
    assert gpu.limit_w() == 150
    assert controller.end() == (0, "")
    assert gpu.limit_w() == EARLIER_W


def test_without_a_guardian_the_controller_still_gives_back(gpu, start, journals):
    """Somebody may kill the guardian alone."""
    controller = start(gpu).wait_until_set()
    controller.guardian.kill()
    assert controller.end() == (0, "")
    assert is_as_found(gpu, journals)


def test_before_it_sets_again_the_controller_starts_another_guardian(gpu, start, journals):
    """No limit is set that nobody would give back."""
    script = """
import sys
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml(), guarded(find_gpus()) as limiter:
    while True:
        limiter.set(150_000, settle_s=0)
        print("set", flush=True)
        sys.stdin.readline()
"""
    controller = start(gpu, script=script).wait_until_set()
    first = controller.guardian
    first.kill()
    assert eventually(controller.guardian_is_gone)
    controller.process.stdin.write("\n")
    controller.process.stdin.flush()
    controller.wait_until_set()
    assert controller.guardian.pid != first.pid
    kill(controller, signal.SIGKILL)
    assert eventually(lambda: is_as_found(gpu, journals))


@pytest.mark.parametrize("guardian_first", [True, False])
def test_killed_with_its_guardian_it_leaves_a_journal_for_restore(gpu, start, journals, guardian_first):
    """That is what the end of a batch job does to all its processes."""
    controller = start(gpu).wait_until_set()
    assert stale_journals() == []
    assert [each.outcome for each in restore()] == ["in use"]
    assert gpu.limit_w() == 150
    if guardian_first:
        controller.guardian.kill()
        assert eventually(controller.guardian_is_gone)
        kill(controller, signal.SIGKILL)
    else:
        controller.guardian.suspend()
        kill(controller, signal.SIGKILL)
        controller.guardian.kill()
    assert eventually(lambda: len(stale_journals()) == 1)
    assert gpu.limit_w() == 150
    (journal,) = stale_journals()
    assert (journal.pid, journal.gpus[gpu.uuid()].limit_mw) == (controller.process.pid, 300_000)
    (done,) = restore()
    assert (done.outcome, done.uuid, done.limit_mw, done.found_mw) == ("restored", gpu.uuid(), 300_000, 150_000)
    assert is_as_found(gpu, journals)
    assert restore() == []


@pytest.mark.parametrize("with_guardian", [False, True])
def test_killed_at_any_moment_nothing_is_lost(stub_library, tmp_path, start, journals, with_guardian):
    """Controllers that set limits without a pause, killed at random, each on its own GPU."""
    chance = random.Random(7)
    moments = sorted(chance.uniform(0.1, 2.5) for _ in range(8))
    gpus = SimulatedGpus(tmp_path, library=stub_library, gpus=len(moments)).attach()
    try:
        for gpu in range(len(moments)):
            gpus.fault("limit_changed", watts=EARLIER_W, gpu=gpu)
        controllers = [start(gpus, script=RESTLESS, command=gpu) for gpu in range(len(moments))]
        begin = time.monotonic()
        for moment, controller in zip(moments, controllers, strict=True):
            time.sleep(max(0.0, begin + moment - time.monotonic()))
            guardians = psutil.Process(controller.process.pid).children() if with_guardian else []
            for process in (*guardians, controller.process):
                process.kill()
            controller.process.communicate()
        if not with_guardian:
            assert eventually(lambda: all(gpus.limit_w(gpu) == EARLIER_W for gpu in range(len(moments))))
        done = []
        assert eventually(lambda: done.extend(restore()) or not journals())
        assert all(each.ok for each in done)
        assert [gpus.limit_w(gpu) for gpu in range(len(moments))] == [EARLIER_W] * len(moments)
    finally:
        gpus.detach()


def test_a_command_that_still_runs_does_not_come_after_giving_back(gpu, start, journals, tmp_path):
    """The controller is killed while a slow command is about to set its limit."""
    slow = (
        "import pathlib, pynvml, sys, time; "
        "log = pathlib.Path(sys.argv[3]).open('a'); print(sys.argv[2], file=log, flush=True); "
        "pynvml.nvmlInit(); time.sleep(1 if sys.argv[2] == '150' else 0); "
        "gpu = pynvml.nvmlDeviceGetHandleByUUID(sys.argv[1]); "
        "pynvml.nvmlDeviceSetPowerManagementLimit(gpu, int(sys.argv[2]) * 1000)"
    )
    log = tmp_path / "log"
    controller = start(gpu, command=[sys.executable, "-c", slow, "{uuid}", "{watts}", str(log)])
    assert eventually(lambda: log.exists() and log.read_text() == "150\n")
    kill(controller, signal.SIGKILL)
    assert gpu.limit_w() == EARLIER_W
    assert eventually(lambda: not journals())
    time.sleep(1.2)
    assert gpu.limit_w() == EARLIER_W
