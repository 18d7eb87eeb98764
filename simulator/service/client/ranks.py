"""Which of several processes this is that train together, and how the others learn what rank 0 was told."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import ServiceError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Ranks", "find_rank", "leave", "left", "take_away"]

_Value = TypeVar("_Value")

#: Where rank 0 leaves what it was told for processes that it starts, as Lightning does.
TOLD_VARIABLE = "SIMULATOR_SERVICE_TRIAL"


def find_rank(environment: Mapping[str, str] | None = None) -> int:
    """Read this process's rank from the environment.

    Parameters
    ----------
    environment
        Variables; None: those of this process. ``RANK`` is what torchrun sets; else ``SLURM_PROCID``, which srun
        sets, counts; else ``LOCAL_RANK`` and ``NODE_RANK``, which Lightning sets for the processes it starts: only
        whether both are 0 matters then.

    Returns
    -------
    int
        The rank; 0 if nothing says so.

    Raises
    ------
    SettingsError
        If a variable holds no number.

    Examples
    --------
    >>> find_rank({"RANK": "3"}), find_rank({"SLURM_PROCID": "2"}), find_rank({"LOCAL_RANK": "1"}), find_rank({})
    (3, 2, 1, 0)
    """
    environment = os.environ if environment is None else environment
    for names in (("RANK",), ("SLURM_PROCID",), ("LOCAL_RANK", "NODE_RANK")):
        said = {name: environment[name] for name in names if environment.get(name)}
        if said and not all(word.isascii() and word.isdigit() for word in said.values()):
            raise SettingsError(f"{said} should hold a rank: 0, 1, …; give train(rank=…) instead")
        if said:
            return max(int(word) for word in said.values())
    return 0


class Ranks:
    """The processes that train together.

    Parameters
    ----------
    rank
        This one's; None: what the environment says.
    broadcast
        Hands a plain value from rank 0 to all; None: each process is left to itself.
    """

    def __init__(self, rank: int | None = None, broadcast: Callable[[Any], Any] | None = None) -> None:
        self.rank = find_rank() if rank is None else int(rank)
        self.broadcast = broadcast

    @property
    def talks(self) -> bool:
        """Whether this is the rank that talks to the service."""
        return self.rank == 0

    def share(self, ask: Callable[[], _Value]) -> _Value | None:
        """Let rank 0 ask, and tell all what it was told.

        Parameters
        ----------
        ask
            Called on rank 0 alone; returns plain data.

        Returns
        -------
        object
            What ``ask`` returned; None on other ranks without a broadcast.

        Raises
        ------
        ServiceError
            On other ranks, if rank 0 could not ask: they would wait for ever otherwise. Rank 0 raises what ``ask``
            raised.
        """
        if self.broadcast is None:
            return ask() if self.talks else None
        if not self.talks:
            told = self.broadcast(None)
            if not isinstance(told, dict) or "told" not in told:
                why = told.get("failed") if isinstance(told, dict) else f"the broadcast returned {told!r}"
                raise ServiceError(f"rank 0 could not ask the service: {why}")
            value: _Value = told["told"]
            return value
        try:
            value = ask()
        except BaseException as error:
            self.broadcast({"failed": f"{type(error).__name__}: {error}"})
            raise
        self.broadcast({"told": value})
        return value


def leave(told: Mapping[str, Any]) -> None:
    """Leave what rank 0 was told for processes that it starts."""
    os.environ[TOLD_VARIABLE] = json.dumps(dict(told))


def left(job_id: str) -> dict[str, Any] | None:
    """Find what rank 0 left for this process about a job; None if it left nothing."""
    try:
        told = json.loads(os.environ.get(TOLD_VARIABLE, "null"))
    except ValueError:
        return None
    fits = isinstance(told, dict) and told.get("job_id") == job_id and isinstance(told.get("batch_size"), int)
    return told if fits else None


def take_away() -> None:
    """Forget what was left."""
    os.environ.pop(TOLD_VARIABLE, None)
