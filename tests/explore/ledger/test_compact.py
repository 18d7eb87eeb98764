"""Many small shards become few, and nothing is lost on the way."""

import pandas as pd
import pytest
from small_ledgers import cell_id, outcome, plan, run, shard

from simulator.errors import LedgerError
from simulator.explore.ledger import Ledger, compact
from simulator.explore.shards import read_rows


def fill(ledger):
    """Thirty shards of one cell, some of which failed; two cells have another kind of result."""
    plan(ledger, range(31))
    for n in range(30):
        ledger.begin(f"c{n}", [cell_id(n)], "pool")
        result = {"x": n / 3} if n % 10 else {"x": n, "extra": "y"}
        done = n % 7 != 3
        ledger.record(*shard(ledger.folder, f"c{n}", 0, [outcome(n, done=done)], [result if done else None]))


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "sweep") as made:
        fill(made)
        yield made


def told(ledger):
    """All that a reader sees."""
    ids = [cell_id(n) for n in range(31)]
    located = ledger.located(ids)
    rows = [row._replace(shard=None, offset=None) for row in ledger.cells("night")]
    attempts = [ledger.attempts(cell) for cell in ids]
    return rows, attempts, read_rows(ledger.folder, list(located.values())).to_json(double_precision=15)


def shards(ledger):
    return sorted(file.name for file in (ledger.folder / "shards").glob("*"))


def test_small_shards_become_one_and_readers_see_no_difference(ledger):
    """Those that were replaced are gone."""
    before = told(ledger)
    compacted = ledger.compact()
    assert (compacted.before, compacted.after) == (30, 1)
    assert told(ledger) == before
    assert shards(ledger) == ["merged-31.0000.parquet"]
    assert ledger.verify(full=True).bad == []
    assert ledger.adopt().shards == 0
    assert ledger.compact().before == 1
    run(ledger, [30], key="more")
    assert ledger.compact().after == 1
    assert len(shards(ledger)) == 1


def test_large_shards_stay(ledger):
    """They are read as quickly as they are."""
    assert ledger.compact(small_bytes=1).after == 30


def test_merged_shards_have_limits(ledger, monkeypatch):
    """So that they stay quick to read, and to make."""
    before = told(ledger)
    monkeypatch.setattr(compact, "_CELLS", 10)
    assert ledger.compact().after == 3
    assert told(ledger) == before


def test_what_was_cleared_is_gone_and_what_failed_is_kept(ledger):
    """A ledger that is made anew from the merged shard knows as much."""
    ledger.clear([cell_id(1)])
    ledger.compact()
    ledger.close()
    for file in ledger.folder.glob("ledger.db*"):
        file.unlink()
    with Ledger.open(ledger.folder) as fresh:
        fresh.adopt()
        plan(fresh, range(31))
        states = list(fresh.states("night").values())
        assert states[1] == "pending"
        assert [n for n, state in enumerate(states) if state == "failed"] == [3, 10, 17, 24]
        assert states.count("done") == 25


class Killed(BaseException):
    """Stands for a kill: nothing catches it, and nothing is written after it."""


#: Steps of a compaction at which it is stopped, before or after; each is where something is written or removed.
STEPS = ["note", "noted", "written", "move", "moved", "removing", "removed", "forget"]


def stop_at(step, monkeypatch, ledger):
    """Make a compaction end at a step, as a kill would."""
    from pathlib import Path

    from simulator.explore.shards import merge

    write, unlink, transaction = merge.write_table, Path.unlink, ledger.transaction
    seen = {"transactions": 0, "unlinked": 0}

    def writing(*words):
        if step == "noted":
            raise Killed
        info = write(*words)
        if step == "written":
            raise Killed
        return info

    def removing(self, missing_ok=False):
        if self.parent.name != "shards" or self.name.startswith("."):
            return unlink(self, missing_ok=missing_ok)
        if step in {"removing", "moved"} and seen["unlinked"] == {"moved": 0, "removing": 4}[step]:
            raise Killed
        unlink(self, missing_ok=missing_ok)
        seen["unlinked"] += 1
        if step == "removed" and seen["unlinked"] == 30:
            raise Killed
        return None

    def stopping():
        seen["transactions"] += 1
        if step == {1: "note", 2: "move", 3: "forget"}.get(seen["transactions"]):
            raise Killed
        return transaction()

    monkeypatch.setattr(merge, "write_table", writing)
    monkeypatch.setattr(Path, "unlink", removing)
    monkeypatch.setattr(ledger, "transaction", stopping)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_stopped_at_any_step_nothing_is_lost_and_nothing_is_there_twice(ledger, monkeypatch, step, lost):
    """The next driver sees what the last one saw; also if the ledger is lost on top of it."""
    before = told(ledger)
    with monkeypatch.context() as patched:
        stop_at(step, patched, ledger)
        with pytest.raises(Killed):
            ledger.compact()
    ledger.close()
    if lost:
        for file in ledger.folder.glob("ledger.db*"):
            file.unlink()
    with Ledger.open(ledger.folder) as after:
        after.adopt()
        if lost:
            plan(after, range(31))
            assert after.counts("night") == {**ledger_counts(before)}
            assert told(after)[2] == before[2]
            assert max(len(attempts) for attempts in told(after)[1]) == 1
        else:
            assert told(after) == before
            assert len(shards(after)) in (1, 30)
        assert after.verify(full=True).bad == []
        assert after.compact().after == 1
        assert told(after)[2] == before[2]


def ledger_counts(seen):
    from collections import Counter

    from simulator.explore.states import STATES

    counted = Counter(row.state for row in seen[0])
    return {state: counted[state] for state in STATES}


def test_a_damaged_shard_stops_a_compaction_and_harms_nothing(ledger):
    """It is verified first, and then merged."""
    path = ledger.folder / "shards/c5.0000.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerError, match=r"c5\.0000\.parquet is damaged"):
        ledger.compact()
    assert ledger.counts("night")["done"] == 26
    assert ledger.verify().ids == [cell_id(5)]
    assert ledger.compact().after == 1
    assert ledger.counts("night")["done"] == 25


def test_readers_who_were_told_an_old_place_look_again(ledger, monkeypatch):
    """The rows moved while they read; a shard that is really missing is said to be."""
    ids = [cell_id(1), cell_id(2)]
    before = ledger.rows(ids)
    old = ledger.located(ids)
    told = []
    with Ledger.open(ledger.folder, write=False) as reader:
        now = reader.located

        def located(asked):
            told.append(asked)
            return old if len(told) == 1 else now(asked)

        monkeypatch.setattr(reader, "located", located)
        ledger.compact()
        with pytest.raises(LedgerError, match="is missing"):
            read_rows(ledger.folder, list(old.values()))
        pd.testing.assert_frame_equal(reader.rows(ids), before)
        (ledger.folder / "shards/merged-31.0000.parquet").unlink()
        with pytest.raises(LedgerError, match="is missing"):
            reader.rows(ids)
