"""Files and traces are known by what is in them; what was hashed once is hashed again only if it may have changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time

import pandas as pd
import pytest

from simulator import Traces, read_traces
from simulator.errors import ConfigError, SimulatorError
from simulator.explore import Config, File, Recorded
from simulator.explore.config import digests_kept_in
from simulator.explore.config.content import digest as digests
from simulator.trace.locate import bundled_directory


class Cell(Config):
    words: File | None = None
    traces: Recorded | None = None


class Cache(dict):
    """A cache that outlives a process, as a ledger is."""

    def put(self, key, digest):
        self[key] = digest


@pytest.fixture
def counted(monkeypatch):
    """Forget all digests, and count those that are taken."""
    monkeypatch.setattr(digests, "_in_memory", {})
    taken = []
    real = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, how: taken.append(file.name) or real(file, how))
    return taken


@pytest.fixture
def patient(monkeypatch):
    """Look from ten seconds later, so that no file is fresh; a file's time of change cannot be set back."""
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 10_000_000_000)


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled traces."""
    return shutil.copytree(bundled_directory(), tmp_path / "traces")


def test_a_digest_is_that_of_the_bytes(tmp_path):
    """Anyone can check it with sha256sum."""
    (tmp_path / "words").write_bytes(b"words")
    assert File(tmp_path / "words").digest == File(tmp_path / "words").sha256 == hashlib.sha256(b"words").hexdigest()


def test_an_unchanged_file_is_hashed_once(tmp_path, counted, patient):
    """A grid of a million cells on one file reads it once."""
    (tmp_path / "words").write_text("words")
    assert len({Cell(words=File(tmp_path / "words")).id for _ in range(5)}) == 1
    assert len(counted) == 1


def test_a_fresh_file_is_hashed_each_time(tmp_path, counted):
    """It could change again within what its times can tell; the digest is right all the same."""
    file = tmp_path / "words"
    file.write_text("words")
    File(file).measure(), File(file).measure()
    assert len(counted) == 2


def test_an_edit_that_hides_its_traces_is_seen(tmp_path, counted):
    """Same size, same time of modification, at once after the first look: git calls it racily clean."""
    file = tmp_path / "words"
    file.write_text("before")
    status = file.stat()
    before = File(file).digest
    file.write_text("after!")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert File(file).digest != before


def test_a_file_from_the_future_is_hashed_each_time(tmp_path, counted, patient):
    """A clock was wrong, or is; nothing is taken for granted."""
    file = tmp_path / "words"
    file.write_text("words")
    os.utime(file, (time.time() + 3600, time.time() + 3600))
    File(file).measure(), File(file).measure()
    assert len(counted) == 2


def test_digests_are_kept_for_other_processes(tmp_path, counted, patient, monkeypatch):
    """By path, size, times and inode."""
    (tmp_path / "words").write_text("words")
    cache = Cache()
    with digests_kept_in(cache):
        digest = File(tmp_path / "words").digest
    monkeypatch.setattr(digests, "_in_memory", {})  # another process
    with digests_kept_in(cache):
        assert File(tmp_path / "words").digest == digest
    assert len(counted) == 1
    (key,) = cache
    assert key[0] == f"file\n{tmp_path / 'words'}"
    assert key[1] == 5


def test_a_digest_from_before_the_cache_was_there_is_kept_in_it(tmp_path, counted, patient):
    """A plan makes its cells before the ledger is open."""
    (tmp_path / "words").write_text("words")
    File(tmp_path / "words").measure()
    with digests_kept_in(cache := Cache()):
        File(tmp_path / "words").measure()
    assert len(cache) == len(counted) == 1


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    """And given up with a reason if it does not stop."""
    file = tmp_path / "words"
    file.write_text("1")
    reads = []

    def measure():
        reads.append(file.read_text())
        if len(reads) < stop:
            file.write_text("1" * (len(reads) + 1))
        return reads[-1]

    stop = 3
    assert digests.digest_of("file", [file], measure) == "111"
    reads.clear()
    stop = 100
    with pytest.raises(ConfigError, match="changed 3 times while being read"):
        digests.digest_of("file", [file], measure)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: None])
def test_a_file_that_cannot_be_read_is_named(tmp_path, make):
    """When the id is asked for, which is still in the plan."""
    make(tmp_path / "words")
    with pytest.raises(ConfigError, match=r"words cannot be (read|looked at)"):
        _ = Cell(words=tmp_path / "words").id


def test_what_was_edited_since_is_refused(tmp_path, folder):
    """Or a result would be filed under the content that it is not of."""
    (tmp_path / "words").write_text("before")
    cell = Cell(words=tmp_path / "words", traces=f"{folder}@v100").seal()
    _ = cell.id
    assert cell.words.read_text() == "before"
    (tmp_path / "words").write_text("after!")
    edit(folder)
    with pytest.raises(ConfigError, match=r"words has changed since .* Run the plan again"):
        cell.words.read_bytes()
    with pytest.raises(ConfigError, match=r"traces@v100 has changed since"):
        cell.traces.read()


def edit(folder, factor=1.01):
    """Change one number of the power trace of a V100."""
    file = next(folder.glob("*power_v100*"))
    table = pd.read_csv(file)
    table.loc[0, "average_power"] *= factor
    table.to_csv(file, index=False)


def test_traces_are_known_by_their_tables(folder, tmp_path):
    """Neither place nor file format matters; the GPU and every number do."""
    first = Recorded(folder, "v100").digest
    assert first == Recorded(read_traces(folder, gpu="v100")).digest
    moved = folder.rename(tmp_path / "moved")
    file = next(moved.glob("*train*"))
    pd.read_csv(file).to_parquet(moved / "train.parquet")
    file.unlink()
    assert Recorded(moved, "V100").digest == first
    other = next(name for name in ("a40", "p100", "rtx6000") if list(moved.glob(f"*power_{name}*")))
    assert Recorded(moved, other).digest != first
    edit(moved)
    assert Recorded(moved, "v100").digest != first


def test_an_edited_trace_is_another_cell_in_the_same_slot(folder):
    """The cell runs again, and one can say why."""
    before = Cell(traces=f"{folder}@v100").seal()
    ids = before.id, before.slot_id
    edit(folder)
    after = Cell(traces=f"{folder}@v100")
    assert after.id != ids[0]
    assert after.slot_id == ids[1]


def test_whether_traces_are_synthetic_is_part_of_them(folder):
    """Results carry the label, so an edited one makes other cells; other words about the traces make none."""
    about = folder / "trace.json"
    told = json.loads(about.read_text())
    before = Recorded(folder, "v100")
    assert told["synthetic"]
    assert before.read().synthetic
    about.write_text(json.dumps(told | {"description": "other words"}))
    assert Recorded(folder, "v100").digest == before.digest
    about.write_text(json.dumps(told | {"synthetic": False}))
    after = Recorded(folder, "v100")
    assert not after.read().synthetic
    assert after.digest == after.read().content_hash != before.digest


def test_traces_are_hashed_once_while_their_files_stay(folder, patient, monkeypatch):
    """Both files of a GPU decide, and no other."""
    monkeypatch.setattr(digests, "_in_memory", {})
    with digests_kept_in(cache := Cache()):
        Recorded(folder, "v100").measure()
        Recorded(folder, "v100").measure()
        (folder / "README.md").write_text("more words")
        Recorded(folder, "v100").measure()
        assert len(cache) == 1
        edit(folder)
        Recorded(folder, "v100").measure()
        assert len(cache) == 2


def test_traces_at_hand_enter_by_their_content(folder):
    """They are the same as those in the files that they came from; made again later, they cannot be read."""
    traces = read_traces(folder, gpu="v100")
    cell = Cell(traces=traces)
    assert cell.id == Cell(traces=f"{folder}@v100").id
    assert cell.traces.read() is traces
    assert isinstance(traces, Traces)
    back = Cell.from_plain(cell.plain(), {}.__getitem__)
    assert back.id == cell.id
    with pytest.raises(ConfigError, match="were given as tables and lie in no file"):
        back.traces.read()


def test_traces_are_named_as_elsewhere(folder, monkeypatch):
    """A directory, the bundled ones, or a GPU behind an @; a folder with an @ in its name is itself."""
    assert Recorded("@v100").digest == Recorded(None, "v100").digest == Recorded(bundled_directory(), "V100").digest
    odd = folder.rename(folder.with_name("mine@home"))
    assert Recorded(str(odd), "v100").read().gpu == "v100"
    monkeypatch.chdir(odd.parent)
    assert Recorded("mine@home", "v100").source == str(odd)
    with pytest.raises(SimulatorError, match="choose one: gpu="):
        _ = Recorded(odd).digest
    with pytest.raises(SimulatorError, match="no GPU 'v1000'"):
        _ = Recorded(odd, "v1000").digest
    with pytest.raises(SimulatorError, match="no directory nowhere"):
        _ = Recorded("nowhere").digest


def test_a_process_reads_the_same_traces_once():
    """Many cells, one table."""
    assert Recorded("@v100").read() is Recorded(None, "v100").read()


def test_a_missing_file_is_what_is_said_whatever_it_is_called(tmp_path):
    """A name with the word "digits" is no number without text."""
    with pytest.raises(ConfigError, match=r"digits\.toml") as caught:
        _ = Cell(words=tmp_path / "digits.toml").id
    assert "whole number" not in str(caught.value)
