"""What an importer found: tables, jobs, and what the format does not say; and how all of it becomes a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.trace.derive import derive_targets
from simulator.trace.derive_trace import job_entries
from simulator.trace.files import write_table
from simulator.trace.files.folder import whole_folder
from simulator.trace.load import check
from simulator.trace.metadata import FILE_NAME
from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pandas as pd

__all__ = ["Imported"]


@dataclass(frozen=True)
class Imported:
    """What was found in a format of others.

    Parameters
    ----------
    name
        What the trace is called.
    origin
        Where it comes from, in a sentence without a full stop.
    gaps
        What the format does not say, and what stands for it; each a clause.
    tables
        Tables by the name of their file, without its ending: ``metrics``, ``train``, ``power_<name>``, ``times``.
    jobs
        Entries for ``trace.json``.
    """

    name: str
    origin: str
    gaps: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    jobs: tuple[dict[str, Any], ...] = field(default=())

    @property
    def description(self) -> str:
        """What ``trace.json`` says of it."""
        return f"imported from {self.origin}; gaps: {'; '.join(self.gaps)}"

    @property
    def replayable(self) -> bool:
        """Whether it holds both runs and power."""
        return "train" in self.tables and any(name.startswith("power_") for name in self.tables)

    def with_targets(
        self, targets: Iterable[float], *, higher_is_better: bool, jobs: Iterable[dict[str, Any]] = ()
    ) -> Imported:
        """Add the train trace, and a job for each target, that the metrics give; unchanged without a target.

        Parameters
        ----------
        targets
            Values of the metric that count as trained.
        higher_is_better
            Whether the metric rises while training improves the model.
        jobs
            What is known of the jobs beside their targets.

        Raises
        ------
        TraceError
            If a target makes no sense.
        """
        wanted = list(targets)
        if not wanted:
            return self
        train = derive_targets(self.tables["metrics"], wanted, higher_is_better=higher_is_better)
        entries = job_entries(train, higher_is_better=higher_is_better, like=jobs)
        tables = {"train": train, **self.tables}
        return Imported(self.name, self.origin, self.gaps, tables, tuple(entries))

    def write(self, out: str | os.PathLike[str]) -> list[Path]:
        """Write the tables and ``trace.json`` into a folder, which appears whole or not at all.

        Parameters
        ----------
        out
            The folder.

        Returns
        -------
        list of pathlib.Path
            The files, sorted.

        Raises
        ------
        TraceError
            If a table holds what cannot be true, or the folder cannot be written.
        """
        for name, table in self.tables.items():
            if schema := _SCHEMAS.get(name.partition("_")[0]):
                check(table, schema)[1].raise_if_errors(f"{self.origin}, {name}")
        about = {"name": self.name, "synthetic": False, "description": self.description, "jobs": list(self.jobs)}
        with whole_folder(out) as folder:
            for name, table in self.tables.items():
                write_table(table, folder / f"{name}.csv")
            (folder / FILE_NAME).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8", newline="\n")
        return sorted(Path(out) / name for name in (*(f"{name}.csv" for name in self.tables), FILE_NAME))


#: Tables that are checked before they are written, by the first word of their name.
_SCHEMAS = {schema.name: schema for schema in (METRICS, TRAIN, POWER, GROUPS)}
