"""Tables that commands left, each with what it came with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.compare import summarize
from simulator.compare.manifests import manifests_of

if TYPE_CHECKING:
    import pandas as pd


class _Shared(dict[str, Any]):
    """What tables say about themselves, which pandas would copy deeply at every step, and nobody changes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Shared:
        return self


__all__ = ["Kept", "Replay"]


@dataclass(frozen=True)
class Replay:
    """A result table, and what it came with.

    Parameters
    ----------
    label
        Name of its folder.
    table
        The result table, with manifests and failures in ``attrs``.
    configurations
        What each configuration is expected to cost; None if nobody wrote it down.
    document
        The manifest.
    """

    label: str
    table: pd.DataFrame
    configurations: pd.DataFrame | None
    document: dict[str, Any]

    @property
    def overlapping(self) -> bool:
        """Whether it holds submissions that overlap."""
        return "group" in self.table.columns

    @property
    def drifting(self) -> bool:
        """Whether its configurations differ from slice to slice of the data."""
        return self.configurations is not None and "slice" in self.configurations.columns

    @cached_property
    def places(self) -> dict[tuple[str, str], pd.DataFrame]:
        """Runs by job and GPU, each with the manifests and failures that are about them."""
        about = self.table.attrs
        plain = self.table.copy(deep=False)
        plain.attrs = {}  # pandas copies attributes at every step
        found = {(str(job), str(gpu)): rows for (job, gpu), rows in plain.groupby(["job", "gpu"], sort=False)}
        for (job, gpu), rows in found.items():
            failed = [each for each in about.get("failures", []) if (each["job"], each["gpu"]) == (job, gpu)]
            manifest = _Shared(replays=manifests_of(self.table, job, gpu))
            rows.attrs = {"manifest": manifest, "failures": failed}
        return found

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for each job, GPU and policy; see `simulator.compare.summarize`."""
        return summarize(self.table)

    def summary_of(self, job: str, gpu: str) -> pd.DataFrame:
        """Choose the summary of a job on a GPU, by policy, without policies of which nothing got through."""
        rows = self.summary.loc[(self.summary["job"] == job) & (self.summary["gpu"] == gpu)]
        return rows.loc[rows["seeds"] > 0].set_index("policy")

    def configurations_of(self, job: str, gpu: str) -> pd.DataFrame | None:
        """Choose the configurations of a job on a GPU; None if they are not known."""
        if self.configurations is None:
            return None
        rows = self.configurations
        chosen = rows.loc[(rows["job"] == job) & (rows["gpu"] == gpu)]
        return chosen if len(chosen) else None


@dataclass(frozen=True)
class Kept:
    """Tables of a document, with what the user asked for.

    Parameters
    ----------
    label
        Name of its folder.
    tables
        By name.
    document
        The document.
    """

    label: str
    tables: dict[str, pd.DataFrame]
    document: dict[str, Any]
