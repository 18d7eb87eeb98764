"""Shards and ledger agree again after anything."""

import os
import random

import pytest
from small_ledgers import cell_id, outcome, plan, run, shard

from simulator.explore.ledger import Ledger
from simulator.explore.shards import read_rows


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "sweep") as made:
        plan(made, range(10))
        yield made


def test_shards_of_a_dead_driver_are_recorded(ledger):
    """Once."""
    ledger.begin("c", [cell_id(n) for n in range(4)], "pool")
    shard(ledger.folder, "c", 0, [outcome(0), outcome(1, done=False)])
    adopted = ledger.adopt()
    assert (adopted.shards, adopted.cells, adopted.torn, adopted.removed) == (1, 1, [], 0)
    assert ledger.adopt().shards == 0
    assert ledger.lost("c", "the driver died") == [cell_id(2), cell_id(3)]
    assert [ledger.counts("night")[state] for state in ("done", "failed", "pending")] == [1, 1, 8]


def test_a_torn_shard_is_set_aside_and_said(ledger):
    """Beside earlier ones of its name; its cells run again."""
    for _ in range(2):
        ledger.begin("c", [cell_id(0)], "pool")
        info, _ = shard(ledger.folder, "c", 0, [outcome(0)])
        os.truncate(ledger.folder / info.path, info.bytes - 20)
        [(path, why)] = ledger.adopt().torn
        assert "is damaged" in why
        ledger.lost("c", "torn")
        assert (ledger.folder / path).exists()
    assert path == "shards/torn/c.0000.parquet.1"
    assert ledger.counts("night")["pending"] == 10


@pytest.mark.parametrize("damage", ["missing", "shorter", "flipped"])
def test_a_recorded_shard_that_is_gone_or_damaged_is_noticed(ledger, damage):
    """Its cells run again, with the reason; other shards' do not."""
    run(ledger, [0, 1], key="a")
    run(ledger, [2], key="b")
    path = ledger.folder / "shards/a.0000.parquet"
    if damage == "missing":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[random.Random(2).randrange(len(data))] ^= 4
        path.write_bytes(data[: -1 if damage == "shorter" else None])
    if damage == "flipped":
        assert ledger.verify().bad == []
    found = ledger.verify(full=True)
    assert found.shards == 2
    assert [bad for bad, _ in found.bad] == ["shards/a.0000.parquet"]
    assert found.ids == [cell_id(0), cell_id(1)]
    rows = {row.id: row for row in ledger.cells("night")}
    assert rows[cell_id(0)].state == "pending"
    assert rows[cell_id(0)].reason.startswith("its shard shards/a.0000.parquet ")
    assert rows[cell_id(2)].state == "done"
    assert not path.exists()
    run(ledger, [0, 1], key="again")
    assert ledger.verify(full=True).bad == []


def test_a_shard_that_comes_back_counts_again(ledger):
    """As after a disk was mounted late; its attempts are not counted twice."""
    run(ledger, [0, 1], key="a", failing=[1])
    path = ledger.folder / "shards/a.0000.parquet"
    path.rename(ledger.folder / "kept")
    assert ledger.verify().ids == [cell_id(0)]
    ledger.retry([cell_id(1)])
    (ledger.folder / "kept").rename(path)
    assert ledger.adopt().cells == 1
    assert ledger.states("night")[cell_id(0)] == "done"
    assert ledger.states("night")[cell_id(1)] == "pending"
    assert len(ledger.attempts(cell_id(0))) == len(ledger.attempts(cell_id(1))) == 1
    assert len(read_rows(ledger.folder, list(ledger.located([cell_id(0)]).values()))) == 1


def test_results_of_cells_that_no_plan_made_wait_for_one(ledger):
    """They belong to no grid, and are in no count."""
    shard(ledger.folder, "c", 0, [outcome(90), outcome(91, done=False)])
    assert ledger.adopt().cells == 1
    assert sum(ledger.counts().values()) == 10
    plan(ledger, [90, 91], grid="day")
    assert [row.state for row in ledger.cells("day")] == ["done", "failed"]
    assert [row.name for row in ledger.cells("day")] == ["eta=9_seed=0", "eta=9_seed=1"]


def test_a_merged_shard_may_tell_of_several_attempts_of_a_cell(ledger):
    """As it does of cells that failed more than once, whether a plan has made them or not."""
    shard(
        ledger.folder, "c", 0, [outcome(id_, done=False)._replace(started_s=at) for id_ in (3, 90) for at in (1.0, 2.0)]
    )
    assert ledger.adopt().shards == 1
    assert ledger.states("night")[cell_id(3)] == "failed"
    assert len(ledger.attempts(cell_id(3))) == len(ledger.attempts(cell_id(90))) == 1
