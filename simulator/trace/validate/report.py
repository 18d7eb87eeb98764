"""What validation says: problems, gathered into one report."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike

__all__ = ["Problem", "Report", "error", "listed", "warning"]

_logger = logging.getLogger(__name__)

#: How many rows, or names, a message lists before it only counts the rest.
SHOWN = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a table, however many rows it concerns.

    Parameters
    ----------
    severity
        ``"error"``: nothing true can be replayed from it. ``"warning"``: it can, but look at it.
    table
        Name of the table: train, power, groups, metrics, job.
    column
        Name of the column; empty if the table as a whole is meant.
    rows
        Positions of the rows concerned, counted from 0 as in ``df.iloc``; empty if no single rows are meant.
    message
        What is wrong, what exists, what to do.
    loses_jobs
        Whether jobs cannot be replayed because of it, so that even who asked for no report must hear of it.
    """

    severity: Literal["error", "warning"]
    table: str
    column: str
    rows: tuple[int, ...]
    message: str
    loses_jobs: bool = False

    def __str__(self) -> str:
        """Say it in one line, with the first few rows."""
        where = self.table + (f", {self.column}" if self.column else "")
        if self.rows:
            where += f", row{'s'[: len(self.rows) > 1]} {listed(self.rows)}"
        return f"{self.severity}: {where}: {self.message}"


@dataclass(frozen=True)
class Report:
    """Everything that validation found, errors first.

    Examples
    --------
    >>> print(Report((warning("power", "average_power", "above power_limit", rows=[3]),)))
    0 errors, 1 warning
    - warning: power, average_power, row 3: above power_limit
    (rows count from 0; in a CSV file, row n stands on line n + 2)
    """

    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "problems", tuple(sorted(self.problems, key=lambda p: p.severity)))

    def __add__(self, other: Report) -> Report:
        """Join two reports."""
        return Report(self.problems + other.problems)

    def __str__(self) -> str:
        """Write a line per problem, for people."""
        return "\n".join([_counted(self), *_lines(self.problems)])

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that make the table unusable."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems to look at."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def settle(self, source: object = "") -> None:
        """Raise all errors as one exception; log the warnings, so that who only reads a trace can hear of them.

        Warnings by which jobs are lost are logged as warnings, others as information.

        Parameters
        ----------
        source
            Where the table came from, for the messages.

        Raises
        ------
        TraceError
            If there is an error.
        """
        self.raise_if_errors(source)
        for problem in self.warnings:
            level = logging.WARNING if problem.loses_jobs else logging.INFO
            _logger.log(level, "%s: %s", source, str(problem).removeprefix("warning: "))

    def raise_if_errors(self, source: object = "") -> None:
        """Raise all errors as one exception; warnings are left alone.

        Parameters
        ----------
        source
            Where the table came from, for the message.

        Raises
        ------
        TraceError
            If there is an error.
        """
        if self.errors:
            head = f"{source}: {_counted(Report(self.errors))}" if source else _counted(Report(self.errors))
            raise TraceError("\n".join([head, *_lines(self.errors)]))


def error(table: str, column: str, message: str, *, rows: ArrayLike = ()) -> Problem:
    """Make an error; ``rows`` are positions, or a boolean mask over the rows."""
    return Problem("error", table, column, _positions(rows), message)


def warning(table: str, column: str, message: str, *, rows: ArrayLike = (), loses_jobs: bool = False) -> Problem:
    """Make a warning; ``rows`` are positions, or a boolean mask over the rows."""
    return Problem("warning", table, column, _positions(rows), message, loses_jobs)


def listed(values: Iterable[object], *, shown: int = SHOWN) -> str:
    """List the first few values and count the rest.

    Examples
    --------
    >>> listed(range(9))
    '0, 1, 2, 3, 4 and 4 more'
    """
    values = list(values)
    rest = f" and {len(values) - shown} more" if len(values) > shown else ""
    return ", ".join(map(str, values[:shown])) + rest


def _positions(rows: ArrayLike) -> tuple[int, ...]:
    array = np.asarray(rows)
    positions = np.flatnonzero(array) if array.dtype == bool else array
    return tuple(int(position) for position in positions)


def _counted(report: Report) -> str:
    errors, warnings = len(report.errors), len(report.warnings)
    return ", ".join(
        f"{count} {word}{'s'[: count != 1]}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count or word == "error"
    )


def _lines(problems: tuple[Problem, ...]) -> list[str]:
    footer = ["(rows count from 0; in a CSV file, row n stands on line n + 2)"]
    return [f"- {problem}" for problem in problems] + footer * any(problem.rows for problem in problems)
