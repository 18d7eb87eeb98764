"""Whatever stops the writer, whole batches stay."""

from __future__ import annotations

import itertools
import os
import random
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sample_rows import fast_rows, slow_rows

from simulator.collect.sampling import read_samples, stream
from simulator.collect.sampling.schema import FAST, SLOW
from simulator.collect.sampling.stream import StreamWriter, next_files
from simulator.errors import CollectError, SampleError

#: Where `sample_rows` lies.
TESTS = str(Path(__file__).resolve().parents[2])

#: Writes batches of 20 rows as fast as it can, and says so each time that one is written.
WRITER = """
import sys
from pathlib import Path
from sample_rows import fast_rows
from simulator.collect.sampling.schema import FAST
from simulator.collect.sampling.stream import StreamWriter
writer = StreamWriter(Path(sys.argv[1]), FAST, {})
for batch in range(100_000):
    writer.write(fast_rows(20 * batch, 20))
    print(batch + 1, flush=True)
"""


@contextmanager
def files_no_larger_than(size_b):
    """The limit on the size of a file stands in for a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_b, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_written_is_read(tmp_path):
    """Fast and slow rows come back as they went in, with empty cells, lists and what is known of the collection."""
    fast = [*fast_rows(0, 3), (3, 0, 3000, 3009, None, None, 999, None, 3, 0, 0, None, 15)]
    slow = [*slow_rows(0, 2), (2 * 10**9, 10**18 + 2 * 10**9, 0, *[None] * 13)]
    for schema, rows, kind in ((FAST, fast, "fast"), (SLOW, slow, "slow")):
        path = tmp_path / f"{kind}.arrows"
        writer = StreamWriter(path, schema, {"uuids": ["GPU-1"]})
        writer.write(rows[:2])
        writer.write([])
        writer.write(rows[2:])
        writer.close()
        writer.close()
        samples = read_samples(path, kind)
        assert writer.rows == len(samples) == len(rows)
        assert samples.attrs["collection"]["uuids"] == ["GPU-1"]
        assert samples.attrs["collection"]["torn_bytes"] == 0
        for name, *cells in zip(schema.arrow.names, *rows, strict=True):
            found = [None if cell is None or cell != cell else cell for cell in map(_plain, samples[name])]
            assert found == cells, name


def _plain(cell):
    return list(cell) if hasattr(cell, "__len__") else cell


def test_numbers_that_no_column_holds_are_empty(tmp_path):
    """Drivers say "not available" as 2⁶⁴ - 1 here and there; that must not cost the whole batch."""
    writer = StreamWriter(tmp_path / "slow.arrows", SLOW, {})
    row = slow_rows(0, 1)[0]
    writer.write([row, (*row[:-2], 2**64 - 1, [7, 2**32 - 1])])
    writer.close()
    samples = read_samples(tmp_path, "slow")
    assert samples["memory_used_b"].fillna(-1).tolist() == [2**30, -1]
    assert list(samples["pids"][0]) == [10, 2**22]
    assert samples["pids"][1][0] == 7
    assert len(samples["pids"][1]) == 2


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_every_batch_it_wrote(tmp_path, seed):
    """Killed at a random moment: all that was written is there, and nothing but whole batches."""
    path = tmp_path / "samples.arrows"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": TESTS}
    )
    writer.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 0.2))
    writer.kill()
    said = [int(line) for line in writer.communicate()[0].splitlines() if line]
    samples = read_samples(path)
    assert len(samples) % 20 == 0
    assert len(samples) >= 20 * max(said, default=1)
    assert samples["tick"].tolist() == list(range(len(samples)))


@pytest.mark.parametrize("room_b", [7000, 8000, 20_000])
def test_a_full_disk_is_said_and_costs_only_what_did_not_fit(tmp_path, room_b):
    """The error names the file and the reason; the file ends with the last whole batch."""
    writer = StreamWriter(tmp_path / "samples.arrows", FAST, {})
    with files_no_larger_than(room_b), pytest.raises(CollectError, match=r"samples\.arrows: File too large"):
        fill(writer)
    writer.close()
    samples = read_samples(tmp_path)
    assert len(samples) == writer.rows > 0
    assert samples.attrs["collection"]["torn_bytes"] == 0


def fill(writer):
    """Write for ever."""
    for batch in itertools.count():
        writer.write(fast_rows(20 * batch, 20))


def test_no_room_even_for_the_start(tmp_path):
    """The file then holds nothing, and reading it says so."""
    with files_no_larger_than(10), pytest.raises(CollectError, match="Make room there"):
        StreamWriter(tmp_path / "samples.arrows", FAST, {})
    with pytest.raises(SampleError, match="no whole batch"):
        read_samples(tmp_path)


def test_a_disk_that_fails_when_it_is_forced_is_said(tmp_path, monkeypatch):
    """Data that the disk does not take is no data, whatever the write before said."""
    clock = Still()
    writer = StreamWriter(tmp_path / "samples.arrows", FAST, {}, clock=clock)
    writer.write(fast_rows(0, 20))
    monkeypatch.setattr(stream.os, "fsync", _fail)
    clock.now_ns += stream.FSYNC_NS
    with pytest.raises(CollectError, match="Input/output error"):
        writer.write(fast_rows(20, 20))
    writer.close()


def _fail(_):
    raise OSError(5, "Input/output error")


class Still:
    now_ns = 0

    def monotonic_ns(self):
        return self.now_ns


def test_samples_are_forced_to_the_disk_every_five_seconds(tmp_path, monkeypatch):
    """With a batch a second that is every fifth, and at the end."""
    forced, clock = [], Still()
    monkeypatch.setattr(stream.os, "fsync", lambda _: forced.append(clock.now_ns // 10**9))
    writer = StreamWriter(tmp_path / "samples.arrows", FAST, {}, clock=clock)
    for second in range(1, 13):
        clock.now_ns = second * 10**9
        writer.write(fast_rows(20 * second, 20))
    writer.close()
    assert forced == [5, 10, 12]


def test_nothing_is_overwritten(tmp_path):
    """A file that exists is refused; a second sampler in a directory numbers its files, both alike."""
    assert [path.name for path in next_files(tmp_path, ["samples", "slow"])] == ["samples.arrows", "slow.arrows"]
    StreamWriter(tmp_path / "slow.arrows", SLOW, {}).close()
    assert [path.name for path in next_files(tmp_path, ["samples", "slow"])] == ["samples.2.arrows", "slow.2.arrows"]
    (tmp_path / "samples.2.arrows").touch()
    assert [path.name for path in next_files(tmp_path, ["samples", "slow"])] == ["samples.3.arrows", "slow.3.arrows"]
    with pytest.raises(CollectError, match=r"slow\.arrows: File exists"):
        StreamWriter(tmp_path / "slow.arrows", SLOW, {})


def test_a_directory_that_is_gone_is_said(tmp_path):
    """No file can be made in it."""
    with pytest.raises(CollectError, match="No such file or directory"):
        StreamWriter(tmp_path / "gone" / "samples.arrows", FAST, {})
