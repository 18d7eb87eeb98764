"""A table on a terminal that is too narrow for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from rich.console import Console

from simulator.cli.grid.look import as_text, print_display, split
from simulator.explore.read.columns import Column
from simulator.explore.read.displays import Display

DISPLAY = Display(
    [
        Column(("index",), ">", ["0", "1"]),
        Column(("policy",), "<", ["default", "thrifty"]),
        Column(("cost", "mean"), ">", ["1.000", "2.000"]),
        Column(("cost", "low"), ">", ["0.900", "1.900"]),
        Column(("verdict",), "<", ["better", "cannot tell"]),
    ]
)


def test_what_fits_stays_one_table():
    """There is nothing to part."""
    assert split(DISPLAY, 80) == [DISPLAY]
    assert split(Display([]), 80) == [Display([])]


def test_a_wide_table_is_parted_between_columns():
    """Each part has the index, no line is wider than the terminal, and nothing is lost."""
    parts = split(DISPLAY, 24)
    lines = [line for part in parts for line in as_text(part).plain.splitlines()]
    assert len(parts) > 1
    assert max(map(len, lines)) <= 24
    assert all(part.columns[0].headings == ("index",) for part in parts)
    assert [each for part in parts for each in part.columns[1:]] == DISPLAY.columns[1:]


def test_a_column_that_is_wider_than_the_terminal_is_not_cut():
    """The terminal breaks its lines; all else would lose what it says."""
    assert [len(part.columns) for part in split(DISPLAY, 5)] == [2, 2, 2, 2]


def printed(monkeypatch, capsys, display: Display, width: int) -> str:
    monkeypatch.setattr("simulator.cli.terminal.on_terminal", lambda **_: True)
    monkeypatch.setattr("rich.console.Console", partial(Console, force_terminal=True, width=width, color_system=None))
    print_display(display)
    return capsys.readouterr().out


def test_what_says_least_is_left_out_only_if_the_rest_is_one_table(monkeypatch, capsys):
    """In parts there is room for everything."""
    columns = [replace(column, rank=int(column.headings == ("verdict",))) for column in DISPLAY.columns]
    assert "verdict" not in printed(monkeypatch, capsys, Display(columns), 35)
    parts = printed(monkeypatch, capsys, Display(columns), 24)
    assert parts.count("index") > 1
    assert "cannot tell" in parts
