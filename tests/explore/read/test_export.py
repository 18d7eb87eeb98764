"""Tables as files."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from simulator.errors import ConfigError
from simulator.explore import export_table, read_table
from simulator.explore.read.columns import Column
from simulator.explore.read.displays import Display
from simulator.explore.read.html import html
from simulator.explore.read.latex import latex

ALL = ["table.csv", "table.parquet", "table.tex", "table.html"]


@pytest.mark.parametrize("name", ALL)
def test_equal_results_make_equal_files_whoever_ran_the_cells(sweep, tmp_path, name):
    """To the byte: another executor, other chunks, another order of ends, another day."""
    one = export_table(read_table(sweep(folder="one")), tmp_path / f"one-{name}")
    other = export_table(read_table(sweep(folder="other", executor="pool", workers=2)), tmp_path / f"other-{name}")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("name", "read"), [("table.csv", pd.read_csv), ("table.parquet", pd.read_parquet)])
def test_floats_survive_to_the_bit(sweep, tmp_path, name, read):
    """What is read back is the table."""
    table = read_table(sweep(), baseline={"policy": "default"})
    back = read(export_table(table, tmp_path / name))
    pd.testing.assert_frame_equal(back, table, check_exact=True, check_dtype=name.endswith("parquet"))


@pytest.mark.parametrize("name", ALL)
def test_synthetic_data_are_called_so_wherever_they_are_shown(sweep, tmp_path, name):
    """Nobody may take them for measured."""
    assert b"SYNTHETIC" in export_table(read_table(sweep()), tmp_path / name).read_bytes()


def test_latex_has_the_rules_of_booktabs_and_no_sign_that_means_something():
    """Groups span their columns, and a field called a_b is written so."""
    shown = Display(
        [
            Column(("a_b",), "<", ["50%", "x & y"]),
            Column(("test", "loss"), ">", ["1 ± 0.5", "–"]),
            Column(("test", "top1"), ">", ["2", "3"]),
        ]
    )
    text = latex(shown, title="grid_1", note="SYNTHETIC traces")
    assert r"\begin{tabular}{lrr}" in text
    assert r" & \multicolumn{2}{c}{test} \\" in text
    assert r"\cmidrule(lr){2-3}" in text
    assert r"50\% & 1 $\pm$ 0.5 & 2 \\" in text
    assert r"x \& y & -- & 3 \\" in text
    assert r"\caption{grid\_1. \textbf{SYNTHETIC traces}}" in text
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]


def test_a_page_needs_nothing_else_and_runs_nothing():
    """No address is fetched, and a name is text, whatever is in it."""
    shown = Display([Column(("<b>",), "<", ["<script>alert(1)</script>"]), Column(("g", "x"), ">", ["1"])])
    page = html(shown, title="a & b")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href|url)\s*[=(]|https?:", page)


def test_the_end_of_a_name_says_the_format_unless_somebody_does(sweep, tmp_path):
    """What neither says is refused, with what there is."""
    table = read_table(sweep())
    assert export_table(table, tmp_path / "noend", format="csv").read_text().startswith("index,name")
    with pytest.raises(ConfigError, match=r"noend does not end like a table; end it in \.csv"):
        export_table(table, tmp_path / "noend")
    with pytest.raises(ConfigError, match=r"format 'cvs' is none of csv, .*did you mean 'csv'"):
        export_table(table, tmp_path / "noend", format="cvs")


def test_a_file_is_replaced_whole_or_not_at_all(sweep, tmp_path, monkeypatch):
    """A full disk leaves the earlier table as it was."""
    table = read_table(sweep())
    file = export_table(table, tmp_path / "table.csv")
    before = file.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space"):
        export_table(table, file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".csv"] == ["table.csv"]
