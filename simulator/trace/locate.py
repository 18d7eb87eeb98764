"""From what a user says (a directory, the name of published traces, or nothing) to a trace directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.layout import is_trace_directory
from simulator.trace.published import PUBLISHED, data_directory

if TYPE_CHECKING:
    import os

__all__ = ["DRIFT", "bundled_directory", "locate"]

#: Name of the bundled traces of a job that drifts, and of their folder within the bundled ones.
DRIFT = "drift"


def locate(where: str | os.PathLike[str] | None = None) -> Path:
    """Find the trace directory that is meant.

    A name of published traces means those in the user's data directory once they are fetched, in whatever folder the
    command runs, and ``drift`` means the bundled ones of a job that drifts; write ``./zeus-nsdi23`` or ``./drift`` for
    a directory of that name here.

    Parameters
    ----------
    where
        A directory, a name such as ``zeus-nsdi23`` or ``drift``, or None for the bundled synthetic traces.

    Returns
    -------
    pathlib.Path
        A directory that exists. Whether it holds traces is for the reader to find out.

    Raises
    ------
    NotInTraceError
        If the name is known, but its traces were not fetched yet.
    TraceError
        If there is no such directory.
    """
    if where is None:
        return bundled_directory()
    try:
        return _existing(where)
    except OSError as cause:
        raise TraceError(f"{where} cannot be looked at: {cause.strerror or cause}") from cause


def _existing(where: str | os.PathLike[str]) -> Path:
    name, path = str(where), Path(where)
    if name == DRIFT and is_trace_directory(drifting := bundled_directory() / DRIFT):
        return drifting
    if name in PUBLISHED:
        fetched = data_directory() / name
        if fetched.is_dir() and is_trace_directory(fetched):
            return fetched
        if not path.is_dir():
            raise NotInTraceError(f"the traces {name} are not on this machine; get them: simulator trace get {name}")
    if path.is_dir():
        return path
    if path.is_symlink() and not path.exists():
        raise TraceError(f"{path} is a link to {path.readlink()}, which does not exist")
    if path.exists():
        raise TraceError(f"{path} is a file; name the directory that holds it")
    raise TraceError(
        f"no directory {path}{nearest(name, [*PUBLISHED, DRIFT])}; give a directory that holds traces, "
        f"or the name of published ones ({', '.join(PUBLISHED)}), or {DRIFT} for the bundled ones that drift"
    )


def bundled_directory() -> Path:
    """Directory of the synthetic traces that come with the package.

    Returns
    -------
    pathlib.Path
        ``simulator/trace/bundled`` of an installed package, ``traces`` at the top of a checkout.

    Raises
    ------
    TraceError
        If the package was installed without them.
    """
    here = Path(__file__).resolve().parent
    installed, checkout = here / "bundled", here.parents[1] / "traces"
    for directory in (installed, checkout):
        if directory.is_dir() and is_trace_directory(directory):
            return directory
    raise TraceError(f"no bundled traces, neither in {installed} nor in {checkout}; install the package again")
