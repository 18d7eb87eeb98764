"""What jobs of Slurm leave in the sweep's folder, as reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from submitit.core.utils import JobPaths

from simulator.explore.chunk import Report
from simulator.explore.executors.away import Changes, NewShards, Notes, pid_here

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from simulator.explore.chunk import Chunk
    from simulator.explore.executors.slurm.look import Task

__all__ = ["Files"]

#: Notes about a chunk.
NOTES = ("chunk", "job", "begun", "end")


class Files:
    """Notes, shards and logs of jobs.

    Parameters
    ----------
    folder
        The sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.notes = Notes(folder, "slurm")
        self.notes.make()
        self._notes_changed, self._shards_changed = Changes(self.notes.folder), Changes(folder / "shards")
        self._shards = NewShards(folder)

    def put(self, chunk: Chunk) -> None:
        """Leave a chunk for its job."""
        self.notes.remove(chunk.key, NOTES)
        self.notes.put_chunk(chunk)

    def job(self, key: str) -> str | None:
        """Return the job of a chunk, if the driver or the job has left a note about it."""
        note = self.notes.get(key, "job") or self.notes.get(key, "begun") or {}
        return note.get("job")

    def log(self, task: Task) -> Path:
        """Return where the stderr of a job goes."""
        found: Path = JobPaths(self.notes.folder, task.job).stderr
        return found

    def news(self, tasks: Collection[Task]) -> list[Report]:
        """Tell what jobs have begun, written and ended since the last time."""
        notes, shards = self._notes_changed.any(), self._shards_changed.any()
        reports: list[Report] = []
        if not tasks or not (notes or shards):
            return reports
        names = {path.name for path in self.notes.folder.iterdir()}
        for task in tasks:
            if f"{task.key}.begun" in names:
                reports += self._begun(task)
            if task.begun and shards:
                reports += self._shards.of(task.key)
            if f"{task.key}.end" in names:
                reports += self.end(task)
        return reports

    def _begun(self, task: Task) -> list[Report]:
        if task.begun:
            return []
        task.begun = True
        pid = pid_here(self.notes.get(task.key, "begun") or {})
        return [Report(task.key, "started", who=f"job {task.job}", pid=pid)]

    def end(self, task: Task) -> list[Report]:
        """Tell the end that a chunk's note tells of; its last report says so, once all shards are seen from here."""
        note = self.notes.get(task.key, "end")
        if note is None:
            return []
        reports = [*self._begun(task), *self._shards.of(task.key)]
        if note["why"] is not None:
            reports.append(Report(task.key, "lost", who=f"job {task.job}", why=f"job {task.job}: {note['why']}"))
        elif self._shards.has(task.key, note["shards"]):
            reports.append(Report(task.key, "ended", who=f"job {task.job}"))
        return reports

    def lost(self, task: Task, why: str) -> list[Report]:
        """Tell that a chunk ended without its end, after what it has written."""
        return [*self._shards.of(task.key), Report(task.key, "lost", who=f"job {task.job}", why=why)]

    def forget(self, key: str) -> None:
        """Remove the notes about a chunk that has no job."""
        self.notes.remove(key, NOTES)

    def sweep(self, task: Task) -> None:
        """Remove what nobody needs of a job whose end the driver was told of; the log stays if it was lost."""
        self._shards.forget(task.key)
        self.notes.remove(task.key, NOTES)
        paths = JobPaths(self.notes.folder, task.job)
        logs = [] if task.lost else [paths.stdout, paths.stderr]
        for path in (paths.submitted_pickle, paths.result_pickle, *logs):
            path.unlink(missing_ok=True)
