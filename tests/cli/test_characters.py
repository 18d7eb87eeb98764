"""A terminal that does not know η is no reason to end with an error."""

from __future__ import annotations

import os

import pytest

from simulator.cli.characters import similar


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_tables_are_printed_in_any_encoding(start, encoding):
    """Headings with Δ, lines of tables, amounts with units: similar characters stand in for those that are unknown."""
    process = start(
        "front", "-j", "squad", "--slowdown", "10",
        encoding=encoding, errors="strict", env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )  # fmt: skip
    out, messages = process.communicate(timeout=60)
    assert process.returncode == 0, messages
    title, _, heading, _, row, legend = out.splitlines()
    dash = "–" if encoding == "cp1252" else "-"
    assert title == f"Least energy, at most 10 % slower than the fastest {dash} SYNTHETIC traces"
    assert heading.split("|")[-1].strip() == "D"
    assert row.startswith("squad|v100")
    assert legend.startswith("Slower, and energy D: against")


def test_columns_stay_below_one_another():
    """What stands in cells is replaced one for one."""
    for text in ("−9.8…+4.9", "–", "1.5\N{NO-BREAK SPACE}MJ", "────", "energy Δ"):
        assert len(similar(text)) == len(text)
        assert similar(text).isascii()
