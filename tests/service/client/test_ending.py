"""Signals, exits and kills: the trial is ended, and the program dies as it would have."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from nvml_stub import SimulatedGpus

from simulator.service.client import Client
from simulator.service.client.ending import _open

#: A training script; {body} is what it does once it trains.
SCRIPT = """
import os, signal, sys, time
from simulator.service.client import Client, EnergyMeter
{before}
def run_():
    return Client({url!r}).train(
        job_id={job_id!r}, batch_sizes=[16, 32, 64], default_batch_size=32, max_power_w=300, gpu="a40",
        target_metric=0.9, lease_s={lease_s}, meter=EnergyMeter(power_w=100)
    )
def say(word):
    print(word, flush=True)
{body}
"""

TRAINS = """
with run_() as run:
    run.report(metric=0.1)
    say("trains")
    for _ in range(1000):
        time.sleep(0.05)
"""


@pytest.fixture
def trains(served, scripts, request):
    """Start a script, and wait until it says that it trains."""

    def start(body=TRAINS, before="", lease_s=600, waits=True):
        job_id = f"{request.node.name}-{len(jobs)}"
        jobs.append(job_id)
        process = scripts(SCRIPT.format(url=served.url, job_id=job_id, before=before, body=body, lease_s=lease_s))
        if waits:
            word = process.stdout.readline()
            assert word == "trains\n", word + process.stderr.read()
        return process, lambda: list(Client(served.url).list_trials(job_id))

    jobs = []
    return start


def endings(trials):
    """How trials stand."""
    return [(trial["status"], trial["ending"]) for trial in trials()]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_ends_the_trial_and_then_the_program(trains, number, code):
    """With the exit code that it would have had: killed by that signal."""
    process, trials = trains()
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(20) == code
    assert time.monotonic() - began < 10
    assert endings(trials) == [("Failed", "ended")]


def test_sigterm_in_a_handler_of_the_scripts_own(trains):
    """It is called after the trial was ended, and decides what becomes of the program."""
    before = """
def handle(number, frame):
    say("handled")
    sys.exit(7)
signal.signal(signal.SIGTERM, handle)
"""
    process, trials = trains(before=before)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 7
    assert process.stdout.read() == "handled\n"
    assert endings(trials) == [("Failed", "ended")]


def test_a_program_that_ignores_sigterm_trains_on(trains):
    """As it would have."""
    body = TRAINS.replace("1000", "20") + "    run.report(metric=1.0)\n"
    process, trials = trains(body, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert endings(trials) == [("Succeeded", "reported")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_service_is_asked(trains, number):
    """A trial that was about to be handed out is ended, too, or was never made."""
    body = """
import simulator.service.client.transport as transport
real = transport.Transport._try
def slow(self, method, path, *rest, **more):
    answer = real(self, method, path, *rest, **more)
    if path.endswith("/trials") and not more["fresh"]:
        say("trains")
        time.sleep(30)
    return answer
transport.Transport._try = slow
with run_() as run:
    say("told")
"""
    process, trials = trains(body)
    process.send_signal(number)
    assert process.wait(20) == -number
    assert endings(trials) == [("Failed", "ended")]


def test_sigterm_with_a_service_that_hangs(scripted, scripts, say):
    """The program dies within seconds all the same."""
    registered = say(200, {"job_id": "j"})
    dispatched = say(201, {"trial": {"number": 1, "batch_size": 32}, "profile_limits_w": None})
    server = scripted(registered, dispatched, lambda _: time.sleep(60))
    body = "with run_() as run:\n    say('trains')\n    time.sleep(60)\n"
    process = scripts(SCRIPT.format(url=server.url, job_id="j", before="", body=body, lease_s=600))
    assert process.stdout.readline() == "trains\n"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert time.monotonic() - began < 15


def test_a_program_that_forgets_to_leave_the_run(trains):
    """Its exit ends the trial."""
    body = "run = run_()\nrun.start()\nrun.report(metric=0.1)\nsay('trains')\nsys.exit(3)\n"
    process, trials = trains(body)
    assert process.wait(20) == 3
    assert endings(trials) == [("Failed", "ended")]


def test_power_limits_are_given_back_on_sigterm(served, scripts, stub_library, tmp_path):
    """The next job on this GPU runs as it did before."""
    gpus = SimulatedGpus(tmp_path, library=stub_library, max_w=350, default_w=350)
    body = """
limits = dict(power_policy="jit", power_limits_w=[100, 200], job_id="limited")
fields = dict(batch_sizes=[16, 32], default_batch_size=32, max_power_w=350, gpu="h100", **limits)
with Client({url!r}).train(meter=EnergyMeter(), **fields) as run:
    say(run.profile(lambda: time.sleep(0.3)) in (100, 200))
    time.sleep(60)
"""
    text = SCRIPT.replace("{body}", body).format(url=served.url, job_id="", before="", lease_s=600)
    process = scripts(text, **gpus.environment())
    assert process.stdout.readline() == "True\n"
    assert gpus.limit_w() in (100, 200)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == -signal.SIGTERM
    assert gpus.limit_w() == 350


def test_kill_9_leaves_the_trial_to_its_lease(trains, served):
    """Nothing else can; the next one to ask finds that it is silent."""
    process, trials = trains(lease_s=1)
    process.kill()
    process.wait()
    assert endings(trials) == [("Dispatched", None)]
    time.sleep(1.5)
    trial = trials()[0]
    Client(served.url).transport.request("POST", f"/v1/jobs/{trial['job_id']}/trials", {})
    assert endings(trials)[0] == ("Failed", "expired")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_workers_leave_the_trial_alone(trains):
    """A loader's worker that exits, or is ended by SIGTERM, ends no trial; one that reports is heard."""
    body = """
with run_() as run:
    run.report(metric=0.1)
    exits = os.fork()
    if exits == 0:
        sys.exit(0)
    dies = os.fork()
    if dies == 0:
        time.sleep(60)
    time.sleep(0.3)
    os.kill(dies, signal.SIGTERM)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in (exits, dies)]
    assert codes == [0, -signal.SIGTERM], codes
    reports = os.fork()
    if reports == 0:
        os._exit(0 if run.report(metric=0.2, epoch=2) is False else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(reports, 0)[1]) == 0
    say("trains")
    sys.stdin.read(1)
    time.sleep(1)
    run.report(metric=1.0, epoch=3)
"""
    process, trials = trains(body)
    assert [(trial["status"], trial["epoch"]) for trial in trials()] == [("Dispatched", 2)]
    assert process.wait(20) == 0, process.stderr.read()
    assert endings(trials) == [("Succeeded", "reported")]


def test_a_server_that_is_killed_and_comes_back(trains, served):
    """Training goes on while it is away, and nothing that was acknowledged is lost."""
    body = """
with run_() as run:
    for epoch in run.epochs():
        time.sleep(0.1)
        run.report(metric=0.9 * epoch / 30)
        if epoch == 1:
            say("trains")
say(run.converged)
"""
    process, trials = trains(body)
    served.kill()
    time.sleep(1)
    served.start()
    assert process.wait(60) == 0, process.stderr.read()
    assert process.stdout.read() == "True\n"
    (trial,) = trials()
    assert (trial["status"], trial["epoch"]) == ("Succeeded", 30)


def test_handlers_are_put_back(client, job):
    """When the last run is left, and not while another one is open."""
    before = signal.getsignal(signal.SIGTERM)
    with client.train(**job):
        ours = signal.getsignal(signal.SIGTERM)
        assert ours is not before
        with client.train(**job):
            assert signal.getsignal(signal.SIGTERM) is ours
        assert signal.getsignal(signal.SIGTERM) is ours
    assert signal.getsignal(signal.SIGTERM) is before
    assert _open == []
    with client.train(ends_on=(), **job):
        assert signal.getsignal(signal.SIGTERM) is before


def test_handlers_of_those_who_come_later_stay(client, job):
    """They call ours, which calls who was before, and ends no run that is over."""
    heard, before = [], signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, lambda *_: heard.append("first"))
        with client.train(**job):
            ours = signal.getsignal(signal.SIGTERM)
            signal.signal(signal.SIGTERM, lambda number, frame: (heard.append("later"), ours(number, frame)))
            later = signal.getsignal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is later
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == ["later", "first"]
        with client.train(**job) as run:
            os.kill(os.getpid(), signal.SIGTERM)
            assert heard == ["later", "first"] * 2
            assert client.get_trial("mnist", run.number)["ending"] == "ended"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_install_nothing(client, job):
    """Python allows it to the main thread alone; their trials are ended by the with block, or at exit."""
    before, seen = signal.getsignal(signal.SIGTERM), []

    def train():
        with client.train(**job):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [before]
    assert [trial["ending"] for trial in client.list_trials("mnist")] == ["ended"]


def test_sigterm_while_the_run_is_left(scripted, scripts, say):
    """The service hangs when the trial is to be ended: it is told once more, and the program dies in time."""
    registered = say(200, {"job_id": "j"})
    dispatched = say(201, {"trial": {"number": 1, "batch_size": 32}, "profile_limits_w": None})
    server = scripted(registered, dispatched, lambda _: time.sleep(60), say(200, {"status": "Failed"}))
    body = "with run_() as run:\n    pass\n"
    process = scripts(SCRIPT.format(url=server.url, job_id="j", before="", body=body, lease_s=600))
    while len(server.asked) < 3:
        time.sleep(0.02)
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert server.asked[3].startswith("POST /v1/jobs/j/trials/1/end")
