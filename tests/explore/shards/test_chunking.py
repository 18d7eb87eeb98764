"""A table depends on the cells asked for, and on nothing else."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledgers import cell_id, outcome

from simulator.errors import LedgerError
from simulator.explore.chunk import Located
from simulator.explore.shards import read_outcomes, read_rows, write_shard
from simulator.explore.shards.merge import merge_shards

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 3),
    st.floats(),
    st.sampled_from(["gts", "", "ü"]),
)
ROWS = st.dictionaries(st.sampled_from(["a", "b", "a (int64)", "b (string)"]), VALUES, max_size=4)
FRAMES = st.sampled_from(
    [
        pd.DataFrame({"a": pd.Categorical(["x", "y"])}),
        pd.DataFrame({"a": pd.Categorical(["x"], ["z", "x"]), "b": [np.uint8(1)]}),
        pd.DataFrame({"b": np.array(["2026-01-01"], dtype="datetime64[s]")}),
        pd.DataFrame({"a": np.array([], dtype=np.float32)}),
    ]
)
RESULTS = st.one_of(ROWS, st.lists(ROWS, max_size=3), st.none(), FRAMES)


def laid_out(folder, results, cuts):
    """Store results of cells in chunks; say where those lie that could be stored."""
    located = []
    for chunk, (first, last) in enumerate(zip([0, *cuts], [*cuts, len(results)], strict=True)):
        outcomes = [outcome(n) for n in range(first, last)]
        info = write_shard(folder, f"c{chunk}", 0, outcomes, results[first:last])
        row = 0
        for told in read_outcomes(folder / info.path):
            if told.done:
                located.append(Located(told.id, info.path, row, told.rows))
                row += told.rows
    return located


def merged(folder, located):
    """Put all shards into one, and say where the cells lie now."""
    shards = dict.fromkeys(place.shard for place in located)
    placed = [
        (folder / shard, {p.id: (p.offset, p.rows) for p in located if p.shard == shard}, lambda _: False)
        for shard in shards
    ]
    info, firsts = merge_shards(folder, "merged", placed)
    return [Located(p.id, info.path, firsts[p.id], p.rows) for p in located]


def to_the_bit(df):
    """A table as types and bits, in which NaN equals itself and 0 does not equal -0."""
    held = {}
    for name in df:
        column = df[name]
        if column.dtype.kind == "f":
            held[name] = (str(column.dtype), column.to_numpy().tobytes())
        else:
            values = [x.hex() if isinstance(x, float) else (type(x), str(x)) for x in column.tolist()]
            categories = column.cat.categories.tolist() if str(column.dtype) == "category" else None
            held[name] = (str(column.dtype), values, categories)
    return list(held.items())


@settings(max_examples=150, deadline=None)
@given(results=st.lists(RESULTS, min_size=1, max_size=6), data=st.data())
def test_the_same_cells_make_the_same_table_however_they_were_put_into_chunks(results, data):
    """All at once, each alone, in any chunks, merged; some of the cells, in any order."""
    with tempfile.TemporaryDirectory() as room:
        n = len(results)
        cuts = sorted(data.draw(st.sets(st.integers(1, n - 1)) if n > 1 else st.just(set())))
        ways = []
        for name, where in (("one", []), ("each", list(range(1, n))), ("some", cuts)):
            folder = Path(room) / name
            ways.append((folder, laid_out(folder, results, where)))
        ways.append((ways[1][0], merged(*ways[1])))
        wanted = data.draw(st.permutations([place.id for place in ways[0][1]]))
        wanted = wanted[: data.draw(st.integers(0, len(wanted)))]
        tables = []
        for folder, located in ways:
            by_id = {place.id: place for place in located}
            tables.append(to_the_bit(read_rows(folder, [by_id[cell] for cell in wanted])))
        assert all(table == tables[0] for table in tables)


def test_a_table_is_read_whole_from_many_shards_in_the_order_asked_for(tmp_path):
    """Ten cells of two rows in five shards, backwards."""
    results = [[{"n": 2 * n}, {"n": 2 * n + 1}] for n in range(10)]
    located = laid_out(tmp_path, results, [2, 4, 6, 8])
    df = read_rows(tmp_path, located[::-1])
    assert df["n"].tolist() == [n for cell in range(9, -1, -1) for n in (2 * cell, 2 * cell + 1)]
    assert df["cell"].tolist()[::2] == [cell_id(n) for n in range(9, -1, -1)]


@pytest.mark.parametrize("wrong", [{"offset": 1}, {"offset": 0, "rows": 99}, {"id": cell_id(7)}])
def test_rows_of_other_cells_are_never_taken_for_theirs(tmp_path, wrong):
    """A place that holds another cell, or none, is noticed."""
    [first, _] = laid_out(tmp_path, [{"n": 0}, {"n": 1}], [])
    with pytest.raises(LedgerError, match="holds other cells than the ledger says"):
        read_rows(tmp_path, [first._replace(**wrong)])
