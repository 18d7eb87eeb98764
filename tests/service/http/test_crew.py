"""Which of several processes could not start, and which were ended by somebody."""

from __future__ import annotations

import multiprocessing
from types import SimpleNamespace

import pytest

from simulator.service.http.serving.crew import Worker


@pytest.mark.parametrize(
    ("code", "has_served", "could_not_start"),
    [
        (1, False, True),
        (-11, False, True),  # a fault of its own
        (-9, False, False),
        (-15, False, False),
        (0, False, False),  # told to end while it started
        (1, True, False),
        (-11, True, False),
        (-9, True, False),
    ],
)
def test_a_worker_could_not_start_if_it_ended_by_itself_before_it_served(code, has_served, could_not_start):
    """What it said counts, also if it is heard after its end."""
    says, ready = multiprocessing.Pipe(duplex=False)
    with says, ready:
        worker = Worker(SimpleNamespace(pid=7, exitcode=code), says, 0.0)
        assert not worker.hear()
        if has_served:
            ready.send_bytes(b"\1")
        ready.close()
        assert worker.hear() is has_served
        assert not worker.hear()
        assert worker.could_not_start is could_not_start
        assert ("before it served" in worker.end) is not has_served
