"""How a comparison is made: everything that its numbers depend on beside jobs, traces and policies."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.check import real_number, whole_number
from simulator.compare.correction import CORRECTIONS
from simulator.cost import check_knobs
from simulator.errors import ReplayError
from simulator.replay.arguments import check_word, list_seeds

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a comparison is made; see `simulator.compare.compare` for what each of these means.

    Raises
    ------
    ReplayError
        If a number makes no sense.

    Examples
    --------
    >>> Settings(seeds=[0, 1], resamples=2, resample_seeds=3).seeds_of(1)
    [2, 3, 4]
    """

    seeds: list[int]
    eta: float = 0.5
    beta: float = 2.0
    window: int = 0
    recurrences: int | None = None
    resamples: int = 200
    resample_seeds: int = 10
    smallest_difference: float = 0.01
    confidence: float = 0.95
    correction: str = "holm"

    def __post_init__(self) -> None:
        eta, beta = check_knobs(eta=self.eta, beta=self.beta)
        object.__setattr__(self, "eta", eta)
        object.__setattr__(self, "beta", beta)
        object.__setattr__(self, "seeds", list_seeds(self.seeds))
        if len(self.seeds) < 2:
            raise ReplayError("seeds holds one seed; how much chance matters shows from two on; give a hundred or so")
        for name, least in (("resamples", 0), ("resample_seeds", 2), ("window", 0)):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), error=ReplayError, least=least))
        if self.resamples == 1:
            raise ReplayError("resamples is 1; two worlds at least differ: resamples=200, or 0 for seeds alone")
        check_word("correction", self.correction, CORRECTIONS)
        self._check_share("smallest_difference", zero=True)
        self._check_share("confidence", zero=False)

    def _check_share(self, name: str, *, zero: bool) -> None:
        share = real_number(name, getattr(self, name), error=ReplayError)
        if not (0 <= share < 1 if zero else 0 < share < 1):
            raise ReplayError(f"{name} is {share}; it is a share, {'0 to' if zero else 'above 0 and'} below 1")
        object.__setattr__(self, name, share)

    def seeds_of(self, resample: int) -> list[int]:
        """List the seeds of a resample, from 1; nobody else uses them, so that worlds share no luck."""
        first = max(self.seeds) + 1 + (resample - 1) * self.resample_seeds
        return list(range(first, first + self.resample_seeds))

    @property
    def n_replays(self) -> int:
        """How many replays of each policy there are at each job and GPU."""
        return len(self.seeds) + self.resamples * self.resample_seeds
