"""Where things lie in a sweep's folder, and how much of an id people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["grid_folder", "job_folder", "shown_id"]

#: Digits of an id that people see: 80 bits, so that a million cells share one with a chance of one in 10¹².
_DIGITS = 20


def shown_id(id_: str) -> str:
    """Cut an id to what people see of it, which is also what a cell's own folder is called."""
    return id_[:_DIGITS]


def grid_folder(folder: Path, grid: str) -> Path:
    """Say where a grid's own files lie."""
    return folder / "grids" / grid


def job_folder(folder: Path, id_: str) -> Path:
    """Say where a cell's own files lie; the folder is there once the cell has asked for it."""
    return folder / "jobs" / shown_id(id_)
