"""Python, the packages that are needed, and the extras."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from simulator.doctor.finding import Finding, missing, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["extras", "packages"]

_NAME = "trace-simulator"

_OLDEST = (3, 11)

#: What each extra is good for; those of developers are not looked at.
_EXTRAS = {
    "service": "`simulator serve`, and its database and client",
    "slurm": "sweeps on Slurm with submitit",
    "dask": "sweeps on Dask",
    "notebooks": "running the notebooks",
    "docs": "building the documentation",
    "examples": "the example job of `simulator collect`",
}

#: Packages whose versions are told.
_TOLD = ("numpy", "pandas", "scipy", "numba", "pyarrow", "matplotlib")


def packages() -> list[Finding]:
    """Look at Python, and at the packages without which nothing works."""
    python = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    findings = [
        ok("Python", python)
        if sys.version_info >= _OLDEST
        else problem("Python", python, "3.11 is the oldest that works", "install a newer Python")
    ]
    try:
        wrong = _wrong(requires(_NAME) or [], extra="")
    except PackageNotFoundError:
        return [*findings, problem(_NAME, "not installed as a package", "extras cannot be found", "pip install -e .")]
    told = ", ".join(f"{name} {version(name)}" for name in _TOLD if name not in wrong)
    if wrong:
        said = ", ".join(f"{name} ({why})" for name, why in wrong.items())
        findings.append(problem("packages", said, "the simulator does not work", f"pip install {_NAME}"))
    findings.append(ok(_NAME, version(_NAME)))
    return [*findings, ok("versions", told)]


def extras() -> list[Finding]:
    """Look at the extras."""
    try:
        wanted = requires(_NAME) or []
    except PackageNotFoundError:
        return []
    findings = []
    for extra, what in _EXTRAS.items():
        if wrong := _wrong(wanted, extra=extra):
            said = ", ".join(f"{name} ({why})" for name, why in wrong.items())
            todo = f"pip install '{_NAME}[{extra}]'"
            findings.append(missing(extra, said, f"needed for {what}", todo))
        else:
            findings.append(ok(extra, "installed", what))
    return findings


def _wrong(requirements: Iterable[str], *, extra: str) -> dict[str, str]:
    """Find those of an extra, or those that are always needed, that are not here or too old; and what is wrong."""
    from packaging.requirements import Requirement

    wrong = {}
    for text in requirements:
        needed = Requirement(text)
        marker = needed.marker
        always = marker is None or marker.evaluate({"extra": ""})
        if always == bool(extra) or (extra and not (marker and marker.evaluate({"extra": extra}))):
            continue
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            wrong[needed.name] = "not installed"
        else:
            if not needed.specifier.contains(found, prereleases=True):
                wrong[needed.name] = f"{found}, but {needed.specifier} is needed"
    return wrong
