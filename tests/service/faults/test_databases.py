"""Databases that fail under load: a PostgreSQL that crashes, a disk that is full. Clear errors, and nothing is lost."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import time

import postgres
import pytest
from live_campaign import Campaign
from live_clients import Wire, spec
from live_service import LiveService


@pytest.mark.parametrize("workers", [1, 4])
def test_postgresql_crashes_under_load(tmp_path, draws, workers):
    """Three times; clients retry, and go on by themselves."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.Postgres() as server:
        url = server.url_of(server.create())
        with LiveService(tmp_path / "service", database_url=url, workers=workers) as service:
            campaign = Campaign(service, tmp_path / "notes", draws, jobs=["crash one", "crash two", "crash legacy"])
            campaign.start_clients()
            for _ in range(3):
                time.sleep(draws.uniform(0.3, 1.0))
                server.kill()
                time.sleep(draws.uniform(0.0, 0.3))
                server.start()
            service.wait(10.0)
            time.sleep(0.5)
            campaign.stop_clients()
            campaign.settle()
            counts = campaign.check()
    assert counts["given"] > 20, counts
    only_unavailable(counts)


@contextlib.contextmanager
def small_disk(folder, service_of):
    """A disk of its own of some megabytes, where root may mount one; how it is filled, and how it is emptied."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    ballast = folder / "ballast"

    def fill():
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    try:
        yield service_of(folder), fill, ballast.unlink
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def small_files(folder, service_of):
    """A limit on how long the service's files may get."""
    folder.mkdir()
    service = service_of(folder)

    def limit(to):
        for each in service.processes():
            resource.prlimit(each.pid, resource.RLIMIT_FSIZE, (to, resource.RLIM_INFINITY))

    def fill():
        longest = max(file.stat().st_size for file in folder.iterdir())
        limit(longest // 2)

    yield service, fill, lambda: limit(resource.RLIM_INFINITY)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of other processes are Linux's")
@pytest.mark.parametrize(("disk", "workers"), [(small_disk, 4), (small_files, 1)])
def test_a_full_disk_loses_nothing(tmp_path, draws, disk, workers):
    """While it is full, whatever would be written is refused as unavailable; with room again, all goes on."""
    (tmp_path / "said").mkdir()

    def service_of(folder):
        service = LiveService(tmp_path / "said", database_url=f"sqlite:///{folder / 'jobs.db'}", workers=workers)
        service.start()
        return service

    with disk(tmp_path / "disk", service_of) as (service, fill, free):
        try:
            service.wait()
            campaign = Campaign(service, tmp_path / "notes", draws, jobs=["full one", "full two", "full legacy"])
            campaign.start_clients()
            time.sleep(1.0)
            fill()
            time.sleep(0.7)
            with contextlib.closing(Wire(service.url)) as wire:
                refusals = []  # what was freed within the database has room for a few small jobs
                while len(refusals) < 500 and not any(status == 503 for status, _ in refusals):
                    n = len(refusals)
                    refusals.append(wire.ask("POST", "/v1/jobs", spec(f"no room {n}", n)))
            free()
            time.sleep(0.5)
            campaign.stop_clients()
            campaign.settle()
            counts = campaign.check()
        finally:
            service.kill()
    assert counts["given"] > 20, counts
    only_unavailable(counts)
    assert any(status == 503 for status, _ in refusals), refusals
    assert not [answer for _, answer in refusals if "INSERT" in str(answer)]


def only_unavailable(counts):
    """Whatever went wrong was said to be for now, not to be a fault of the request or of the program."""
    wrong = {what: n for what, n in counts.items() if what.startswith("5xx") and what != "5xx 503"}
    assert not wrong, wrong
