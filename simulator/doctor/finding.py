"""What a check found: in which state something is, what that means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "missing", "ok", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of an examination.

    Parameters
    ----------
    topic
        What it belongs to, such as ``engines``.
    name
        What was looked at.
    state
        ``ok``; ``missing``, which only means that something optional is not here; or ``problem``: something that should
        work does not.
    found
        What is there.
    means
        What that means for the user; may be empty where it goes without saying.
    todo
        One command, or one thing to do; empty where there is nothing to do.
    """

    topic: str
    name: str
    state: Literal["ok", "missing", "problem"]
    found: str
    means: str = ""
    todo: str = ""


def ok(name: str, found: str, means: str = "") -> Finding:
    """Note that something works; the topic is filled in by `simulator.doctor.examine`.

    Examples
    --------
    >>> ok("cores", "4").state
    'ok'
    """
    return Finding("", name, "ok", found, means)


def missing(name: str, found: str, means: str, todo: str = "") -> Finding:
    """Note that something optional is not here."""
    return Finding("", name, "missing", found, means, todo)


def problem(name: str, found: str, means: str, todo: str) -> Finding:
    """Note that something is broken."""
    return Finding("", name, "problem", found, means, todo)
