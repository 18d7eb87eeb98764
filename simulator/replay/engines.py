"""Which engines there are: those of this room, and those that live elsewhere and are found by their names."""

from __future__ import annotations

import importlib.metadata
import sys
from functools import cache
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, cast

from simulator.errors import ExtraMissingError, ReplayError, SimulatorError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.replay.block import Block

__all__ = ["ENGINES", "GROUP", "engine_names", "load_engine"]

#: Engines of this room.
ENGINES = ("auto", "event", "vectorized")

#: Entry points under which other packages offer engines: functions that replay a setting for some seeds, as
#: `simulator.replay.events.play_events` does, to the same table.
GROUP = "simulator.engines"

#: Engines of rooms above this one, which it must not import; each needs the extra of its name.
STOCK = {"service": "simulator.service.trip.engine:play_service"}


def engine_names() -> list[str]:
    """Names of all engines.

    Examples
    --------
    >>> engine_names()[:4]
    ['auto', 'event', 'vectorized', 'service']
    """
    return [*ENGINES, *_elsewhere(tuple(sys.path))]


def load_engine(name: str) -> Callable[..., Iterator[Block]]:
    """Load an engine that lives elsewhere.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    callable
        What replays a setting; called as `simulator.replay.events.play_events` is.

    Raises
    ------
    ReplayError
        If there is no such engine, two packages offer it, or it cannot be loaded.
    ExtraMissingError
        If it needs an extra that is not installed.
    """
    found = _elsewhere(tuple(sys.path)).get(name, [])
    if not found:
        known = engine_names()
        raise ReplayError(f"no engine is called {name!r}; there are {', '.join(known)}{nearest(name, known)}")
    if len(found) > 1:
        where = " and ".join(entry.value for entry in found)
        raise ReplayError(f"two packages offer an engine {name!r}: {where}; uninstall one")
    (entry,) = found
    try:
        engine = entry.load()
    except SimulatorError:  # it says what is missing
        raise
    except ModuleNotFoundError as error:
        if name not in STOCK:
            raise ReplayError(f"the engine {name!r} from {entry.value!r} needs {error.name}: install it") from error
        raise ExtraMissingError(
            f"the engine {name!r} needs {error.name}, which is not installed; pip install 'trace-simulator[{name}]'"
        ) from error
    except Exception as error:  # whatever a foreign package raises when imported
        package = f" of package {entry.dist.name!r}" if entry.dist else ""
        raise ReplayError(f"the engine {name!r}{package} cannot be loaded from {entry.value!r}: {error!r}") from error
    if not callable(engine):
        raise ReplayError(f"the engine {name!r} is {engine!r}, which is no function")
    return cast("Callable[..., Iterator[Block]]", engine)


@cache
def _elsewhere(path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    """Entry points by name, found anew if the import path has changed. Names of our own cannot be taken."""
    found = {name: [EntryPoint(name, value, GROUP)] for name, value in STOCK.items()}
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        taken = entry.name in ENGINES or entry.name in STOCK
        same_name = found.setdefault(entry.name, []) if not taken else []
        # One package may be found twice, on two entries of the path.
        if entry.value not in {other.value for other in same_name}:
            same_name.append(entry)
    return found
