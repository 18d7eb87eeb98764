"""A report says everything, errors first, and stays short."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import TraceError
from simulator.trace.validate import Report
from simulator.trace.validate.report import error, warning


def test_errors_come_first_and_are_counted() -> None:
    """Whatever the order of the findings, errors are listed before warnings and both are counted."""
    report = Report((warning("power", "a", "odd"), error("train", "b", "bad"), warning("train", "", "odd too")))
    assert [problem.severity for problem in report.problems] == ["error", "warning", "warning"]
    assert str(report).splitlines()[0] == "1 error, 2 warnings"
    assert [problem.message for problem in report.errors] == ["bad"]
    assert [problem.message for problem in report.warnings] == ["odd", "odd too"]


def test_rows_are_positions_and_only_a_few_are_shown() -> None:
    """A mask becomes positions that iloc takes; the text shows five and counts the rest, and says how they count."""
    problem = error("train", "run", "bad", rows=np.arange(400) % 2 == 1)
    assert problem.rows[:3] == (1, 3, 5)
    assert len(problem.rows) == 200
    assert str(problem) == "error: train, run, rows 1, 3, 5, 7, 9 and 195 more: bad"
    assert "row n stands on line n + 2" in str(Report((problem,)))
    assert "row 3:" in str(warning("train", "run", "odd", rows=[3]))


def test_all_errors_are_raised_as_one() -> None:
    """The exception names the source and every error, and no warning."""
    report = Report((warning("t", "a", "odd"), error("t", "b", "bad"))) + Report((error("t", "c", "worse", rows=[0]),))
    with pytest.raises(TraceError) as raised:
        report.raise_if_errors("train.csv")
    lines = str(raised.value).splitlines()
    assert lines[0] == "train.csv: 2 errors"
    assert "bad" in lines[1]
    assert "worse" in lines[2]
    assert "odd" not in str(raised.value)


def test_warnings_are_logged_when_a_report_is_settled(caplog: pytest.LogCaptureFixture) -> None:
    """Those by which jobs are lost as warnings, others as information; errors are raised."""
    report = Report((warning("t", "a", "odd"), warning("t", "b", "gone", loses_jobs=True)))
    with caplog.at_level("INFO"):
        report.settle("train.csv")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "train.csv: t, a: odd"),
        ("WARNING", "train.csv: t, b: gone"),
    ]
    with pytest.raises(TraceError, match=r"train\.csv: 1 error"):
        (report + Report((error("t", "c", "bad"),))).settle("train.csv")


def test_warnings_alone_raise_nothing() -> None:
    """A report without errors is quiet, and an empty one says so."""
    Report((warning("t", "a", "odd"),)).raise_if_errors("train.csv")
    assert str(Report()) == "0 errors"
