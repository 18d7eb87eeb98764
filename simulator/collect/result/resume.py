"""Which runs of a collection are made, and which are to be made (again)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from simulator.collect.result.files import MANIFEST, RESULT, read_result
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from simulator.collect.plan import RunSpec
    from simulator.collect.result.result import RunResult

__all__ = ["check_free", "fresh_directory", "read_results", "run_directory", "todo"]

_RUNS = "runs"


def run_directory(out: Path, spec: RunSpec) -> Path:
    """Name the directory of a run."""
    return out / _RUNS / spec.key


def read_results(out: Path) -> dict[str, RunResult]:
    """Read what the runs of a collection came to.

    Runs that were not made to their end have no result, and are left out.

    Parameters
    ----------
    out
        The collection's folder.

    Returns
    -------
    dict
        Results by the key of their run, sorted by key.

    Raises
    ------
    CollectError
        If a result cannot be read, is none, or lies in the directory of another run.
    """
    results = {}
    for file in sorted((out / _RUNS).glob(f"*/{RESULT}")):
        if ".partial-" in file.parent.name:
            continue
        result = read_result(file)
        if result.spec.key != file.parent.name:
            raise CollectError(f"{file} tells of run {result.spec.key}; move {file.parent} away, or give it that name")
        results[result.spec.key] = result
    return results


def todo(out: Path, specs: Iterable[RunSpec], *, retry_failed: bool = False) -> list[RunSpec]:
    """List the runs that have no result yet, in their order.

    Parameters
    ----------
    out
        The collection's folder.
    specs
        All its runs.
    retry_failed
        Whether a run that failed is to be made again. One whose batch size does not fit, is not.

    Returns
    -------
    list of RunSpec
        Runs to be made.

    Raises
    ------
    CollectError
        As `read_results`.
    """
    results = read_results(out)
    made = {key for key, result in results.items() if not (retry_failed and result.status == "failed")}
    return [spec for spec in specs if spec.key not in made]


def fresh_directory(out: Path, spec: RunSpec) -> Path:
    """Make an empty directory for a run; what an earlier try left there is kept as ``KEY.partial-N``.

    Parameters
    ----------
    out
        The collection's folder.
    spec
        The run.

    Returns
    -------
    pathlib.Path
        The directory.
    """
    directory = run_directory(out, spec)
    if directory.exists():
        tries = (directory.with_name(f"{spec.key}.partial-{n}") for n in count(1))
        directory.rename(next(name for name in tries if not name.exists()))
    directory.mkdir(parents=True)
    return directory


def check_free(out: Path, *, resume: bool) -> None:
    """Refuse to mix a new collection with one that is there.

    Parameters
    ----------
    out
        The collection's folder.
    resume
        Whether what is there is to be continued.

    Raises
    ------
    CollectError
        If it is there and not to be continued, or to be continued and not there.
    """
    there = (out / MANIFEST).exists() or any((out / _RUNS).glob("*"))
    if there and not resume:
        made = sum(1 for _ in (out / _RUNS).glob(f"*/{RESULT}"))
        raise CollectError(
            f"the folder {out} holds a collection with {made} results: continue it with --resume, or name another --out"
        )
    if resume and not there and out.exists() and any(not file.name.startswith(".") for file in out.iterdir()):
        raise CollectError(f"the folder {out} holds no collection to resume: it has no {MANIFEST}")
