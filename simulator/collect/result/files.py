"""Results and manifests in files: whole, or not there at all; whatever they hold is checked when it is read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.collect.plan import Plan, RunSpec
from simulator.collect.plan.typed import MismatchError, build, plain
from simulator.collect.result.result import RunResult
from simulator.errors import CollectError, PlanError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MANIFEST", "RESULT", "Manifest", "read_manifest", "read_result", "write_manifest", "write_result"]

#: Names of the files, and what they say that they are.
MANIFEST, RESULT = "manifest.json", "result.json"
_MANIFEST_FORMAT = "trace-simulator collection 1"
_RESULT_FORMAT = "trace-simulator run 1"


@dataclass(frozen=True, kw_only=True)
class _Gpu:
    uuid: str
    name: str


@dataclass(frozen=True, kw_only=True)
class _Content:
    """What a manifest holds, beside its format and its plan."""

    runs: tuple[RunSpec, ...]
    gpus: tuple[_Gpu, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a collection is about, on which GPUs, and where.

    Parameters
    ----------
    plan
        The plan.
    runs
        All runs that it comes to, in order.
    gpus
        ``uuid`` and ``name`` of each GPU; empty if only times are recorded.
    metadata
        Facts about machine and GPUs.
    """

    plan: Plan
    runs: tuple[RunSpec, ...]
    gpus: tuple[dict[str, str], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


def write_result(directory: Path, result: RunResult) -> Path:
    """Write what a run came to into its directory: once the file is there, the run is made.

    It is written under another name, brought to the disk, and renamed, so that it survives a power cut at any point as
    a whole or not at all.

    Parameters
    ----------
    directory
        The run's directory.
    result
        What the run came to.

    Returns
    -------
    pathlib.Path
        The file.
    """
    return _write(directory / RESULT, {"format": _RESULT_FORMAT, "key": result.spec.key, **plain(result)})


def read_result(file: Path) -> RunResult:
    """Read what a run came to.

    Raises
    ------
    CollectError
        If the file cannot be read, or is no result.
    """
    content = _read(file, _RESULT_FORMAT)
    key = content.pop("key", None)
    result: RunResult = _build(RunResult, content, file)
    if key != result.spec.key:
        raise _foreign(file, f"its key is {key!r}, but that of the run it tells of is {result.spec.key!r}")
    return result


def write_manifest(out: Path, manifest: Manifest) -> Path:
    """Write what a collection is about, as `write_result` does."""
    out.mkdir(parents=True, exist_ok=True)
    plan = {"plan": manifest.plan.to_dict(), "plan_sha256": manifest.plan.hash}
    rest = {"runs": manifest.runs, "gpus": manifest.gpus, "metadata": manifest.metadata}
    return _write(out / MANIFEST, {"format": _MANIFEST_FORMAT, **plan, **plain(rest)})


def read_manifest(out: Path) -> Manifest:
    """Read what a collection is about.

    Raises
    ------
    CollectError
        If the directory holds no collection, or its manifest cannot be understood.
    """
    file = out / MANIFEST
    if not file.is_file():
        raise CollectError(
            f"the folder {out} holds no collection: it has no {MANIFEST}; name the folder that --out named"
        )
    content = _read(file, _MANIFEST_FORMAT)
    plan, _ = content.pop("plan", None), content.pop("plan_sha256", None)
    rest: _Content = _build(_Content, content, file)
    try:
        understood = Plan.from_dict(plan if isinstance(plan, dict) else {})
    except PlanError as cause:
        raise _foreign(file, str(cause)) from cause
    gpus = tuple({"uuid": gpu.uuid, "name": gpu.name} for gpu in rest.gpus)
    return Manifest(plan=understood, runs=rest.runs, gpus=gpus, metadata=rest.metadata)


def _write(file: Path, content: dict[str, Any]) -> Path:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=1, allow_nan=False)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(file.parent)
    return file


def _sync_directory(directory: Path) -> None:
    """Bring a rename to the disk, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(file: Path, form: str) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as cause:
        raise CollectError(f"{file} cannot be read: {cause.strerror or cause}") from cause
    except (ValueError, RecursionError) as cause:
        raise _foreign(file, f"it is no JSON: {cause}") from cause
    found = content.pop("format", None) if isinstance(content, dict) else None
    if found != form:
        raise _foreign(file, f"its format is {found!r}, where {form!r} is understood")
    return dict(content)


def _build(kind: type, content: dict[str, Any], file: Path) -> Any:
    try:
        return build(kind, content)
    except MismatchError as cause:
        raise _foreign(file, str(cause)) from cause


def _foreign(file: Path, why: str) -> CollectError:
    todo = "delete it, and --resume makes the run again" if file.name == RESULT else "another version may have made it"
    return CollectError(f"{file} is not understood: {why}; {todo}")
