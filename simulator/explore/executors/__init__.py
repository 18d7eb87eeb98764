"""Who runs the cells: this process, processes beside it, Slurm, or Dask; chosen by a word.

========== ==================================================================================
inline     in this process, one chunk after another; for debugging
pool       processes on this machine that die with their driver; nothing to install
slurm      jobs of a cluster, in arrays; ``pip install 'trace-simulator[slurm]'``
dask       workers of a Dask cluster, or of one made here; ``pip install 'trace-simulator[dask]'``
========== ==================================================================================
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError, ExtraMissingError, nearest

if TYPE_CHECKING:
    from simulator.explore.executors.base import Executor

__all__ = ["EXECUTORS", "executor", "settings_of"]

#: Where each lives: its module, its class, and the extra that it needs.
EXECUTORS: dict[str, tuple[str, str, str | None]] = {
    "dask": ("simulator.explore.executors.dask", "Dask", "dask"),
    "inline": ("simulator.explore.executors.inline", "Inline", None),
    "pool": ("simulator.explore.executors.pool", "Pool", None),
    "slurm": ("simulator.explore.executors.slurm", "Slurm", "slurm"),
}


def executor(word: str, **settings: Any) -> Executor:
    """Make an executor, not started yet.

    Parameters
    ----------
    word
        ``"inline"``, ``"pool"``, ``"slurm"`` or ``"dask"``.
    **settings
        What its class takes, such as ``workers``.

    Returns
    -------
    Executor
        To be used as a context manager, or to be stopped.

    Raises
    ------
    ConfigError
        There is no such executor, or it has no such setting.
    ExtraMissingError
        What it needs is not installed.

    Examples
    --------
    >>> executor("inline").capacity
    1
    >>> executor("pools")
    Traceback (most recent call last):
    simulator.errors.ConfigError: no executor is called 'pools'; there are dask, inline, pool, slurm; ...
    """
    known = settings_of(word)
    for setting in settings:
        if setting not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise ConfigError(f"executor {word!r} has no setting {setting!r}; {has}{nearest(setting, known)}")
    made: Executor = _class(word)(**settings)
    return made


def settings_of(word: str) -> list[str]:
    """List the settings of an executor; see `executor` for what is raised.

    Examples
    --------
    >>> settings_of("inline")
    []
    """
    return list(signature(_class(word)).parameters)


def _class(word: str) -> Any:
    if word not in EXECUTORS:
        names = ", ".join(EXECUTORS)
        raise ConfigError(f"no executor is called {word!r}; there are {names}{nearest(word, EXECUTORS)}")
    module, name, extra = EXECUTORS[word]
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        if extra is None or (error.name or "").startswith("simulator."):
            raise
        raise ExtraMissingError(
            f"executor {word!r} needs {error.name}, which is not installed: pip install 'trace-simulator[{extra}]'"
        ) from error
