"""What a command leaves in its folder: all of it together, and every file whole."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli.show import plain_rows
from simulator.compare.manifests import manifests
from simulator.errors import SimulatorError
from simulator.job import Job
from simulator.policy.state import to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

__all__ = ["as_document", "check_usable", "clear", "replacing", "save_found", "usable", "write_tables"]

#: Tells our manifests from anybody else's.
FORMAT = "trace-simulator replay 1"

_MANIFEST = "manifest.json"


@contextmanager
def usable(place: Path, *, wanted: str = "a folder that can be made, and written to,") -> Iterator[None]:
    """Say of a place that cannot be used how it is called and what to do."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise SimulatorError(f"--out {place}: {why}; name {wanted} with room for a few MB") from error


def check_usable(directory: Path) -> None:
    """Make a folder, and write to it, before anybody waits for what is to be kept there.

    Raises
    ------
    SimulatorError
        If that is not possible.
    """
    with usable(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".replay.", dir=directory):
            pass


@contextmanager
def replacing(directory: Path, *, manifest: str = _MANIFEST, form: str = FORMAT) -> Iterator[Path]:
    """Offer an empty folder whose files then replace what an earlier command of this kind left in ``directory``.

    Nothing happens to the earlier files until all new ones are there. Of those, the ones that the earlier manifest
    lists are deleted; nothing else ever is.

    Parameters
    ----------
    directory
        Where to; an existing folder.
    manifest
        Name of the file that lists the others.
    form
        Format that it must say it has, to be taken for ours.

    Yields
    ------
    pathlib.Path
        Where to write files, the manifest among them. It vanishes in any case.
    """
    with tempfile.TemporaryDirectory(prefix=".replay.", dir=directory) as folder:
        yield Path(folder)
        new = sorted(Path(folder).iterdir(), key=lambda file: file.name == manifest)  # the manifest comes last
        for name in _left_by_earlier(directory / manifest, form) - {file.name for file in new}:
            (directory / name).unlink(missing_ok=True)
        for file in new:
            file.replace(directory / file.name)


def write_tables(
    result: pd.DataFrame,
    summary: pd.DataFrame,
    configurations: pd.DataFrame,
    directory: Path,
    *,
    others: Sequence[str],
) -> list[str]:
    """Write every run, the summary, what each recorded configuration costs, and how it was all made.

    Parameters
    ----------
    result
        Result table; ``pandas.read_parquet`` gives it back with its manifest in ``attrs``.
    summary
        Its summary.
    configurations
        See `simulator.compare.every_configuration`: the yardstick of regret, for those who have no traces at hand.
    directory
        Where to.
    others
        Names of further files, for the manifest.

    Returns
    -------
    list of str
        Names of all files: results.parquet, summary.csv, configurations.parquet, manifest.json, and the others.
    """
    files = ["results.parquet", "summary.csv", "configurations.parquet", _MANIFEST, *others]
    result.to_parquet(directory / files[0], index=False, compression="zstd")
    summary.to_csv(directory / files[1], index=False, lineterminator="\n")
    configurations.to_parquet(directory / files[2], index=False, compression="zstd")
    document = as_document(manifests(result), files=files, failures=result.attrs.get("failures", []))
    (directory / _MANIFEST).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return files


def save_found(
    directory: Path,
    name: str,
    tables: Mapping[str, pd.DataFrame],
    *,
    made: Sequence[dict[str, Any]],
    options: Mapping[str, Any],
) -> list[str]:
    """Write what a command found: each table as Parquet, and all of them in a document that says how they were made.

    Parameters
    ----------
    directory
        Where to; an existing folder. Only files that an earlier document of this name lists are replaced.
    name
        Name of the command, and of its document: ``NAME.json``.
    tables
        Tables by name; ``TABLE.parquet`` each, and a list of rows in the document.
    made
        Manifests of what they were made from.
    options
        What the user asked for.

    Returns
    -------
    list of str
        Names of all files.
    """
    form, manifest = f"trace-simulator {name} 1", f"{name}.json"
    files = [*(f"{table}.parquet" for table in tables), manifest]
    document = as_document(made, format=form, files=files, options=to_plain(dict(options)))
    document |= {table: plain_rows(rows) for table, rows in tables.items()}
    with usable(directory), replacing(directory, manifest=manifest, form=form) as folder:
        for table, rows in tables.items():
            plain = rows.copy(deep=False)
            plain.attrs = {}
            plain.to_parquet(folder / f"{table}.parquet", index=False, compression="zstd")
        (folder / manifest).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return files


def as_document(made: Sequence[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """Put manifests into one document that says once what they have in common.

    Parameters
    ----------
    made
        Manifests of replays.
    rest
        What else the document says.

    Returns
    -------
    dict
        format; the rest; common: what all manifests say, of their knobs too; jobs: each once, by its text; replays:
        for each the text of its job, and what is its own.
    """
    jobs = {str(Job(**each["job"])): each["job"] for each in made}
    common = _common(made)
    if knobs := _common([each.get("knobs", {}) for each in made]):
        common["knobs"] = knobs
    common.pop("job", None)
    replays = [{"job": str(Job(**each["job"])), **_own(each, common)} for each in made]
    return {"format": FORMAT, **rest, "common": common, "jobs": jobs, "replays": replays}


def _common(dictionaries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Items that all dictionaries have."""
    first, *others = dictionaries or [{}]
    return {key: value for key, value in first.items() if all(key in each and each[key] == value for each in others)}


def _own(manifest: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    """Items of a manifest that not all share, and of its knobs likewise."""
    own = {key: value for key, value in manifest.items() if key not in {*common, "job"}}
    knobs = {key: value for key, value in manifest.get("knobs", {}).items() if key not in common.get("knobs", {})}
    return {**own, **({"knobs": knobs} if knobs else {})}


def clear(directory: Path, *, manifest: str, form: str) -> None:
    """Delete what an earlier command of this kind left in a folder, and nothing else; the folder too, if that is all.

    Parameters
    ----------
    directory
        The folder; it need not exist.
    manifest
        Name of the file that lists the others.
    form
        Format that it must say it has, to be taken for ours.
    """
    if names := _left_by_earlier(directory / manifest, form):
        with usable(directory):
            for name in [*sorted(names - {manifest}), manifest]:
                (directory / name).unlink(missing_ok=True)
            if not any(directory.iterdir()):
                directory.rmdir()


def _left_by_earlier(manifest: Path, form: str) -> set[str]:
    """Names of the files that an earlier command says it left; none if there is no manifest, or it is not ours."""
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if not isinstance(document, dict) or document.get("format") != form:
        return set()
    names = document.get("files")  # a list, or with a hash for each
    return {name for name in names if _is_plain(name)} if isinstance(names, (list, dict)) else set()


def _is_plain(name: object) -> bool:
    """Whether this names a file right in the folder, and no place anywhere else."""
    return isinstance(name, str) and name not in ("", os.curdir, os.pardir) and Path(name).name == name
