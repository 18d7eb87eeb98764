"""All results of one plan, in the order of its runs, whatever the order in which they were made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simulator.collect.result import read_manifest, read_results

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.plan import Plan, RunSpec
    from simulator.collect.result import Manifest, RunResult

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True)
class Gathered:
    """A manifest and the results of its runs.

    Parameters
    ----------
    manifest
        What the collection is about.
    results
        Results by key, of the manifest's runs only.
    others
        How many further results there are, of runs that the plan has no more.
    """

    manifest: Manifest
    results: dict[str, RunResult]
    others: int

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.manifest.plan

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        """The plan's runs, in order."""
        return self.manifest.runs

    @cached_property
    def done(self) -> list[RunResult]:
        """Results of runs that were made to their end, in the order of the plan."""
        found = [self.results[spec.key] for spec in self.specs if spec.key in self.results]
        return [result for result in found if result.status == "done"]

    @cached_property
    def sliced(self) -> bool:
        """Whether runs are of several data slices."""
        return len({spec.slice for spec in self.specs if spec.kind != "power"}) > 1

    @cached_property
    def run_numbers(self) -> dict[str, int]:
        """Number of each run to the target, from 1: equal seeds have equal numbers at every batch size."""
        specs = [spec for spec in self.specs if spec.kind != "power"]
        lots = sorted({_lot(spec) for spec in specs})
        return {spec.key: 1 + lots.index(_lot(spec)) for spec in specs}

    def why_not(self, spec: RunSpec) -> str:
        """Say in a line why a run has nothing to show; empty if it was made to its end."""
        result = self.results.get(spec.key, self._unfit.get(spec.batch_size))
        if result is None:
            return "not run yet"
        if result.status == "done":
            return ""
        first, *more = result.reason.splitlines() or [""]
        if more:  # a script's last words; the table of runs has them
            first = first.rpartition(";")[0] or first
        what = f"infeasible at {_where(result.spec)}" if result.status == "infeasible" else result.status
        return f"{what}: {first}" if first else what

    def has_failed(self, spec: RunSpec) -> bool:
        """Whether a run was made and failed; one whose batch size does not fit has not."""
        return spec.key in self.results and self.results[spec.key].status == "failed"

    @cached_property
    def _unfit(self) -> dict[int, RunResult]:
        """Find the first run of each batch size that did not fit: further runs of that size are not made."""
        found = [self.results[spec.key] for spec in reversed(self.specs) if spec.key in self.results]
        return {result.spec.batch_size: result for result in found if result.status == "infeasible"}

    @property
    def workload(self) -> dict[str, str]:
        """Dataset, network and optimizer."""
        job = self.plan.job
        return {"dataset": job.dataset, "network": job.network, "optimizer": job.optimizer}


def gather(out: Path) -> Gathered:
    """Read a collection.

    Raises
    ------
    CollectError
        If there is none, or a file of it cannot be understood.
    """
    manifest = read_manifest(out)
    results = read_results(out)
    own = {spec.key for spec in manifest.runs} & set(results)
    return Gathered(manifest, {key: results[key] for key in sorted(own)}, len(results) - len(own))


def _where(spec: RunSpec) -> str:
    limit = "" if spec.power_limit_w is None else f"{spec.power_limit_w} W, "
    return f"{limit}seed {spec.seed}"


def _lot(spec: RunSpec) -> tuple[int, int]:
    return -(spec.power_limit_w or 0), spec.seed
