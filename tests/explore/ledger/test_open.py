"""A ledger is opened, or it is said why not."""

import os
import shutil
import sqlite3
import subprocess

import pytest
from small_ledgers import cell_id, plan, run

from simulator.errors import LedgerError
from simulator.explore.ledger import Ledger
from simulator.explore.ledger.schema import APPLICATION_ID, VERSION


@pytest.fixture
def sweep(tmp_path):
    with Ledger.open(tmp_path / "sweep") as ledger:
        plan(ledger, range(100))
        run(ledger, range(50))
    return tmp_path / "sweep"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_new_folder_explains_itself(sweep):
    """What lies where is in a README, and SQLite's own files are gone when nobody uses them."""
    names = {path.name for path in sweep.iterdir()}
    assert names == {"ledger.db", "driver.lock", "README.txt", "shards", "grids", "jobs", "logs", "requests"}
    head = (sweep / "ledger.db").read_bytes()[:100]
    assert int.from_bytes(head[60:64], "big") == VERSION
    assert int.from_bytes(head[68:72], "big") == APPLICATION_ID


def test_a_folder_without_a_ledger_is_not_read(tmp_path):
    """And nothing is made there."""
    with pytest.raises(LedgerError, match=r"holds no sweep: there is no ledger\.db in it"):
        Ledger.open(tmp_path, write=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [True, False])
def test_a_ledger_of_a_newer_version_is_refused_and_stays_as_it_is(sweep, write):
    """To the byte; the message says what to do."""
    con = sqlite3.connect(sweep / "ledger.db")
    con.execute("PRAGMA journal_mode = DELETE")
    con.execute(f"PRAGMA user_version = {VERSION + 3}")
    con.close()
    before = files(sweep)
    with pytest.raises(
        LedgerError, match=rf"newer simulator: its tables have version {VERSION + 3}.*update the simulator"
    ):
        Ledger.open(sweep, write=write)
    del before["driver.lock"]
    after = files(sweep)
    del after["driver.lock"]
    assert after == before


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("damage", ["cut", "head", "middle"])
def test_a_damaged_ledger_is_said_with_the_way_to_save_the_results(sweep, damage, write):
    """The results lie in the shards."""
    path = sweep / "ledger.db"
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "head":
        data[:16] = b"something else.."
    else:
        data[8192:] = os.urandom(len(data) - 8192)
    path.write_bytes(data)
    said = r"ledger.db is damaged: .*The results are not in it but in .*shards: move ledger.db .*takes up the results"
    with pytest.raises(LedgerError, match=said):
        read_all(sweep, write)


def read_all(sweep, write):
    with Ledger.open(sweep, write=write) as ledger:
        return ledger.counts("night"), list(ledger.cells("night", content=True))


def test_results_survive_a_lost_ledger(sweep):
    """As the message says: move it away, run the plan again."""
    for file in sweep.glob("ledger.db*"):
        file.unlink()
    with Ledger.open(sweep) as ledger:
        adopted = ledger.adopt()
        assert (adopted.shards, adopted.cells) == (1, 50)
        assert sum(ledger.counts().values()) == 0
        planned = plan(ledger, range(100))
        assert (planned.new, planned.known) == (50, 50)
        assert ledger.counts("night")["done"] == 50
        assert ledger.durations().by_task == {"plan.Train": 0.5}


def test_a_database_of_another_program_is_left_alone(tmp_path):
    """It is not ours to write."""
    con = sqlite3.connect(tmp_path / "ledger.db")
    con.execute("PRAGMA user_version = 7")
    con.execute("CREATE TABLE t (x)")
    con.close()
    before = (tmp_path / "ledger.db").read_bytes()
    for write in (True, False):
        with pytest.raises(LedgerError, match="is a database of another program; choose another folder"):
            Ledger.open(tmp_path, write=write)
    assert (tmp_path / "ledger.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"", None])
def test_a_ledger_whose_maker_died_at_once_is_made_again(tmp_path, content):
    """Before the first byte, or before the tables."""
    if content is None:
        con = sqlite3.connect(tmp_path / "ledger.db")
        con.execute("CREATE TABLE t (x)")
        con.execute("DROP TABLE t")
        con.close()
    else:
        (tmp_path / "ledger.db").write_bytes(content)
    with Ledger.open(tmp_path) as ledger:
        assert plan(ledger, range(2)).new == 2


def test_readers_read_while_a_driver_writes(sweep):
    """They see what was written whole, and change nothing."""
    with Ledger.open(sweep) as driver, Ledger.open(sweep, write=False) as reader:
        with driver.transaction():
            run(driver, range(50, 60), key="more")
            assert reader.counts("night")["done"] == 50
        assert reader.counts("night")["done"] == 60
        with pytest.raises(LedgerError, match="was opened to read"):
            reader.retry([cell_id(1)])
    assert not list(sweep.glob("ledger.db-*"))
    with Ledger.open(sweep, write=False) as reader:
        reader.digests.put(("/a", 1), "x")
        assert reader.digests.get(("/a", 1)) == "x"
    with Ledger.open(sweep, write=False) as reader:
        assert reader.digests.get(("/a", 1)) is None
    assert not list(sweep.glob("ledger.db-*"))


def test_digests_are_kept_for_the_file_as_it_was_seen_last(sweep):
    """One for each path."""
    with Ledger.open(sweep) as ledger:
        ledger.digests.put(("/a", 1, 2.5), "one")
        ledger.digests.put(("/a", 2, 2.5), "two")
    with Ledger.open(sweep, write=False) as ledger:
        assert ledger.digests.get(("/a", 2, 2.5)) == "two"
        assert ledger.digests.get(("/a", 1, 2.5)) is None


@pytest.fixture
def sealed(sweep, tmp_path):
    """A way to make the folder read-only: by a mount for root, whom permissions do not stop, or by permissions."""
    place = tmp_path / "mounted"
    place.mkdir()

    def seal():
        if os.geteuid():
            for path in (sweep, *sweep.rglob("*")):
                path.chmod(0o555 if path.is_dir() else 0o444)
            return sweep
        for words in (["--bind", str(sweep), str(place)], ["-o", "remount,ro,bind", str(place)]):
            if subprocess.run(["mount", *words], capture_output=True, check=False).returncode:
                pytest.skip("this root may not mount")
        return place

    yield seal
    if os.geteuid():
        for path in (sweep, *sweep.rglob("*")):
            path.chmod(0o755)
    else:
        subprocess.run(["umount", str(place)], capture_output=True, check=False)


def test_a_folder_that_cannot_be_written_is_read(sealed):
    """No file of SQLite can be made there."""
    folder = sealed()
    before = files(folder)
    with Ledger.open(folder, write=False) as ledger:
        assert ledger.counts("night")["done"] == 50
        assert len(list(ledger.cells("night"))) == 100
    assert files(folder) == before
    with pytest.raises(LedgerError, match=r"cannot be used: (Read-only file system|Permission denied); choose another"):
        Ledger.open(folder)


def test_a_log_that_a_dead_driver_left_is_read_where_nothing_can_be_written(sweep, sealed):
    """What was recorded last is in it."""
    with Ledger.open(sweep) as ledger:
        run(ledger, range(50, 80), key="more")
        for name in ("ledger.db", "ledger.db-wal"):
            shutil.copyfile(sweep / name, sweep / f"{name}.kept")
    for name in ("ledger.db", "ledger.db-wal"):
        (sweep / f"{name}.kept").replace(sweep / name)
    folder = sealed()
    with Ledger.open(folder, write=False) as ledger:
        assert ledger.counts("night")["done"] == 80


@pytest.mark.parametrize("write", [True, False])
def test_a_ledger_that_is_cut_short_is_refused_at_once(sweep, write):
    """Not when the part that is missing is first read."""
    os.truncate(sweep / "ledger.db", (sweep / "ledger.db").stat().st_size - 4096)
    with pytest.raises(LedgerError, match=r"it is cut short: [0-9]+ of [0-9]+ bytes are there"):
        Ledger.open(sweep, write=write)
