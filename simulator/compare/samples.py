"""The replays of a comparison as arrays: a number for each policy, world and seed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.compare.gather import RECORDED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["MEASURES", "Measured", "Samples"]

#: What is compared, with its unit.
MEASURES = {
    "cost": "J",
    "energy_j": "J",
    "time_s": "s",
    "oracle_regret": "J",
    "clairvoyant_regret": "J",
    "recurrences_to_oracle": "recurrences",
    "retries": "tries",
    "early_stops": "tries",
}

_YARDSTICKS = {"oracle_regret": "oracle_cost", "clairvoyant_regret": "clairvoyant_cost"}


class Measured(NamedTuple):
    """One measure of several policies at one place.

    Parameters
    ----------
    recorded
        On the runs as recorded, shape (n_policies, n_seeds).
    resampled
        On runs drawn again, shape (n_resamples, n_policies, n_resample_seeds).
    """

    recorded: Floats
    resampled: Floats


class Samples:
    """Reads the tables that were gathered.

    Parameters
    ----------
    replays, worlds, draws
        See `simulator.compare.gather.Gathered`.
    pairs
        Jobs and GPUs, in the order in which they are shown.
    policies
        Names of the policies, likewise.
    """

    def __init__(
        self, replays: pd.DataFrame, worlds: pd.DataFrame, draws: pd.DataFrame, pairs: pd.DataFrame, policies: list[str]
    ) -> None:
        self.policies = policies
        self.places: list[tuple[str, str]] = list(pairs[["job", "gpu"]].itertuples(index=False, name=None))
        self.workloads: dict[tuple[str, str], str] = dict(zip(self.places, pairs["workload"], strict=True))
        self._replays = dict(list(replays.groupby(["job", "gpu", "policy"], sort=False)))
        self._worlds = dict(list(worlds.groupby(["job", "gpu"], sort=False)))
        self._draws = draws

    @property
    def n_seeds(self) -> int:
        """How many seeds each policy was replayed with on the recorded runs."""
        first = self._replays[(*self.places[0], self.policies[0])]
        return int((first["resample"] == RECORDED).sum())

    def of(self, place: tuple[str, str], measure: str) -> Measured:
        """Get a measure of all policies at a job and GPU."""
        recorded, resampled = [], []
        n_resamples = len(self._worlds[place]) - 1
        for policy in self.policies:
            rows = self._replays[(*place, policy)]
            values = rows["cost" if measure in _YARDSTICKS else measure].to_numpy(float)
            values, later = values[: self.n_seeds], values[self.n_seeds :]
            recorded.append(values)
            resampled.append(later.reshape(n_resamples, len(later) // max(n_resamples, 1)))
        measured = Measured(np.stack(recorded), np.stack(resampled, axis=1))
        if measure not in _YARDSTICKS:
            return measured
        spent = self._worlds[place][_YARDSTICKS[measure]].to_numpy(float)
        return Measured(measured.recorded - spent[0], measured.resampled - spent[1:, None, None])

    def draws(self, places: list[tuple[str, str]]) -> tuple[Integers, Integers]:
        """How often each recorded run of some places was drawn, and the number of its stratum.

        Returns
        -------
        tuple of numpy.ndarray
            Shapes (n_resamples, n_runs) and (n_runs,).
        """
        among = self._draws["workload"].isin({self.workloads[place] for place in places}).to_numpy()
        _, stratum = np.unique(self._strata[among], return_inverse=True)
        return self._times[:, among], stratum.astype(np.int64)

    @cached_property
    def _times(self) -> Integers:
        return np.asarray(self._draws["times"].tolist(), dtype=np.int64).T

    @cached_property
    def _strata(self) -> Integers:
        strata = self._draws.groupby(["workload", "slice", "batch_size", "runs", "kind"], sort=False).ngroup()
        return np.asarray(strata, dtype=np.int64)
