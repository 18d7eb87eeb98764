"""Tariffs from files and tables."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.compare.tariff import Tariff
from simulator.compare.tariff_table import read_tariff
from simulator.errors import ReplayError, TraceError


def test_a_file_is_the_tariff_that_it_lists(tmp_path):
    """A row a step; the order does not matter, and the name is the file's."""
    path = tmp_path / "grid.csv"
    path.write_text("hour,price_per_kwh\n22,0.1\n6.5,0.3\n")
    tariff = read_tariff(path)
    assert tariff == Tariff(hours=(22, 6.5), per_kwh=(0.1, 0.3), name="grid.csv")
    assert tariff.mean_per_kwh([0, 6 * 3600], [3600, 7 * 3600]).tolist() == [0.1, pytest.approx(0.2)]


def test_days_may_differ():
    """With a column for the day."""
    steps = pd.DataFrame([(day, 0, 100 + day) for day in range(7)], columns=["weekday", "hour", "carbon_g_per_kwh"])
    tariff = read_tariff(steps, name="week", synthetic=True)
    assert (tariff.measure, tariff.name, tariff.synthetic) == ("carbon_g", "week", True)
    assert float(tariff.mean_per_kwh(3 * 86400, 4 * 86400)) == 103


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"hour": [0]}, "has columns hour; it takes hour, one of price_per_kwh and carbon_g_per_kwh"),
        ({"price_per_kwh": [1.0]}, "it takes hour"),
        ({"hour": [0], "price_per_kwh": [1.0], "carbon_g_per_kwh": [1.0]}, "one of"),
        ({"hour": [0], "price_per_kwh": [1.0], "zone": ["DE"]}, "and no others"),
        ({"hour": ["7:00"], "price_per_kwh": [1.0]}, "an hour is '7:00'"),
        ({"hour": [0], "price_per_kwh": [float("nan")]}, "price_per_kwh is nan"),
        ({"hour": [], "price_per_kwh": []}, "0 hours"),
    ],
)
def test_what_is_no_tariff_is_refused(columns, message):
    """With what it takes."""
    with pytest.raises(ReplayError, match=message):
        read_tariff(pd.DataFrame(columns))


def test_a_file_that_is_missing_is_said_to_be(tmp_path):
    """As any other table."""
    with pytest.raises(TraceError, match=r"nothing\.csv"):
        read_tariff(tmp_path / "nothing.csv")
