"""What tests of several commands share: few and quick replays, and folders that explain themselves."""

from __future__ import annotations

import json
import math

import pandas as pd

#: One job, few seeds, few recurrences.
QUICK = ("-j", "squad", "--seeds", "0:3", "--recurrences", "4")

TITLE = "squad (bert_base_uncased, adamw, target 84, default batch size 32) on v100 – SYNTHETIC traces"


def json_rows(result):
    """Read the lines of a command that succeeded in silence."""
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def plain(table):
    """Rows of a table of the library as JSON has them: every digit, null for what is missing, words for infinity."""
    rows = table.astype(object).where(table.notna(), None).replace({math.inf: "inf"}).to_dict("records")
    return json.loads(json.dumps(rows))


def check_folder(folder, name, *tables):
    """Hold a folder's files, tables and document against one another; return the document and the tables."""
    document = json.loads((folder / f"{name}.json").read_text())
    assert document["format"] == f"trace-simulator {name} 1"
    assert document["files"] == [*(f"{table}.parquet" for table in tables), f"{name}.json"]
    assert {file.name for file in folder.iterdir()} == set(document["files"])
    found = {table: pd.read_parquet(folder / f"{table}.parquet") for table in tables}
    for table, rows in found.items():
        assert document[table] == plain(rows)
    return document, found


def check_replaces_only_its_own(folder, again, gone):
    """A second run takes away what the first left, and nothing of anybody else."""
    (folder / "mine.parquet").touch()
    assert (folder / gone).exists()
    assert again().exit_code == 0
    assert (folder / "mine.parquet").exists()
    assert not (folder / gone).exists()
    assert not list(folder.glob(".replay.*"))
