"""A full disk is said, and nothing that was recorded is lost."""

import os
import subprocess

import pytest
from small_ledgers import cell_id, described, outcome, plan, run, shard

from simulator.errors import LedgerError
from simulator.explore.ledger import Ledger


@pytest.fixture
def disk(tmp_path):
    """Two megabytes of disk."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this root may not mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk):
    """Leave no byte free."""
    with (disk / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_recording_goes_on_once_there_is_space_again(disk):
    """The driver needs no restart."""
    with Ledger.open(disk / "sweep") as ledger:
        plan(ledger, range(1000))
        run(ledger, range(10))
        told = shard(ledger.folder, "more", 0, [outcome(n) for n in range(10, 1000)])
        fill(disk)
        with pytest.raises(LedgerError, match="is full"):
            ledger.record(*told)
        with pytest.raises(LedgerError, match="free some space and run again"):
            shard(ledger.folder, "none", 0, [outcome(1)])
        with pytest.raises(LedgerError, match="is full"):
            ledger.plan("big", [cell_id(n) for n in range(9000)], "big", described)
        assert ledger.counts("night")["done"] == 10
        (disk / "ballast").unlink()
        assert len(ledger.record(*told)) == 990
    with Ledger.open(disk / "sweep") as ledger:
        assert ledger.counts("night")["done"] == 1000
        assert ledger.verify(full=True).bad == []
        assert [grid.name for grid in ledger.grids()] == ["night"]


def test_a_ledger_on_a_full_disk_cannot_be_made_and_is_read(disk):
    """The message says which disk."""
    with Ledger.open(disk / "sweep") as ledger:
        plan(ledger, range(10))
    fill(disk)
    with pytest.raises(LedgerError, match=r"the disk of .*other is full"):
        Ledger.open(disk / "other")
    with Ledger.open(disk / "sweep", write=False) as ledger:
        assert len(ledger.todo("night")) == 10
