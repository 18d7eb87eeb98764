"""Several processes train together: one talks, the others are told."""

from __future__ import annotations

import os
import queue
import threading

import pytest

from simulator.errors import ServiceError, SettingsError
from simulator.service.client import Client, EnergyMeter
from simulator.service.client.ranks import find_rank


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID", "LOCAL_RANK", "NODE_RANK"])
def test_ranks_are_read_from_the_environment(monkeypatch, name):
    """As torchrun, Slurm and Lightning set them; what is no number is said."""
    assert find_rank() == 0
    monkeypatch.setenv(name, "2")
    assert find_rank() == 2
    monkeypatch.setenv(name, "two")
    with pytest.raises(SettingsError, match="rank="):
        find_rank()


def test_torchruns_rank_comes_first(monkeypatch):
    """Local ranks repeat on each machine."""
    monkeypatch.setenv("RANK", "8")
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert find_rank() == 8


class World:
    """A broadcast among threads, each of which is a rank."""

    def __init__(self, size):
        self.boxes = [queue.Queue() for _ in range(size)]

    def of(self, rank):
        def broadcast(value):
            if rank == 0:
                for box in self.boxes[1:]:
                    box.put(value)
                return value
            return self.boxes[rank].get(timeout=30)

        return broadcast


def together(size, work):
    """Run a function of the rank and its broadcast in as many threads; what each returned or raised."""
    world, results = World(size), [None] * size

    def one(rank):
        try:
            results[rank] = work(rank, world.of(rank))
        except Exception as error:
            results[rank] = error

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(size)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    return results


def test_all_ranks_train_with_the_size_of_one_trial_and_stop_together(client, job):
    """Only rank 0 talks."""

    def train(rank, broadcast):
        nobody = Client("http://127.0.0.1:9")  # a rank that talks would not be answered
        talker = client if rank == 0 else nobody
        meter = EnergyMeter(power_w=100) if rank == 0 else None
        with talker.train(rank=rank, broadcast=broadcast, meter=meter, **job) as run:
            epochs = [epoch for epoch in run.epochs() if run.report(metric=0.45 * epoch) or True]
            return run.batch_size, epochs, run.stopped, run.converged

    assert together(4, train) == [(32, [1, 2], True, True)] * 4
    assert len(list(client.list_trials("mnist"))) == 1


def test_no_rank_waits_for_one_that_failed(client, job):
    """They are told why instead."""
    job["default_batch_size"] = 8

    def train(rank, broadcast):
        with client.train(rank=rank, broadcast=broadcast, **job) as run:
            return run

    first, *others = together(3, train)
    assert isinstance(first, ValueError)
    assert all(isinstance(other, ServiceError) and "rank 0 could not ask" in str(other) for other in others)


def test_processes_that_rank_0_starts_find_what_it_was_told(client, job, monkeypatch):
    """As Lightning starts them; for this job only, and until the run is left."""
    nobody = Client("http://127.0.0.1:9")
    with client.train(rank=0, **job) as run:
        with nobody.train(rank=1, **job) as other:
            assert (other.batch_size, other.number) == (run.batch_size, run.number)
            assert other.report(metric=1.0) is False
        with pytest.raises(SettingsError, match="must be told"):
            nobody.train(rank=1, **job | {"job_id": "other"}).start()
    assert "SIMULATOR_SERVICE_TRIAL" not in os.environ
    with pytest.raises(SettingsError, match="must be told"):
        nobody.train(rank=1, **job).start()
    for nonsense in ("{nonsense", "[]", '{"job_id": "mnist"}', '{"job_id": "mnist", "batch_size": "x"}'):
        monkeypatch.setenv("SIMULATOR_SERVICE_TRIAL", nonsense)
        with pytest.raises(SettingsError, match="must be told"):
            nobody.train(rank=1, **job).start()
    monkeypatch.setenv("RANK", "1")
    with nobody.train(batch_size=64, **job) as other:
        assert (other.batch_size, other.rank, other.report(metric=1.0)) == (64, 1, False)
