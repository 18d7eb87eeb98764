"""Cells that differ in seeds and knobs alone, gathered into as few replays of many as they make."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Call", "Knobbed", "Knobs", "gather"]

#: η, β and window of a replay.
Knobs = tuple[float, float, int]

#: A table of seeds with one of these or above holds text, so that they are replayed apart.
_LARGE = 2**63


class Knobbed(Protocol):
    """A cell of a seed and knobs."""

    seed: int
    eta: float
    beta: float
    window: int


@dataclass(frozen=True)
class Call:
    """One call of `simulator.replay`: all combinations of seeds and knobs.

    Parameters
    ----------
    seeds
        Seeds, in the order of the cells.
    etas, betas, windows
        Knobs, likewise.
    """

    seeds: tuple[int, ...]
    etas: tuple[float, ...]
    betas: tuple[float, ...]
    windows: tuple[int, ...]

    @property
    def knobs(self) -> tuple[Knobs, ...]:
        """All combinations of the knobs, in the order in which they are replayed."""
        return tuple(product(self.etas, self.betas, self.windows))

    def parts(self) -> list[Call]:
        """Take it apart into smaller ones: one for each combination of knobs, then one for each seed; last, nothing."""
        if len(self.knobs) > 1:
            return [_call(self.seeds, [knobs]) for knobs in self.knobs]
        return [_call((seed,), self.knobs) for seed in self.seeds] if len(self.seeds) > 1 else []


def gather(cells: Sequence[Knobbed]) -> list[Call]:
    """Find the calls that replay cells, which differ in nothing but seeds and knobs.

    Knobs that are to be replayed with the same seeds go to one call if they are all combinations of some values;
    otherwise each combination of knobs has a call of its own.

    Parameters
    ----------
    cells
        The cells, each unlike any other.

    Returns
    -------
    list of Call
        Calls that make exactly these replays.
    """
    seeds_of: dict[tuple[bool, Knobs], list[int]] = {}
    for cell in cells:
        seeds_of.setdefault((cell.seed >= _LARGE, (cell.eta, cell.beta, cell.window)), []).append(cell.seed)
    knobs_of: dict[tuple[int, ...], list[Knobs]] = {}
    for (_, knobs), seeds in seeds_of.items():
        knobs_of.setdefault(tuple(seeds), []).append(knobs)
    calls = []
    for seeds_alike, several in knobs_of.items():
        whole = _call(seeds_alike, several)
        calls += [whole] if len(whole.knobs) == len(several) else [_call(seeds_alike, [one]) for one in several]
    return calls


def _call(seeds: tuple[int, ...], knobs: Sequence[Knobs]) -> Call:
    etas, betas, windows = (tuple(dict.fromkeys(values)) for values in zip(*knobs, strict=True))
    return Call(seeds, etas, betas, windows)
