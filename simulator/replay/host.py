"""What a schedule asks of the engine that runs it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from simulator.replay.play import Play

__all__ = ["Host"]


class Host(Play, ABC):
    """A replay with answers to what only its engine knows.

    The methods return 0 or a position, and may return a negative status to break off the replay. The vectorized
    engine has them in compiled form.
    """

    @abstractmethod
    def predict(self) -> int:
        """Ask the batch size policy; returns the position of the batch size."""

    @abstractmethod
    def choose_limit(self, place: int, size: int) -> int:
        """Ask the power policy, and say in ``run.profiled`` whether it had to profile; returns the limit's position."""

    @abstractmethod
    def draw(self, size: int, n_paths: int) -> int:
        """Draw which of n paths the next run of a batch size follows."""

    @abstractmethod
    def observe(self, size: int, cost: float, converged: int) -> int:
        """Tell the batch size policy what a run has cost [J]."""

    @abstractmethod
    def record(
        self,
        attempt: int,
        energy_j: float,
        time_s: float,
        cost: float,
        started_s: float,
        ended_s: float,
    ) -> int:
        """Keep the last run, with its energy [J], time [s] and cost [J] scaled as its submission wants."""

    @abstractmethod
    def count_configuration(self) -> None:
        """Count the batch size and power limit of the last run."""
