"""A policy's random draws, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.check import whole_number
from simulator.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RandomStream"]


class RandomStream:
    """numpy's ``default_rng(seed)``, whose position is plain data.

    The position is four integers of PCG64. It can be compared, copied, pickled, and written to JSON in the middle
    of a sequence; what is drawn next is the same afterwards. The vectorized engine has the methods that policies use
    in compiled form.

    Parameters
    ----------
    seed
        Whole number of 0 or above.

    Raises
    ------
    PolicyError
        If it is none.

    Examples
    --------
    >>> stream = RandomStream(seed=1)
    >>> twin = RandomStream.from_plain(stream.to_plain())
    >>> stream.integer(100) == twin.integer(100)
    True
    """

    __slots__ = ("_generator",)

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(whole_number("seed", seed, error=PolicyError, least=0))

    def permutation(self, into: list[int], n: int) -> None:
        """Draw an order of n things into the start of a list: ``Generator.choice(n, n, replace=False)``."""
        into[:n] = self._generator.choice(n, n, replace=False).tolist()

    def integer(self, n: int) -> int:
        """Draw an integer from 0 to n − 1: ``Generator.integers(n)``."""
        return int(self._generator.integers(n))

    def uniform(self) -> float:
        """Draw a number from [0, 1): ``Generator.random()``."""
        return self._generator.random()

    def normals(self, into: list[float], n: int) -> None:
        """Draw n standard normals into the start of a list: the same words of the stream as n single draws."""
        into[:n] = self._generator.standard_normal(n).tolist()

    def choices(self, things: Sequence[int]) -> list[int]:
        """Draw an order of things: ``Generator.choice(things, len(things), replace=False)``."""
        order = self._generator.choice(len(things), len(things), replace=False).tolist()
        return [things[k] for k in order]

    def normal(self, mean: float, spread: float) -> float:
        """Draw a normal number: ``Generator.normal(mean, spread)``."""
        return self._generator.normal(mean, spread)

    def to_plain(self) -> dict[str, str]:
        """Position as text: hexadecimal, since few JSON readers keep 128 bits of a number."""
        state: dict[str, Any] = dict(self._generator.bit_generator.state)
        return {
            "state": f"{state['state']['state']:x}",
            "inc": f"{state['state']['inc']:x}",
            "has_uint32": f"{state['has_uint32']:x}",
            "uinteger": f"{state['uinteger']:x}",
        }

    @classmethod
    def from_plain(cls, plain: dict[str, str]) -> RandomStream:
        """Make the stream that stands where `to_plain` was called."""
        words = {key: int(text, 16) for key, text in plain.items()}
        stream = cls(0)
        stream._generator.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": words["state"], "inc": words["inc"]},
            "has_uint32": words["has_uint32"],
            "uinteger": words["uinteger"],
        }
        return stream

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RandomStream) and self.to_plain() == other.to_plain()

    __hash__ = None  # type: ignore[assignment]  # a position moves: not a dictionary key

    def __repr__(self) -> str:
        return f"RandomStream.from_plain({self.to_plain()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RandomStream.from_plain, (self.to_plain(),)
