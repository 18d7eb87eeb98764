"""How far a collection is, seen from outside: read from its folder, while another process writes to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from simulator.collect.plan import estimate
from simulator.collect.protocol import Follower, epochs_of
from simulator.collect.protocol.follow import EVENTS_FILE
from simulator.collect.result import MANIFEST, RESULT, read_manifest, read_results, run_directory
from simulator.collect.run.lock import LOCK_FILE

if TYPE_CHECKING:
    import os

    from simulator.collect.plan import RunSpec
    from simulator.collect.protocol import Event
    from simulator.collect.result import Manifest, RunResult

__all__ = ["Course", "CourseReader", "gpus_of"]

#: How far apart the clocks of files and of processes may be [s].
_CLOCK_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a collection is.

    Parameters
    ----------
    out
        Its folder.
    running
        Whether a process works on it.
    runs
        Runs of its plan.
    done, failed, skipped
        How many of them are made, went wrong (also those whose batch size does not fit), and will not be made because
        their batch size does not fit.
    run, key
        The run that is being made, in words, and its key; None between runs.
    epoch, most_epochs
        The epoch that it is in, from 1, and the last one that it may come to; None if no run is being made.
    rest_s
        How long the runs that are left may take at most [s], the present one in full; None if nothing is known yet.
    """

    out: str
    running: bool
    runs: int
    done: int
    failed: int
    skipped: int
    run: str | None
    key: str | None
    epoch: int | None
    most_epochs: int | None
    rest_s: float | None


def gpus_of(out: str | os.PathLike[str]) -> tuple[str, ...]:
    """Name the GPUs of a collection by UUID; none if it records times only.

    Raises
    ------
    CollectError
        If the folder holds no collection.
    """
    return tuple(gpu["uuid"] for gpu in read_manifest(Path(out)).gpus)


class CourseReader:
    """Reads again and again how far a collection is.

    Parameters
    ----------
    out
        Its folder.

    Raises
    ------
    CollectError
        If it holds no collection, or one that cannot be understood.
    """

    def __init__(self, out: str | os.PathLike[str]) -> None:
        self._out = Path(out)
        self._manifest: Manifest | None = None
        self._manifest_ns = 0
        self._results: dict[str, RunResult] = {}
        self._present: _Present | None = None
        self._look()

    def read(self) -> Course:
        """Look how far it is now.

        Returns
        -------
        Course
            What the folder says.

        Raises
        ------
        CollectError
            If something in it cannot be understood.
        """
        manifest = self._look()
        planned = [spec for spec in manifest.runs if spec.key not in self._results]
        results = [self._results[spec.key] for spec in manifest.runs if spec.key in self._results]
        unfit = {result.spec.batch_size for result in results if result.status == "infeasible"}
        rest = [spec for spec in planned if spec.batch_size not in unfit]
        timed = [(each.spec.batch_size, tuple(epoch.time_s for epoch in each.epochs)) for each in results]
        spec = self._being_made(rest)
        return Course(
            out=str(self._out),
            running=_is_held(self._out),
            runs=len(manifest.runs),
            done=sum(result.status == "done" for result in results),
            failed=sum(result.status != "done" for result in results),
            skipped=len(planned) - len(rest),
            run=None if spec is None else str(spec),
            key=None if spec is None else spec.key,
            epoch=None if spec is None or self._present is None else self._present.epoch(),
            most_epochs=None if spec is None else spec.epochs,
            rest_s=estimate(manifest.plan, rest, done=timed).time_s,
        )

    def _look(self) -> Manifest:
        """Read the manifest where it changed, as at the start of every session, and results that are new."""
        file = self._out / MANIFEST
        changed_ns = file.stat().st_mtime_ns if file.is_file() else 0
        if self._manifest is None or changed_ns != self._manifest_ns:
            self._manifest, self._manifest_ns = read_manifest(self._out), changed_ns
        made = sum(".partial-" not in file.parent.name for file in self._out.glob(f"runs/*/{RESULT}"))
        if made != len(self._results):
            self._results = read_results(self._out)
        return self._manifest

    def _being_made(self, rest: list[RunSpec]) -> RunSpec | None:
        """Find the run that has a directory, and no result yet."""
        for spec in rest:
            directory = run_directory(self._out, spec)
            if directory.is_dir():
                if self._present is None or self._present.key != spec.key:
                    self._present = _Present(spec.key, directory)
                return spec
        self._present = None
        return None


class _Present:
    """The run that is being made."""

    def __init__(self, key: str, directory: Path) -> None:
        self.key = key
        self._follower = Follower(directory / EVENTS_FILE)
        self._events: list[Event] = []

    def epoch(self) -> int:
        """Count the epoch that it is in, or was in last; 0 before the first."""
        self._events += [event for event in self._follower.poll() if event.rank == 0]
        over = epochs_of(self._events)
        ended_ns = over[-1].end_ns if over else -1
        begun = any(event.kind == "epoch_start" and event.mono_ns >= ended_ns for event in reversed(self._events))
        return len(over) + begun


def _is_held(out: Path) -> bool:
    """Whether a controller works on the folder. To try its lock would get in the way of one that wants it just now."""
    file = out / LOCK_FILE
    try:
        written_s = file.stat().st_mtime
        return (
            psutil.Process(int(file.read_text())).create_time() <= written_s + _CLOCK_S
        )  # else another got its number
    except (OSError, ValueError, psutil.Error):
        return False
