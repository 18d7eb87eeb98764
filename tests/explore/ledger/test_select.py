"""Cells are found as people name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_ledgers import cell_id, plan

from simulator.errors import UnknownCellError
from simulator.explore.ledger import CellRow, Ledger
from simulator.explore.ledger.select import chosen, resolve


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with Ledger.open(tmp_path_factory.mktemp("sweep")) as made:
        plan(made, range(50))
        yield made


def numbers(ledger, *patterns):
    return [row.position for row in resolve(ledger, "night", patterns)]


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        ([], range(50)),
        (["2"], range(20, 30)),
        (["1:3"], range(10, 30)),
        (["3:"], range(30, 50)),
        ([":1"], range(10)),
        (["1-3"], range(10, 40)),
        ([cell_id(7)[:6]], [7]),
        ([cell_id(7).upper()], [7]),
        (["eta=3"], range(30, 40)),
        (["eta=*_seed=4"], range(4, 50, 10)),
        (["eta=[01]_*", "!*seed=[1-9]"], [0, 10]),
        (["!0:4", "!seed=7"], [40, 41, 42, 43, 44, 45, 46, 48, 49]),
        (["0", "0", cell_id(0)], range(10)),
    ],
)
def test_patterns_name_cells(ledger, patterns, wanted):
    """Rows, identifiers, names, and what is not wanted; always in plan order, each once."""
    assert numbers(ledger, *patterns) == list(wanted)


@pytest.mark.parametrize("pattern", ["7", "5:9", "eta=9", "*nothing*", "!eta=9", "abcdef", ":", "-", "!"])
def test_a_pattern_that_names_nothing_is_said_with_what_there_is(ledger, pattern):
    """A mistyped negation, too, would do more than was meant."""
    with pytest.raises(UnknownCellError, match=r"there are rows 0 to 4, with names such as eta=0_seed=0, "):
        numbers(ledger, pattern)


def test_an_identifier_of_several_cells_is_said_with_these(ledger):
    """More digits decide."""
    alike = [
        CellRow(n, n, "", f"abcd{n}".ljust(64, "0"), f"n{n}", "t", "done", "", 0, *[None] * 6, "{}") for n in (1, 2)
    ]
    with pytest.raises(
        UnknownCellError, match=r"of 2 cells begin with 'abcd': abcd1000.* \(n1\), .*; give more digits"
    ):
        chosen(alike, ["abcd"])
    assert chosen(alike, ["abcd2"]) == alike[1:]
    with pytest.raises(UnknownCellError, match="the grid is empty"):
        chosen([], ["x"])


def test_an_identifier_of_a_row_means_all_of_its_cells():
    """It is the one that tables show; where cells or other rows begin alike, that is said."""
    cells = [
        CellRow(n, n // 2, row.ljust(64, "0"), f"{own}{n}".ljust(64, "0"), f"n{n}", "t", "done", "", 0, *[None] * 6, "")
        for n, (row, own) in enumerate([("aaaa1", "bbbb"), ("aaaa1", "cccc"), ("aaaa2", "cccc"), ("aaaa2", "aaaa2")])
    ]
    assert chosen(cells, ["aaaa1"]) == chosen(cells, ["AAAA10"]) == cells[:2]
    assert chosen(cells, ["!aaaa1"]) == cells[2:]
    assert chosen(cells, ["aaaa23"]) == cells[3:]
    with pytest.raises(UnknownCellError, match=r"of 2 rows begin with 'aaaa': aaaa10* \(row 0\), aaaa20"):
        chosen([*cells[:3]], ["aaaa"])
    with pytest.raises(UnknownCellError, match=r"of 1 cell and 1 row begin with 'aaaa2'"):
        chosen(cells, ["aaaa2"])


@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_a_clear_error(ledger, pattern):
    """Nothing else comes of it."""
    said, found = "", []
    try:
        found = numbers(ledger, pattern)
    except UnknownCellError as error:
        said = str(error)
    assert repr(pattern.removeprefix("!")) in said or found == sorted(set(found)) != [] or pattern == ""
