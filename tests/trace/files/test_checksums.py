"""Every packed format notices a changed byte of its content."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.errors import TraceError
from simulator.trace.files import parquet as module
from simulator.trace.files import read_table, write_table


@pytest.mark.parametrize("rows", [1, 200, 20_000])
def test_every_changed_byte_of_a_zst_file_is_noticed(rows: int, tmp_path: Path) -> None:
    """A frame that is one bit off is refused, in its middle as in its checksum; nothing else is read in silence."""
    path = tmp_path / "power.csv.zst"
    table = pd.DataFrame({"a": np.random.default_rng(1).random(rows)})
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path), table, check_exact=True)
    whole = path.read_bytes()
    for at in {*range(4, 12), len(whole) // 3, len(whole) // 2, *range(len(whole) - 6, len(whole))}:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(TraceError, match=re.escape(str(path))):
            read_table(path)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to tell how much memory is reserved")
def test_damaged_files_reserve_no_memory(tmp_path: Path) -> None:
    """Whatever a header promises, 24 damaged files leave no address space behind: later processes could not start."""
    path = tmp_path / "power.csv.zst"
    write_table(pd.DataFrame({"a": range(1000)}), path)
    whole = path.read_bytes()
    descriptors = [whole[4], 0x00, 0x80]  # sound, then windows of up to gigabytes
    before = reserved()
    for at, descriptor in product((len(whole) // 2, len(whole) - 1), descriptors * 4):
        damaged = bytearray(whole)
        damaged[4], damaged[at] = descriptor, whole[at] ^ 1
        path.write_bytes(damaged)
        with pytest.raises(TraceError):
            read_table(path)
    assert reserved() - before < 1 << 29


def reserved() -> int:
    """Address space of this process [bytes]."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


@pytest.mark.skipif(shutil.which("zstd") is None, reason="needs the zstd command")
def test_others_can_check_our_zst_files(tmp_path: Path) -> None:
    """The checksum is one that the reference implementation verifies."""
    write_table(pd.DataFrame({"a": range(1000)}), tmp_path / "a.csv.zst")
    listed = subprocess.run(["zstd", "-lv", tmp_path / "a.csv.zst"], check=True, capture_output=True, text=True).stdout
    assert "XXH64" in listed
    subprocess.run(["zstd", "-t", tmp_path / "a.csv.zst"], check=True, capture_output=True)


def test_a_footer_that_miscounts_is_noticed(tmp_path: Path) -> None:
    """No checksum covers a Parquet footer: its rows are counted in row groups and columns."""
    path = tmp_path / "power.parquet"
    write_table(pd.DataFrame({"a": range(300)}), path)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    count = b"\x16\xd8\x04"  # the next field, of 64 bits, is 300: as thrift writes it
    at = [i for i in range(footer, len(whole)) if whole[i : i + 3] == count]
    assert len(at) == 3  # the file's rows, the column's values, the row group's rows
    for i in at:
        path.write_bytes(whole[:i] + b"\x16\xd6\x04" + whole[i + 3 :])
        with pytest.raises(TraceError, match=r"299|300"):
            read_table(path)


def test_a_reader_that_loses_rows_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as the footer says are handed over, or none."""
    path = tmp_path / "power.parquet"
    write_table(pd.DataFrame({"a": range(300)}), path)
    monkeypatch.setattr(module.pq.ParquetFile, "read", lambda *_: pa.table({"a": [1]}))
    with pytest.raises(TraceError, match="says 300 rows where 1 are stored"):
        read_table(path)


def test_nested_columns_of_others_are_no_damage(tmp_path: Path) -> None:
    """A list column has more values than rows, and is left to validation."""
    pq.write_table(pa.table({"a": [[1, 2], [3]]}), tmp_path / "a.parquet")
    assert len(read_table(tmp_path / "a.parquet")) == 2
