"""What nobody expects in results: missing numbers, odd names, spoilt tables. The page is made, and says so."""

from __future__ import annotations

import json
import os
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from simulator.report import find, write

ODD = "\u202eevil\x07\x0b</script>" + "x" * 300


@pytest.fixture
def spoilt(results, tmp_path):
    """A replay of a job to be spoilt: a function that takes what shall become of its table."""

    def made(change):
        table = pd.read_parquet(results / "results.parquet")
        about = table.attrs
        table = change(table.loc[table["job"].str.contains("squad")].copy())
        table.attrs = about
        table.to_parquet(tmp_path / "results.parquet")
        shutil.copy(results / "manifest.json", tmp_path)
        shutil.copy(results / "configurations.parquet", tmp_path)
        return tmp_path

    return made


@pytest.mark.parametrize("amount", [np.nan, np.inf, 0.0])
def test_missing_and_endless_amounts_cost_no_page(spoilt, amount):
    """Figures that cannot be drawn are named with the reason, and the rest is shown."""
    folder = spoilt(lambda table: table.assign(energy_j=amount, time_s=amount, cost=amount))
    made = write(folder, folder / "report.html")
    text = made.path.read_text(encoding="utf-8")
    assert "totals" in made.sections
    assert "choices" in made.sections
    assert not re.search(r'(?:[dxy]|points)="[^"]*\bnan\b', text)


def test_names_that_no_page_can_hold_are_mended(spoilt):
    """Controls and turned directions become replacement characters, in text and in figures alike."""
    folder = spoilt(lambda table: table.assign(policy=table["policy"].replace("pruning-gts", ODD)))
    text = write(folder, folder / "report.html").path.read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", text)
    assert text.count("</script>") == 1
    shown = "\N{REPLACEMENT CHARACTER}evil\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}&lt;/script&gt;"
    assert f'<g data-policy="{shown}' in text
    assert f'value="{shown}' in text


def test_tables_of_words_and_tables_without_columns_are_named(results, tmp_path):
    """Each is told with what to do about it; the others are shown."""
    for name in ("transfer", "sensitivity", "price"):
        shutil.copytree(results / name, tmp_path / name)
    words = pd.read_parquet(tmp_path / "transfer" / "transfer.parquet").astype({"cost_pct": str})
    words.to_parquet(tmp_path / "transfer" / "transfer.parquet")
    short = pd.read_parquet(tmp_path / "sensitivity" / "sensitivity.parquet").drop(columns="regret_pct")
    short.to_parquet(tmp_path / "sensitivity" / "sensitivity.parquet")
    made = write(tmp_path, tmp_path / "report.html")
    assert "price" in made.sections
    assert "transfer" not in made.sections
    said = " ".join(f"{name} {reason}" for name, reason in made.problems.items())
    assert "sensitivity.parquet lacks regret_pct" in said
    assert "“transfer” is made from holds what cannot be shown" in said
    text = made.path.read_text(encoding="utf-8")
    assert all(reason.split("(")[0] in text for reason in made.problems.values())


@pytest.mark.parametrize("without", ["job", "traces"])
def test_manifests_that_do_not_say_what_they_are_about_are_named(results, tmp_path, without):
    """A document without job or traces spoils no other."""
    shutil.copytree(results / "price", tmp_path / "price")
    shutil.copytree(results, tmp_path / "torn", ignore=shutil.ignore_patterns("*/", "[!rm]*"))
    content = json.loads((tmp_path / "torn" / "manifest.json").read_text())
    content["common"].pop(without, None)
    for each in content["replays"]:
        each.pop(without, None)
    (tmp_path / "torn" / "manifest.json").write_text(json.dumps(content))
    made = write(tmp_path, tmp_path / "report.html")
    assert list(made.problems) == [f"{tmp_path.name}/torn"]
    assert f"lacks '{without}'" in made.problems[f"{tmp_path.name}/torn"]


def test_folders_that_may_not_be_read_are_named(results, tmp_path):
    """Beside others, one without permission is told."""
    shutil.copytree(results / "price", tmp_path / "price")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.R_OK):
        pytest.skip("who may read everything, as root may, cannot be refused")
    found = find(tmp_path)
    assert [document.kind for document in found.documents] == ["price"]
    assert "Permission denied" in found.problems[0].reason
