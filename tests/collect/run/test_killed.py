"""Whichever process is killed, only the run in flight is lost."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from nvml_stub import SimulatedGpus
from quick_collections import FAKE_JOB, TESTS, a_plan, results, start_controller, wait_for

#: Three runs of about a second each.
PLAN = {"batch_sizes": (8,), "limits": (300, 200), "target": 0.5}

#: Words in the command line of each process that may be killed.
VICTIMS = {
    "controller": "simulator collect",
    "sampler": "simulator.collect.sampling",
    "guardian": "simulator.collect.limits.guardian",
    "job": str(FAKE_JOB),
}


class Place:
    """A machine of its own for one collection: a GPU, a folder, journals."""

    def __init__(self, folder, library):
        folder.mkdir()
        self.gpu = SimulatedGpus(folder, library=library, update_ms=20, window_ms=20)
        self.gpu.fault("limit_changed", watts=350)
        self.gpu.set_demand(60)
        self.out = folder / "out"
        self.environment = {
            **self.gpu.environment(),
            "PYTHONPATH": str(TESTS),
            "SIMULATOR_STATE_DIR": str(folder / "state"),
        }

    def start(self, *options):
        """Start a controller."""
        return start_controller(a_plan(**PLAN), self.out, *options, environment=self.environment)

    def processes(self, who):
        """Processes of this place that are called so; of a job, the training script and not its leash."""
        found = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
                ours = process.environ().get("NVML_STUB_STATE") == str(self.gpu.path)
            except psutil.Error:
                continue
            if ours and VICTIMS[who] in words and "leash.py" not in words:
                found.append(process)
        return found

    def trace(self):
        """The train trace, and which rows the power trace has."""
        power = next((self.out / "trace").glob("power_*.csv")).read_text().splitlines()
        return (self.out / "trace" / "train.csv").read_bytes(), [line.split(",")[:5] for line in power]


def kill_one(processes):
    """Whether one of them could be killed; a script may have ended meanwhile, and then the next one is as good."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            return True
    return False


@pytest.fixture(scope="module")
def places(stub_library, tmp_path_factory):
    """A place for each victim, and one where nobody is killed."""
    folder = tmp_path_factory.mktemp("places")
    return {who: Place(folder / who, stub_library) for who in ("nobody", *VICTIMS)}


@pytest.mark.parametrize("seed", [random.SystemRandom().randrange(2**32)], ids=["at random"])
def test_kill_9_of_any_process_loses_only_the_run_in_flight(places, monkeypatch, seed):
    """At a random moment of the second run; going on gives the train trace of an unbroken collection, byte for byte."""
    for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NVML_STUB_STATE"):
        monkeypatch.delenv(name, raising=False)
    chance = random.Random(seed)
    controllers = {who: place.start() for who, place in places.items()}
    kept = {}
    for who in VICTIMS:
        place = places[who]
        wait_for(lambda place=place: results(place.out), "the first result")
        time.sleep(chance.uniform(0, 0.8))
        kept[who] = results(place.out)
        wait_for(lambda place=place, who=who: kill_one(place.processes(who)), who)
    for who, controller in controllers.items():
        _, said = controller.communicate(timeout=120)
        codes = {"controller": {-signal.SIGKILL}, "job": {0, 1}}.get(who, {0})  # a run that failed makes it 1
        assert controller.returncode in codes, (who, said)

    killed = places["controller"]
    wait_for(lambda: killed.gpu.limit_w() == 350, "the guardian to give back the limit")
    for who in VICTIMS:
        wait_for(lambda who=who: not killed.processes(who), f"the end of the {who}")
    again = {who: places[who].start("--resume", "--retry-failed") for who in VICTIMS}
    for who, controller in again.items():
        _, said = controller.communicate(timeout=120)
        assert controller.returncode == 0, (who, said)

    unbroken = places["nobody"].trace()
    for who, place in places.items():
        assert place.trace() == unbroken, who
        assert place.gpu.limit_w() == 350, who
        assert not list((Path(place.environment["SIMULATOR_STATE_DIR"]) / "limits").glob("*.json")), who
        now = results(place.out)
        assert len(now) == 3
        assert all(now[key] == content for key, content in kept.get(who, {}).items()), who
    partial = [file.name for file in (killed.out / "runs").iterdir() if ".partial-" in file.name]
    assert len(partial) <= 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_script_gives_limits_back_and_leaves_the_run_partial(stub_library, tmp_path, number, code):
    """As Ctrl-C in a terminal, and as a batch system does it."""
    place = Place(tmp_path / "place", stub_library)
    controller = place.start()
    wait_for(lambda: place.processes("job"), "the script")
    controller.send_signal(number)
    _, said = controller.communicate(timeout=60)
    assert controller.returncode == code, said
    assert "Traceback" not in said
    assert not place.processes("job")
    assert place.gpu.limit_w() == 350
    assert not results(place.out)
    assert any((place.out / "runs").iterdir())
