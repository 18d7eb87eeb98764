"""What is said of the time that is left, and of what a sweep costs."""

from __future__ import annotations

import pytest
from tiny_sweep import write_plan

from simulator.explore import run_grid
from simulator.explore.driver import forecast
from simulator.explore.driver.effort import Effort
from simulator.explore.driver.forecasts import Outlook, foresee
from simulator.explore.ledger import Durations, Ledger

PAST = Durations({"row a": 10.0}, {"Fit": 4.0})


def test_the_same_row_tells_more_than_the_same_task():
    """And both are told apart in words."""
    seen = foresee([("Fit", "row a"), ("Fit", "row a"), ("Fit", "row b")], PAST, workers=2)
    assert (seen.cells, seen.seconds) == (3, 12.0)
    assert seen.basis == "2 cells by past cells of the same row; 1 by past cells of Fit; 2 at a time"


def test_what_was_never_run_has_no_basis():
    """No number is made up, even if some of the cells are known."""
    seen = foresee([("Fit", "row a"), ("Other", "row c")], PAST, workers=2)
    assert seen.seconds is None
    assert "no basis yet" in seen.basis


def test_this_run_tells_more_than_past_ones():
    """As soon as one cell has ended."""
    outlook = Outlook(PAST, workers=lambda: 1)
    outlook.add("Fit", None, cells=10)
    assert outlook.forecast().seconds == 40.0
    outlook.learn("Fit", 1.0)
    outlook.add("Fit", None, cells=-1)
    assert outlook.forecast().seconds == 9.0
    assert outlook.forecast().basis == "9 by this run of Fit; 1 at a time"
    outlook.add("Fit", None, cells=-9)
    assert outlook.forecast().seconds == 0.0


def test_a_forecast_is_had_from_the_folder_alone(tmp_path, folder):
    """Of what a run left."""
    plan = write_plan(tmp_path / "plan.py", rows=4, seeds=2, wait_s=0.01)
    run_grid(plan, folder=folder, executor="inline", only=["0"])
    with Ledger.open(folder, write=False) as ledger:
        seen = forecast(ledger, "plan", workers=2)
    assert seen.cells == 6
    assert 0.03 <= seen.seconds < 3


def test_cpu_seconds_of_cells_count_once():
    """In this process they are this process's own; elsewhere they are added."""
    for inline, least_s, most_s in ((True, 0.0, 50.0), (False, 100.0, 150.0)):
        effort = Effort(inline=inline)
        effort.add(100.0)
        assert least_s <= effort.cpu_s < most_s


def test_energy_of_the_cpus_is_counted_where_it_can_be_read(tmp_path, monkeypatch):
    """Also when a counter starts anew in between; elsewhere it is not said to be 0."""
    package = tmp_path / "intel-rapl:0"
    package.mkdir()
    (package / "max_energy_range_uj").write_text("10000000\n")
    read = [str(energy) for energy in (9_000_000, 9_500_000, 2_000_000)]

    def show():
        (package / "energy_uj").write_text(read.pop(0))

    from simulator import rapl
    from simulator.explore.driver import effort as module

    monkeypatch.setattr(module, "read_packages", lambda: rapl.read_packages(tmp_path))
    show()
    effort = Effort(inline=True)
    assert effort.energy_j() == 0.0
    show()
    assert effort.energy_j() == 0.0  # read a moment ago
    assert effort.energy_j(now=True) == pytest.approx(0.5)
    show()
    assert effort.energy_j(now=True) == pytest.approx(3.0)
    (package / "energy_uj").unlink()
    assert Effort(inline=True).energy_j(now=True) is None
