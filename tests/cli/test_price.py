"""`simulator price`: replays by the hour."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from small_runs import QUICK, TITLE, check_folder, check_replaces_only_its_own, json_rows, plain

from simulator.compare import price_policies, read_tariff, shift_start
from simulator.compare.tariff import EXAMPLE_CARBON, EXAMPLE_PRICE


@pytest.fixture
def runs(run, tmp_path):
    """What a quick replay left."""
    assert run("replay", *QUICK, "-p", "default+full", "-p", "gts", "--no-plots", "-q").exit_code == 0
    return pd.read_parquet(tmp_path / "results" / "results.parquet")


def test_policies_are_priced(run, runs):
    """Under a title that says twice what is made up: the traces, and the tariff."""
    result = run("price", "results", "--tariff", "example-price", "--start", "Mon 08:00")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == f"{TITLE}; SYNTHETIC example price, from Mon 08:00"
    expected = price_policies(runs, EXAMPLE_PRICE, start=8 * 3600.0)
    rows = [line.split() for line in lines[4:6]]
    assert [row[:2] for row in rows] == [
        [each["policy"], f"{each['price']:.3g}"] for each in expected.to_dict("records")
    ]
    assert rows[0][3] == "+0.0%"
    assert rows[0][-1] == "3/3"
    assert "in the tariff's currency" in result.stdout


def test_programs_get_the_table(run, runs, tmp_path):
    """From a folder or its file, at an hour or a date; the folder has it too, with the tariff."""
    words = ("--tariff", "example-carbon", "--json", "-q", "--start")
    rows = json_rows(run("price", "results/results.parquet", *words, "Tuesday 9:30"))
    expected = price_policies(runs, EXAMPLE_CARBON, start=datetime(2026, 1, 6, 9, 30))
    assert rows == plain(expected)
    assert json_rows(run("price", "results", *words, "2026-01-06T09:30")) == rows
    document, _ = check_folder(tmp_path / "price", "price", "price")
    assert document["options"]["tariff"]["synthetic"] is True
    assert document["options"]["start_s"] == 86400 + 9.5 * 3600
    assert document["common"]["knobs"]["seeds"] == [0, 1, 2]


def test_another_start_saves(run, runs, tmp_path):
    """The best of a day is shown, all hours are in the files; a run without it takes its file away."""
    words = ("price", "results", "--tariff", "example-price", "--start", "Mon 17:00", "--shift")
    expected = shift_start(runs, EXAMPLE_PRICE, start=17 * 3600.0)
    assert json_rows(run(*words, "--json", "-q")) == plain(expected)
    best = expected.loc[expected.groupby("policy", sort=False)["saved_price"].idxmax()]
    lines = run(*words).stdout.splitlines()
    for line, each in zip(lines[4:6], best.to_dict("records"), strict=True):
        hour = int(17 + each["shift_hours"])
        assert line.split()[:1] == [each["policy"]]
        assert f"{('Mon', 'Tue')[hour // 24]} {hour % 24:02}:00" in line.replace("\N{NO-BREAK SPACE}", " ")
        assert f"{-each['saved_pct']:+.1f}%" in line or f"{-each['saved_pct']:+.0f}%" in line
    check_folder(tmp_path / "price", "price", "price", "shift")
    check_replaces_only_its_own(
        tmp_path / "price", lambda: run("price", "results", "--tariff", "example-price"), "shift.parquet"
    )


def test_a_tariff_of_ones_own(run, runs, tmp_path):
    """From a CSV file; it is not called synthetic."""
    (tmp_path / "night.csv").write_text("hour,price_per_kwh\n22,0.1\n6,0.3\n")
    result = run("price", "results", "--tariff", "night.csv")
    assert result.stdout.splitlines()[0] == f"{TITLE}; night.csv, from Mon 00:00"
    rows = json_rows(run("price", "results", "--tariff", "night.csv", "--json", "-q"))
    assert rows == plain(price_policies(runs, read_tariff(tmp_path / "night.csv")))


def test_policies_that_lost_seeds_are_not_set_against_others(run):
    """Those that got through were the lucky ones."""
    words = ("replay", "-j", "librispeech", "--seeds", "0:8", "-p", "default+full", "-p", "gts", "--no-plots", "-q")
    assert run(*words).exit_code == 0
    lines = run("price", "results", "--tariff", "example-carbon").stdout.splitlines()
    (row,) = (line.split() for line in lines if line.startswith("gts"))
    assert row[3] == "–"
    assert row[-1] not in ("0/8", "8/8"), "choose seeds of which some fail"
    assert "the others, which were lucky" in " ".join(lines)


@pytest.mark.parametrize("width", [64, 80, 120])
def test_every_terminal_shows_the_whole_table(run, runs, monkeypatch, width):
    """No line is longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    for more in ((), ("--shift",)):
        result = run("price", "results", "--tariff", "example-carbon", *more)
        assert max(map(len, result.stdout.splitlines())) <= width


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("results",), "missing option --tariff"),
        (("results", "--tariff", "exmple-price"), "did you mean 'example-price'"),
        (("results", "--tariff", "example-price", "--start", "Mon 25:00"), "'Mon 25:00' is no time; write 'Mon 08:00'"),
        (("results", "--tariff", "example-price", "--start", "noon"), "is no time"),
        (("results", "--tariff", "bad.csv"), "tariff 'bad.csv' has columns hour, cents; it takes hour, one of price"),
        (("results", "--tariff", "gap.csv"), "hours are from 0 to below 24"),
        (("nowhere", "--tariff", "example-price"), "there is no nowhere; name a results.parquet"),
        (("bad.csv", "--tariff", "example-price"), "bad.csv cannot be read as Parquet"),
        (("other.parquet", "--tariff", "example-price"), "is missing"),
    ],
)
def test_impossible_wishes_are_refused(run, runs, tmp_path, words, message):
    """One message, exit code 2, no traceback, and no files."""
    (tmp_path / "bad.csv").write_text("hour,cents\n0,1\n")
    (tmp_path / "gap.csv").write_text("hour,price_per_kwh\n24,1\n")
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "other.parquet")
    result = run("price", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "price").exists()
