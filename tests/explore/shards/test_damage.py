"""A shard that is not as it was written is noticed."""

import random

import pytest
from small_ledgers import outcome

from simulator.errors import LedgerError
from simulator.explore.chunk import Located
from simulator.explore.shards import chunk_shards, read_outcomes, read_rows, read_shard, write_shard


@pytest.fixture
def shard(tmp_path):
    outcomes = [outcome(n) for n in range(50)]
    return tmp_path / write_shard(tmp_path, "c", 0, outcomes, [{"n": n, "x": n / 7} for n in range(50)]).path


@pytest.mark.parametrize("size", [0, 1, 100, -8, -1])
def test_a_torn_shard_is_refused(tmp_path, shard, size):
    """Wherever it ends."""
    data = shard.read_bytes()
    shard.write_bytes(data[:size])
    for read in (lambda: read_shard(tmp_path, shard), lambda: read_outcomes(shard)):
        with pytest.raises(LedgerError, match=r"c\.0000\.parquet is damaged: .*remove it and run the plan again"):
            read()


def test_flipped_bits_among_the_values_are_noticed_when_they_are_read(tmp_path, shard):
    """Pages have checksums."""
    data = bytearray(shard.read_bytes())
    located = Located(outcome(3).id, "shards/c.0000.parquet", 3, 1)
    assert read_rows(tmp_path, [located])["n"].tolist() == [3]
    data[len(data) // 10] ^= 1
    shard.write_bytes(data)
    with pytest.raises(LedgerError, match="is damaged"):
        read_rows(tmp_path, [located])


def test_any_flipped_bit_changes_the_digest(tmp_path, shard):
    """Also where the file still reads."""
    info, _ = read_shard(tmp_path, shard)
    data = shard.read_bytes()
    draw = random.Random(1)
    for _ in range(40):
        at = draw.randrange(len(data))
        shard.write_bytes(data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :])
        try:
            told, _ = read_shard(tmp_path, shard)
        except LedgerError:
            continue
        assert told.sha256 != info.sha256


def test_another_parquet_file_is_no_shard(tmp_path, shard):
    """Whoever put it there."""
    import pandas as pd

    pd.DataFrame({"x": [1]}).to_parquet(shard)
    with pytest.raises(LedgerError, match="is no shard of a sweep"):
        read_shard(tmp_path, shard)


def test_a_missing_shard_is_said_to_be(tmp_path):
    """With what to do."""
    with pytest.raises(LedgerError, match="is missing; run the plan again"):
        read_rows(tmp_path, [Located("0" * 64, "shards/none.0000.parquet", 0, 1)])


def test_shards_of_a_chunk_are_listed_by_part(tmp_path):
    """Those of a chunk with a longer name are not among them."""
    for key, part in (("c", 10), ("c", 2), ("c.1", 0), ("cc", 0)):
        write_shard(tmp_path, key, part, [outcome(part)], [None])
    assert [path.name for path in chunk_shards(tmp_path, "c")] == ["c.0002.parquet", "c.0010.parquet"]
    assert chunk_shards(tmp_path / "nowhere", "c") == []


def test_long_output_is_packed_and_comes_back(tmp_path):
    """Cells that print a lot do not fill the disk with it."""
    told = [outcome(n)._replace(output=f"epoch {n} of 90, loss 0.5\n" * 2000, traceback=None) for n in range(20)]
    told.append(outcome(20, done=False)._replace(traceback="ü" * 5000))
    info = write_shard(tmp_path, "chunk", 0, told, [{"x": 1}] * 20 + [None])
    assert info.bytes < 0.1 * sum(len(each.output or "") for each in told)
    assert [each[3:] for each in read_outcomes(tmp_path / info.path)] == [each[3:] for each in told]
