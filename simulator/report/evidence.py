"""Reads what was found into tables, and says what they are about: jobs, GPUs, policies, and where traces come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.compare import BASELINE, Comparison
from simulator.errors import ReplayError
from simulator.job import Job
from simulator.report.find import Problem
from simulator.report.names import ALL, Names, in_order
from simulator.report.tables import Kept, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.report.find import Document, Found

__all__ = ["Evidence", "gather"]

#: Columns that a result table must have to be shown.
_NEEDED = ("job", "gpu", "policy", "seed", "recurrence", "batch_size", "power_limit_w", "energy_j", "time_s", "cost")

#: The tables that documents keep in their folders, and columns that they must have to be shown.
_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "front": {
        "front": ("job", "gpu", "energy_j", "time_s", "on_front"),
        "least_energy": ("job", "gpu", "energy_j", "time_s"),
    },
    "sensitivity": {
        "sensitivity": ("job", "gpu", "policy", "knob", "value", "energy_j", "time_s", "regret_pct", "failed_seeds")
    },
    "transfer": {"transfer": ("job", "gpu_from", "gpu_to", "cost_pct", "reason")},
    "price": {
        "price": ("job", "gpu", "policy", "energy_j", "time_s"),
        "shift": ("job", "gpu", "policy", "shift_hours", "saved_pct"),
    },
}


@dataclass(frozen=True)
class Evidence:
    """All that a report is made from.

    Parameters
    ----------
    replays, comparisons
        With their labels.
    kept
        Documents of other commands, by kind: front, sensitivity, transfer, price.
    sweeps
        Folders of sweeps, by label.
    problems
        What was there and could not be read.
    documents
        All documents that could be read.
    """

    replays: list[Replay] = field(default_factory=list)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    kept: dict[str, list[Kept]] = field(default_factory=dict)
    sweeps: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    @cached_property
    def manifests(self) -> list[dict[str, Any]]:
        """What each replay of any document was made from: job, traces, groups."""
        return [made for document in self.documents for made in _made(document)]

    @cached_property
    def names(self) -> Names:
        """Short names of all jobs."""
        known = [
            (str(Job(**made["job"])), str(made["job"]["dataset"]), made["traces"]["gpu"]) for made in self.manifests
        ]
        said = {text for text, _, _ in known}
        for frame in self._frames():
            for text in frame["job"].astype(str).unique():
                if text not in said and text != ALL:
                    known.append((text, text.removeprefix("Job(").split(",")[0], ""))
        return Names(known)

    @cached_property
    def policies(self) -> list[str]:
        """All policies, in the order in which they are shown everywhere."""
        from simulator.plot import by_importance

        main = [by_importance(replay.table) for replay in self.replays if len(replay.table)]
        compared = [comparison.names for comparison in self.comparisons.values()]
        others = [frame["policy"].astype(str) for frame in self._frames() if "policy" in frame.columns]
        found = in_order(*main, *compared, *others)
        return in_order([BASELINE] if BASELINE in found else [], found)

    @cached_property
    def gpus(self) -> list[str]:
        """All GPUs."""
        ours = [frame[column] for frame in self._frames() for column in ("gpu", "gpu_from") if column in frame.columns]
        return [gpu for gpu in in_order(*ours) if gpu != ALL]

    @cached_property
    def replayed(self) -> tuple[list[str], list[str]]:
        """Jobs, by their short names, and GPUs on which policies were replayed or compared."""
        frames = [*(replay.table for replay in self.replays), *(each.pairs for each in self.comparisons.values())]
        jobs = in_order(*(frame["job"].astype(str).unique() for frame in frames))
        return in_order(map(self.names.job, jobs)), in_order(*(frame["gpu"].unique() for frame in frames))

    def _frames(self) -> Iterator[pd.DataFrame]:
        yield from (replay.table for replay in self.replays)
        yield from (comparison.pairs for comparison in self.comparisons.values())
        for kept in self.kept.values():
            yield from (table for each in kept for table in each.tables.values() if "job" in table.columns)


def gather(found: Found) -> Evidence:
    """Read the tables of what was found; what cannot be read is named among the problems.

    Raises
    ------
    ReplayError
        If nothing at all could be read.
    """
    evidence = Evidence(sweeps=dict(found.sweeps), problems=list(found.problems))
    for document in found.documents:
        try:
            for made in _made(document):
                _check(made)
            _take(document, evidence)
        except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
            evidence.problems.append(Problem(document.label, _why(error)))
        else:
            evidence.documents.append(document)
    if not evidence.documents and not evidence.sweeps:
        reasons = "; ".join(f"{each.label} {each.reason}" for each in evidence.problems)
        raise ReplayError(f"nothing could be read: {reasons}")
    _lend_configurations(evidence)
    return evidence


def _take(document: Document, evidence: Evidence) -> None:
    if document.kind == "replay":
        evidence.replays.append(_replay(document))
    elif document.kind == "comparison":
        comparison = Comparison.load(document.folder)
        comparison.differences  # noqa: B018 - made now, so that what is torn shows here
        evidence.comparisons[document.label] = comparison
    else:
        names = [name for name in _TABLES[document.kind] if (document.folder / f"{name}.parquet").exists()]
        if not names:
            raise ReplayError(
                f"lacks {next(iter(_TABLES[document.kind]))}.parquet; run the command that wrote it again"
            )
        tables = {name: _read(document.folder / f"{name}.parquet", _TABLES[document.kind][name]) for name in names}
        evidence.kept.setdefault(document.kind, []).append(Kept(document.label, tables, document.content))


def _replay(document: Document) -> Replay:
    table = _read(document.folder / "results.parquet", _NEEDED)
    words: list[str] = list(table.select_dtypes("string").columns)
    table = table.astype(dict.fromkeys(words, object))  # which is gone through many times faster
    file = document.folder / "configurations.parquet"
    configurations = pd.read_parquet(file) if file.exists() else None
    return Replay(document.label, table, configurations, document.content)


def _read(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table, which must have these columns."""
    table = pd.read_parquet(file)
    if missing := [name for name in columns if name not in table.columns]:
        raise ReplayError(f"{file.name} lacks {', '.join(missing)}; run the command that wrote it again")
    return table


def _lend_configurations(evidence: Evidence) -> None:
    """Let replays that do not say what configurations cost look it up in a front that does."""
    fronts = [
        kept.tables["front"]
        for kept in evidence.kept.get("front", [])
        if "front" in kept.tables and "policy" not in kept.tables["front"].columns
    ]
    if not fronts:
        return
    for i, replay in enumerate(evidence.replays):
        if replay.configurations is None and not replay.overlapping:
            evidence.replays[i] = Replay(replay.label, replay.table, fronts[0], replay.document)


def _made(document: Document) -> list[dict[str, Any]]:
    """Undo what documents say once: each replay with its job, traces and groups."""
    content = document.content
    if document.kind == "comparison":
        return list(content["manifest"]["replays"])
    common, jobs = content.get("common", {}), content.get("jobs", {})
    return [{**common, **own, "job": jobs[own["job"]]} for own in content.get("replays", []) if own["job"] in jobs]


def _check(made: dict[str, Any]) -> None:
    """Raise KeyError or TypeError if a manifest does not say which job and traces it is about."""
    Job(**made["job"])
    made["traces"]["gpu"]


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        name = PurePath(str(error.filename or error)).name
        return f"lacks {name}; run the command that wrote it again"
    if isinstance(error, KeyError):
        return f"lacks {error}; run the command that wrote it again"
    text = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return text if isinstance(error, ReplayError) else f"cannot be read ({text}); run the command that wrote it again"
