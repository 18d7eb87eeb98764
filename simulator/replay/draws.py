"""Chance: which recorded training path a run turns out to follow.

Two disciplines. *Published* draws are those of the published simulator: one stream of numbers, used in the order of
the runs, so that its histories come out to the last bit. *Keyed* draws make the k-th run of a batch size a pure
function of seed, job, batch size and k: two policies meet the same luck, whatever they tried before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulator.check import whole_number
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = [
    "DISCIPLINES",
    "GOLDEN",
    "Draws",
    "KeyedDraws",
    "PublishedDraws",
    "make_draws",
    "mix_seed",
    "mix_word",
    "size_key",
    "split_mix",
]

DISCIPLINES = ("published", "keyed")

_WORD = (1 << 64) - 1
_HALF_WORD = (1 << 32) - 1
_BULK = 256  # words fetched at once

#: What a SplitMix64 state grows by at each step.
GOLDEN = 0x9E3779B97F4A7C15


class Draws(Protocol):
    """A source of path positions."""

    def path(self, batch_size: int, n_paths: int) -> int:
        """Draw the position of a path, 0 to n_paths − 1, for the next run of a batch size."""


class PublishedDraws:
    """One stream for all runs: ``integers(n)`` of numpy's ``default_rng(seed)``, nothing if there is no choice.

    The generator's 32-bit words are fetched in bulk and made into bounded integers here, as numpy makes them (Lemire
    2019, with rejection), since a call of numpy costs more than the number.

    Parameters
    ----------
    seed
        Seed, as ``numpy.random.default_rng`` takes it.

    Raises
    ------
    ReplayError
        If numpy takes no such seed.
    """

    def __init__(self, seed: int) -> None:
        try:
            self._generator = np.random.default_rng(seed)
        except (TypeError, ValueError) as error:
            raise ReplayError(f"seed is {seed!r}; it is a whole number of 0 or above ({error})") from error
        self._words: list[int] = []

    def path(self, batch_size: int, n_paths: int) -> int:
        """Draw the position of a path, 0 to n_paths − 1; the batch size does not matter."""
        if n_paths == 1:
            return 0
        while True:
            if not self._words:
                words = self._generator.integers(0, 1 << 32, size=_BULK, dtype=np.uint32)
                self._words = words[::-1].tolist()
            product = self._words.pop() * n_paths
            low = product & _HALF_WORD
            # A low part under 2^32 mod n would favour some positions; that remainder is only needed near it.
            if low >= n_paths or low >= (1 << 32) % n_paths:
                return product >> 32


class KeyedDraws:
    """One number for each (seed, job, batch size, k), whatever is asked in between.

    Jobs are told apart by dataset, network and optimizer: another target, default batch size or GPU meets the same
    recorded runs. The number is the k-th output of a SplitMix64 generator (G. Steele, D. Lea, C. Flood, "Fast
    Splittable Pseudorandom Number Generators", OOPSLA 2014) that starts from a hash of job and batch size, mixed with
    the seed by the same function; it becomes a position by multiplication (D. Lemire, "Fast Random Integer Generation
    in an Interval", 2019, without rejection: its bias, n/2^64, is far below what any replay can see).

    Parameters
    ----------
    seed
        Whole number of 0 or above.
    job
        The job.

    Examples
    --------
    >>> from simulator import Job
    >>> job = Job("squad", "bert", "adamw", 84.0, 6)
    >>> draws, other = KeyedDraws(7, job), KeyedDraws(7, job)
    >>> [other.path(64, 5) for _ in range(3)]
    [0, 3, 1]
    >>> [draws.path(32, 5), draws.path(64, 5), draws.path(32, 5), draws.path(64, 5)]
    [3, 0, 2, 3]
    """

    def __init__(self, seed: int, job: Job) -> None:
        self._job = job
        self._seed = mix_seed(whole_number("seed", seed, error=ReplayError, least=0))
        self._states: dict[int, int] = {}

    def path(self, batch_size: int, n_paths: int) -> int:
        """Draw the position of a path, 0 to n_paths − 1, for the next run of this batch size."""
        state = self._states.get(batch_size)
        if state is None:
            state = split_mix(size_key(self._job, batch_size) ^ self._seed)
        state = (state + GOLDEN) & _WORD
        self._states[batch_size] = state
        return (split_mix(state) * n_paths) >> 64


def size_key(job: Job, batch_size: int) -> int:
    """Hash a job's workload and a batch size to 64 bits: SHA-256, its first eight bytes."""
    text = "\0".join((job.dataset, job.network, job.optimizer, str(int(batch_size))))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def mix_seed(seed: int) -> int:
    """Scramble a seed of any size to 64 bits, by words of 32 bits, the lowest first, at least two."""
    mixed = 0
    for at in range(0, max(64, seed.bit_length()), 32):
        mixed = mix_word(mixed, (seed >> at) & _HALF_WORD)
    return mixed


def mix_word(mixed: int, word: int) -> int:
    """Add a word to what was scrambled of a seed so far."""
    return (split_mix(mixed ^ word) + GOLDEN) & _WORD


def split_mix(state: int) -> int:
    """Scramble 64 bits: the output function of SplitMix64.

    Parameters
    ----------
    state
        A number of 64 bits.

    Returns
    -------
    int
        A number of 64 bits.
    """
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
    return state ^ (state >> 31)


def make_draws(discipline: str, *, seed: int, job: Job) -> Draws:
    """Make the draws of one replay.

    Parameters
    ----------
    discipline
        ``"published"`` or ``"keyed"``.
    seed
        Seed of the replay, 0 or above.
    job
        The job.

    Returns
    -------
    Draws
        Fresh draws.
    """
    return KeyedDraws(seed, job) if discipline == "keyed" else PublishedDraws(seed)
