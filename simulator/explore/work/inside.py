"""What the code of a cell can reach while it runs: its own folder, and results of what it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from simulator.errors import ExploreError
from simulator.explore.places import job_folder, shown_id

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from simulator.explore.chunk import Chunk

__all__ = ["Inside"]


class Inside:
    """The sweep, as a running cell sees it.

    Parameters
    ----------
    chunk
        The chunk that runs.
    folder
        The sweep's folder.
    """

    def __init__(self, chunk: Chunk, folder: Path) -> None:
        self._chunk = chunk
        self._folder = folder

    def jobpath(self, task: Any) -> Path:
        """Make a task's own folder and give its path."""
        path = job_folder(self._folder, task.id)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def result(self, task: Any) -> pd.DataFrame:
        """Read the rows of a task that one in this chunk depends on.

        Raises
        ------
        ExploreError
            None of them depends on it.
        """
        from simulator.explore.shards import read_rows

        located = self._chunk.needed.get(task.id)
        if located is None:
            raise ExploreError(
                f"the result of {task.name} ({shown_id(task.id)}) is not at hand here: a task can read those that are "
                "among its fields and those given to add_dependencies"
            )
        rows: pd.DataFrame = read_rows(self._folder, [located]).drop(columns="cell")
        return rows

    def submit(self, task: Any) -> NoReturn:
        """Refuse: what is to run is known before anything runs.

        Raises
        ------
        ExploreError
            Always.
        """
        raise ExploreError(f"{task.name} was submitted by a running task; only a plan can submit")
