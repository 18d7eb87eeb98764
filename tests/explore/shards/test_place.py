"""A file appears whole under its name, or not at all."""

import os
import resource
import signal
import subprocess
import sys
import textwrap

import pytest
from small_ledgers import outcome

from simulator.errors import LedgerError
from simulator.explore.shards import place, read_outcomes, write_shard
from simulator.explore.shards.place import put, remove_unfinished

#: Begins to write a shard, says so, and does not end.
HANGS = """
    import os, sys, time
    from pathlib import Path
    from simulator.explore.shards import place
    def hang(temporary, path):
        print("begun", flush=True)
        time.sleep(60)
    place._appear = hang
    place.put(b"half", Path(sys.argv[1]) / "shards" / "c.0000.parquet")
"""


@pytest.fixture
def shards(tmp_path):
    (tmp_path / "shards").mkdir()
    return tmp_path / "shards"


def test_a_name_that_is_taken_stays_what_it_was(shards):
    """Whoever comes second does not overwrite."""
    put(b"first", shards / "a")
    with pytest.raises(FileExistsError):
        put(b"second", shards / "a")
    assert [file.name for file in shards.iterdir()] == ["a"]
    assert (shards / "a").read_bytes() == b"first"


def test_a_chunk_that_runs_twice_writes_beside_itself(tmp_path):
    """The next part that is free is taken, and said."""
    infos = [write_shard(tmp_path, "c", 0, [outcome(n)], [{"n": n}]) for n in range(3)]
    assert [info.part for info in infos] == [0, 1, 2]
    assert [read_outcomes(tmp_path / info.path)[0].id for info in infos] == [outcome(n).id for n in range(3)]


def test_on_a_file_system_without_links_files_are_renamed(shards, monkeypatch):
    """And a taken name is respected there, too."""

    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    put(b"first", shards / "a")
    with pytest.raises(FileExistsError):
        put(b"second", shards / "a")
    assert [file.read_bytes() for file in shards.iterdir()] == [b"first"]


def test_what_a_dead_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path, shards):
    """The lock on the file tells them apart."""
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HANGS), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "begun\n"
        assert remove_unfinished(tmp_path) == 0
        assert len(list(shards.iterdir())) == 1
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        assert remove_unfinished(tmp_path) == 1
        assert list(shards.iterdir()) == []
    finally:
        writer.kill()
        writer.communicate()


def test_a_writer_whose_new_file_was_taken_for_a_dead_ones_begins_again(shards, monkeypatch):
    """Between making the file and locking it there is a moment."""
    import fcntl

    lock, taken = fcntl.flock, []

    def late(descriptor, how):
        if not taken:
            taken.extend(shards.iterdir())
            taken[0].unlink()
        lock(descriptor, how)

    monkeypatch.setattr(place.fcntl, "flock", late)
    put(b"whole", shards / "a")
    assert taken
    assert [(file.name, file.read_bytes()) for file in shards.iterdir()] == [("a", b"whole")]


def test_a_disk_that_is_full_is_said_and_leaves_nothing(tmp_path, shards):
    """A limit on the size of files stands in for the disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(LedgerError, match="cannot be written: File too large; free some space and run again"):
            write_shard(tmp_path, "c", 0, [outcome(1)], [{"n": 1}])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(shards.iterdir()) == []
