"""What a user asks of a model, checked all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.check import whole_number
from simulator.errors import TraceError

__all__ = ["Asked", "check_asked"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Numbers that make sense.

    Parameters
    ----------
    batch_sizes, power_limits
        Batch sizes [samples] and limits [W], each once, ascending; None: those that were recorded.
    seed
        Random seed.
    runs
        Runs per batch size.
    """

    batch_sizes: tuple[int, ...] | None
    power_limits: tuple[int, ...] | None
    seed: int
    runs: int


def check_asked(*, batch_sizes: Any = None, power_limits: Any = None, seed: Any = 0, runs: Any = 1) -> Asked:
    """Take what makes sense, or name all that does not.

    Raises
    ------
    TraceError
        If a size, a limit or the number of runs is no whole number above 0, or the seed none of 0 or above.

    Examples
    --------
    >>> check_asked(batch_sizes=[8, 4, 8], seed=3).batch_sizes
    (4, 8)
    >>> check_asked(batch_sizes=[0, 4], power_limits=150, seed=-1)
    Traceback (most recent call last):
    simulator.errors.TraceError: batch_sizes is 0; it is a whole number, at least 1
    power_limits is 150; give several whole numbers, as in [150]
    seed is -1; it is a whole number, at least 0
    """
    wrong: list[str] = []
    asked = Asked(
        batch_sizes=_numbers("batch_sizes", batch_sizes, wrong),
        power_limits=_numbers("power_limits", power_limits, wrong),
        seed=_number("seed", seed, 0, wrong),
        runs=_number("runs", runs, 1, wrong),
    )
    if wrong:
        raise TraceError("\n".join(wrong))
    return asked


def _numbers(name: str, given: Any, wrong: list[str]) -> tuple[int, ...] | None:
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Iterable):
        wrong.append(f"{name} is {given!r}; give several whole numbers, as in [{given}]")
        return ()
    values = list(given)
    if not values:
        wrong.append(f"{name} is empty; give one or more, or None for those recorded")
    return tuple(sorted({_number(name, value, 1, wrong) for value in values}))


def _number(name: str, given: Any, least: int, wrong: list[str]) -> int:
    try:
        if isinstance(given, bool):
            raise TraceError(f"{name} is {given}; it is a whole number, at least {least}")
        return whole_number(name, given, error=TraceError, least=least)
    except TraceError as refused:
        wrong.append(str(refused))
        return least
