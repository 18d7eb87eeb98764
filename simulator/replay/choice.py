"""Which engine runs a replay: the compiled one where it can and is worth it, else Python, in processes if that is long.

Results do not depend on it.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import PolicyError, ReplayError
from simulator.replay.engines import ENGINES, load_engine
from simulator.replay.events import can_be_sent, play_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.replay.block import Block
    from simulator.replay.setting import Setting

__all__ = ["Engine", "choose_engine", "usable_cores"]

_logger = logging.getLogger("simulator.replay")

#: Runs from which compiled code is worth loading, or compiling: the event engine takes a tenth of a second, or several
#: seconds, for as many.
_WORTH_LOADING, _WORTH_COMPILING = 5_000, 200_000

#: Runs from which several processes are worth starting.
_WORTH_PROCESSES = 200_000


class Engine(NamedTuple):
    """What runs a replay.

    Parameters
    ----------
    name
        ``"event"``, ``"vectorized"``, or the name of an engine that lives elsewhere.
    play
        Replays a setting for some seeds.
    workers
        Threads, or processes.
    """

    name: str
    play: Callable[..., Iterator[Block]]
    workers: int


def choose_engine(asked: str | Engine, setting: Setting, *, first_seed: int, runs: int, workers: int | None) -> Engine:
    """Choose the engine of a setting.

    Parameters
    ----------
    asked
        One of `simulator.replay.engines.engine_names`, or an engine itself.
    setting
        What is to be replayed.
    first_seed
        The first of the seeds.
    runs
        How many runs are to come with this policy, about, those of other settings included.
    workers
        Threads or processes, if the user says how many.

    Raises
    ------
    ReplayError
        If the vectorized engine is asked for, and cannot run this; or if an engine that lives elsewhere is unknown or
        cannot be loaded.
    PolicyError
        If the vectorized engine is asked for, and the policy does not compile.
    """
    if isinstance(asked, Engine):
        return asked
    if asked not in ENGINES:
        return Engine(asked, load_engine(asked), workers or 1)
    if asked == "event" or (asked == "auto" and runs < _WORTH_LOADING):
        return _event(setting, workers or 1)
    from simulator.replay.compiled.prepare import is_cached, load, obstacle
    from simulator.replay.compiled.vectorized import play_vectorized

    reason = obstacle(setting, first_seed)
    if asked == "vectorized" and reason:
        raise ReplayError(f"the vectorized engine cannot run this: {reason}; engine='event' can, with the same table")
    if not reason and (asked == "vectorized" or runs >= _WORTH_COMPILING or is_cached(setting, first_seed)):
        try:
            load(setting, first_seed)
        except PolicyError as error:
            if asked == "vectorized":
                raise
            _logger.info("%s", error)
        else:
            return Engine("vectorized", play_vectorized, workers or usable_cores())
    return _event(setting, workers or (usable_cores() if runs >= _WORTH_PROCESSES else 1))


def _event(setting: Setting, workers: int) -> Engine:
    return Engine("event", play_events, workers if workers > 1 and can_be_sent(setting) else 1)


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
