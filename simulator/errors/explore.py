"""What can go wrong with sweeps."""

from __future__ import annotations

from typing import Any

from simulator.errors.base import SimulatorError

__all__ = [
    "ConfigError",
    "ExecutorError",
    "ExploreError",
    "FailedCellsError",
    "FolderInUseError",
    "GridError",
    "LedgerError",
    "UnknownCellError",
]


class ExploreError(SimulatorError, RuntimeError):
    """A sweep cannot go on."""


class ConfigError(ExploreError, ValueError):
    """A configuration lacks something, or holds what it cannot."""


class GridError(ExploreError, ValueError):
    """A plan of a sweep cannot be read, raises, or contradicts itself."""


class UnknownCellError(ExploreError, LookupError):
    """No cell, or no grid, is called this."""


class LedgerError(ExploreError, OSError):
    """A sweep's folder cannot be read or written, or is damaged."""


class FolderInUseError(ExploreError, BlockingIOError):
    """Another process runs the sweep in this folder."""


class ExecutorError(ExploreError, ChildProcessError):
    """Those who were to run the cells cannot be started, or are lost."""


class FailedCellsError(ExploreError):
    """All that can be done is done, and some cells failed.

    Attributes
    ----------
    run
        How the run ended: a `simulator.explore.driver.Run`; None if it is not known.
    """

    run: Any = None
