"""The page about exit codes says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.cli.program import EXIT_CODES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "exit-codes.md"


def rows(heading: str) -> list[list[str]]:
    """Cells of the first table below a heading."""
    text = PAGE.read_text(encoding="utf-8").partition(heading)[2]
    table = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("| \n").split("|")] for line in table[0].splitlines()[2:]]


def test_the_page_lists_the_codes_that_there_are():
    """With the words that the code has for them."""
    assert {int(code): meaning for code, meaning in rows("# Exit codes")} == EXIT_CODES


def sources_that_end_with(code: int) -> set[str]:
    """Commands whose files end with a code of their own."""
    folder = Path(main.callback.__code__.co_filename).parent
    return {
        " ".join(("simulator", *file.relative_to(folder).with_suffix("").parts))
        for file in folder.rglob("*.py")
        if re.search(rf"\.exit\({code}\)", file.read_text(encoding="utf-8"))
    }


def test_the_page_lists_who_ends_with_1():
    """Those that say so in their own files, a group's default by the name of its group; no other."""
    named = {cells[0].strip("`") for cells in rows("## Who ends with 1")}
    found = {name.replace("collect run", "collect") for name in sources_that_end_with(1)}
    assert named == found | {"simulator grid"}


def test_the_page_lists_who_ends_with_2_for_a_reason_of_its_own():
    """Beside refusals, which all commands know."""
    named = {cells[0].strip("`") for cells in rows("## What is special") if cells[1] == "2"}
    assert named == sources_that_end_with(2) | {"simulator replay"}


@pytest.mark.parametrize("command", sorted({cells[0].strip("`") for cells in rows("## Who ends with 1")}))
def test_help_says_so_too(command):
    """Who reads `--help` of a command that may end with 1 learns it there."""
    found = main
    for word in command.split()[1:]:
        found = found.commands[word]
    text = getattr(found, "default", found).help
    assert "exit code" in text.lower(), command
