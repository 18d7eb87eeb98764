"""The picture of a sweep that runs."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from small_sweeps import FAILING

from simulator.cli.grid.live import Picture, following
from simulator.explore.driver import Counts, Forecast, Snapshot
from simulator.explore.driver.snapshot import Failure

SNAPSHOT = Snapshot(
    grid="plan",
    counts=Counts(pending=6, running=2, done=14, failed=2),
    ran=16,
    elapsed_s=61.0,
    rate_per_s=12.4,
    forecast=Forecast(8, 0.65, "past attempts"),
    cpu_s=100.0,
    energy_j=2500.0,
    gpu_energy_j=None,
    failures=(Failure("a" * 64, "policy=thrifty_seed=3", "ValueError: diverged"),),
    executor="pool",
)


@pytest.fixture
def console():
    """A terminal of 100 by 30 that can be read."""
    return Console(file=StringIO(), force_terminal=True, width=100, height=30, color_system=None, record=True)


def drawn(console, folder, snapshot=SNAPSHOT):
    console.print(Picture(folder, {}).of(snapshot, console))
    return console.export_text()


def test_it_says_how_far_how_fast_how_long_and_at_what_cost(console, ran, tmp_path):
    """States, failures, and the table so far with intervals and marks."""
    ran(FAILING, "0:4")
    text = drawn(console, tmp_path / "sweeps")
    assert "16 of 24 cells on pool; 12 a second; about 0.65" in text
    assert "6 pending  2 running  14 done  2 failed" in text
    assert "SYNTHETIC traces" in text
    assert "policy=thrifty_seed=3 failed: ValueError: diverged" in text
    assert "2.5" in text.splitlines()[-1]
    assert "kJ in the CPUs; so far, 12.5 kJ are simulated." in text.splitlines()[-1].replace("\N{NO-BREAK SPACE}", " ")
    assert "±" in text
    assert "●" in text


def test_the_bar_has_the_share_of_what_has_ended(console, tmp_path):
    """Of 80 characters; what still waits is thin."""
    bar = drawn(console, tmp_path).splitlines()[1]
    assert (bar.count("━"), bar.count("─")) == (60, 20)


def test_without_a_table_the_rest_is_drawn(console, tmp_path):
    """A sweep goes on without its picture."""
    assert "16 of 24" in drawn(console, tmp_path / "nowhere")


def test_rows_that_wait_make_room_for_rows_that_have_begun(console, ran, tmp_path):
    """On a low terminal not all rows have room."""
    ran(FAILING, "hasty")
    console.height = 14
    text = drawn(console, tmp_path / "sweeps", replace(SNAPSHOT, failures=()))
    assert text.count("hasty") == 2
    assert text.count("pending") == 3  # one of them counts cells
    assert "and 2 more rows" in text


def test_before_anything_ended_nothing_is_forecast(console, tmp_path):
    """No number is made up."""
    begun = replace(SNAPSHOT, rate_per_s=None, forecast=Forecast(24, None, "nothing has ended"))
    assert "time left not known yet" in drawn(console, tmp_path, begun)


def test_nothing_is_drawn_where_nobody_looks(tmp_path):
    """Neither into a file nor if somebody wants quiet."""
    file = Console(file=StringIO())
    with following(tmp_path, quiet=False, console=file) as tell:
        assert tell is None
    terminal = Console(file=StringIO(), force_terminal=True)
    with following(tmp_path, quiet=True, console=terminal) as tell:
        assert tell is None
    assert file.file.getvalue() == terminal.file.getvalue() == ""


def test_pictures_are_drawn_now_and_then_not_at_each_call(console, tmp_path):
    """A thousand snapshots a second cost little."""
    with following(tmp_path, quiet=False, console=console) as tell:
        for _ in range(200):
            tell(SNAPSHOT)
    assert 1 <= console.file.getvalue().count("cells on pool") < 20
