"""What the stock power policies share: plain state per job and batch size, stored and restored in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from simulator.policy.base import StateT, dump_jobs, load_jobs, state_type
from simulator.policy.interface import PowerLimitOptimizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.job import Job

__all__ = ["PlainStatePowerOptimizer"]


class PlainStatePowerOptimizer(PowerLimitOptimizer, Generic[StateT]):
    """A power policy whose state is plain data, one piece for each job and batch size.

    Copies, pickles and JSON (`state_dict`, `load_state_dict`) may be taken at any time.

    Parameters
    ----------
    verbose
        Whether to log decisions, under the logger ``simulator.policy``.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self.verbose = verbose
        self._states: dict[Job, dict[int, StateT]] = {}

    def observe(self, job: Job, batch_size: int, power_limit: int, cost: float) -> None:
        """Ignore the cost of an epoch [J]; a policy that learns from it overrides this."""

    def _state(self, job: Job, batch_size: int) -> StateT | None:
        """State of a job at a batch size, None if there is none."""
        return self._states.get(job, {}).get(batch_size)

    def _remember(self, job: Job, batch_size: int, state: StateT) -> None:
        """Set the state of a job at a batch size."""
        self._states.setdefault(job, {})[int(batch_size)] = state
        if self.verbose:
            self._log("%s @ %d: %s", job, batch_size, state)

    def state_dict(self) -> dict[str, Any]:
        """All that was learned, as plain data for ``json.dumps``."""
        return {"states": dump_jobs(self._states)}

    def load_state_dict(self, plain: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, in a policy constructed with the same arguments.

        Raises
        ------
        PolicyError
            If the data is not the state of such a policy.
        """
        self._states = load_jobs(dict[int, state_type(type(self))], plain, "states")  # type: ignore[misc]
