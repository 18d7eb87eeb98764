"""Tables for people and for programs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from simulator.cli.show import json_lines, show


def test_json_keeps_numbers_and_says_null(capsys):
    """Programs get every digit; what is missing is null and infinity a word, since JSON has neither."""
    frame = pd.DataFrame(
        {
            "x": [0.1 + 0.2, np.nan, np.inf],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "word": ["a", "ü", "c"],
            "yes": [True, False, True],
            "many": [[1, 2], [], [np.int64(3)]],
        }
    )
    json_lines(frame)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        {"x": 0.1 + 0.2, "n": 1, "word": "a", "yes": True, "many": [1, 2]},
        {"x": None, "n": None, "word": "ü", "yes": False, "many": []},
        {"x": "inf", "n": 3, "word": "c", "yes": True, "many": [3]},
    ]


def test_a_table_off_a_terminal_has_no_colours_and_is_not_cut(capsys):
    """Pipes and files get text, as wide as it takes; brackets are text too, and nothing is a dash."""
    show(pd.DataFrame({"energy [MJ]": [1.25, np.nan], "what": ["w" * 150, "[bold]"]}), title="T", caption="C")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    lines = [line.rstrip() for line in out.splitlines()]
    assert lines[0] == "T"
    assert lines[1].split() == ["energy", "[MJ]", "what"]
    assert lines[3].split() == ["1.25", "w" * 150]
    assert lines[4].split() == ["–", "[bold]"]
    assert lines[5] == "C"


def test_numbers_stand_right_and_words_left(capsys):
    """As people read them."""
    show(pd.DataFrame({"n": [1, 100], "word": ["a", "abc"], "change": ["-9.3%", "+127%"]}))
    *_, first, second = capsys.readouterr().out.splitlines()
    assert first.rstrip() == "  1 a     -9.3%"
    assert second.rstrip() == "100 abc   +127%"


@pytest.mark.parametrize("width", [3, 12, 30])
def test_no_width_cuts_a_word(capsys, monkeypatch, width):
    """A name in slices is no name: text breaks between words, and a table that cannot shrink sticks out."""
    monkeypatch.setenv("COLUMNS", str(width))
    show(pd.DataFrame({"policy": ["successive-halving"], "what": ["one after another"], "n": ["12.5* "]}))
    out = capsys.readouterr().out
    assert {"successive-halving", "another", "12.5*"} <= set(out.split())


def test_optional_columns_go_first_to_last(capsys, monkeypatch):
    """As many as it takes, and no more."""
    monkeypatch.setenv("COLUMNS", "18")
    show(pd.DataFrame({"name": ["a" * 10], "x": ["1111"], "y": ["2222"], "z": ["3333"]}), optional=["y", "x", "z"])
    assert capsys.readouterr().out.split()[:2] == ["name", "z"]
