"""What a comparison found: its tables, made from the replays, and ways to keep and show them."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.compare.contenders import choose_baseline
from simulator.compare.differences import differences
from simulator.compare.gather import Gathered
from simulator.compare.samples import Samples
from simulator.compare.settings import Settings
from simulator.compare.standings import standings
from simulator.compare.store import read, write
from simulator.compare.words import cell, place_names, sentence

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

__all__ = ["Comparison"]

_TABLES = ("replays", "worlds", "configurations", "draws", "pairs")
_SHOWN = {"policies", "shares", "differences", "pairs"}


class Comparison:
    """Policies compared: what each cost, how they differ, and what may be said.

    Made by `simulator.compare`. Tables are made from the replays when first asked for; do not change them.

    Intervals are for what newly recorded runs, as many as there were, and infinitely many seeds would give; see
    `simulator.compare.two_level`. A batch size with a single recorded run cannot be drawn any other way, so that
    where ``single_run_sizes`` is not 0 intervals may be too narrow.

    Parameters
    ----------
    gathered
        The replays.
    manifest
        How they were made, as plain data: settings, policies, baseline, and what each job was replayed on.
    """

    def __init__(self, gathered: Gathered, manifest: dict[str, Any]) -> None:
        self._gathered = gathered
        #: How the comparison was made: plain data, enough to make it again.
        self.manifest = manifest
        self._settings = Settings(**manifest["settings"])

    @property
    def names(self) -> list[str]:
        """Names of the policies, in the order given."""
        return list(self.manifest["policies"])

    @property
    def baseline(self) -> str:
        """Name of the policy that the others are compared with."""
        return str(self.manifest["baseline"])

    @property
    def pairs(self) -> pd.DataFrame:
        """What was replayed: one row for each job and gpu.

        dataset; workload; recurrences of a replay; recorded_runs; batch_sizes (how many); single_run_sizes: how many
        of them were recorded once, and which_single; best_batch_size and best_power_limit_w [W] of the best fixed
        configuration; synthetic, predicted: what the traces were; overlapping, synthetic_groups: what submissions were.
        """
        return self._gathered.pairs

    @property
    def replays(self) -> pd.DataFrame:
        """One row a replay: job, gpu, policy, resample (0: runs as recorded), seed, and its sums."""
        return self._gathered.replays

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replays on the recorded runs that broke off: policy, job, gpu, seed, error."""
        return self._gathered.failures

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Each policy by itself: one row for each job, gpu, policy, measure, unit and statistic.

        Measures are of a whole replay: cost [J], energy_j [J], time_s [s]; oracle_regret [J]: cost beyond that of the
        best fixed configuration (`simulator.trace.expected`); clairvoyant_regret [J]: beyond that of one who knows the
        luck of every batch size (`simulator.trace.clairvoyant`); recurrences_to_oracle: recurrences before the first
        five in a row within 5 % of the best fixed configuration, all of them if there are none; retries: tries beyond
        the first of each recurrence; early_stops: tries that the bound on their cost cut off. Statistics over seeds are
        median, iqm (interquartile mean) and mean. estimate, low, high: with its interval; failed_pct: share of replays
        that broke off [%], the rest is about the others.
        """
        return standings(self._samples, confidence=self._settings.confidence)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """How often each policy ran each configuration: job, gpu, policy, batch_size, power_limit_w [W], runs, share.

        Over all seeds, on the runs as recorded; shares of a policy at a job and gpu add up to 1.
        """
        runs = self._gathered.configurations
        total = runs.groupby(["job", "gpu", "policy"])["runs"].transform("sum")
        columns = ["job", "gpu", "policy", "batch_size", "power_limit_w", "runs"]
        return runs[columns].assign(share=runs["runs"] / total)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Every policy against the baseline: one row for each job, gpu, policy and measure; see `against`."""
        return self.against(self.baseline)

    def against(self, baseline: str) -> pd.DataFrame:
        """Compare every policy with another baseline.

        Parameters
        ----------
        baseline
            Name of a policy.

        Returns
        -------
        pandas.DataFrame
            job, gpu (``"all"``: the average over the GPUs of each workload, then over workloads), policy, baseline,
            measure (cost, energy_j or time_s of a replay); difference_pct: by how much its mean is above the baseline's
            [%], low_pct, high_pct: the interval, not corrected; p_better: probability that a replay costs less than the
            baseline's with the same luck, on newly recorded runs; verdict: see `simulator.compare.verdict`; p_value of
            what the comparison comes closest to showing, p_corrected: the same for all policies, jobs and GPUs of a
            measure taken together (rows over all of them are a family of their own); failed_pct,
            baseline_failed_pct: share of replays that broke off [%], those on resamples included; single_run_sizes: how
            many batch sizes have one recorded run.

        Raises
        ------
        UnknownPolicyError
            If there is no such policy.
        """
        table = differences(
            self._samples,
            baseline=choose_baseline(baseline, self.names),
            settings=self._settings,
            single_run_sizes=self.pairs["single_run_sizes"].tolist(),
        )
        table.attrs = {"manifest": {"replays": self.manifest["replays"]}}
        return table

    def all_differences(self) -> pd.DataFrame:
        """Compare every policy with every one before it, as `against` does.

        P-values are corrected within each baseline; for one family of all of them, correct ``p_value`` again
        (`simulator.compare.correction`).
        """
        wanted = set(combinations(self.names, 2))
        tables = [self.against(name) for name in self.names[:-1]]
        table = pd.concat(tables, ignore_index=True)
        keep = [pair in wanted for pair in zip(table["baseline"], table["policy"], strict=True)]
        return table.loc[keep].reset_index(drop=True)

    def verdicts(self, *, measure: str = "cost") -> list[str]:
        """Say each comparison with the baseline in a line, and what to be careful about.

        Parameters
        ----------
        measure
            cost, energy_j or time_s.
        """
        names = place_names(self.pairs)
        return [sentence(row, names[row["job"], row["gpu"]]) for row in self._rows(measure)] + self.caveats()

    def caveats(self) -> list[str]:
        """List what a reader of the intervals must know: what they leave out."""
        lines = []
        if not self._settings.resamples:
            lines.append("resamples=0: intervals are about seeds alone, as if other runs could not have been recorded")
        single = self.pairs.loc[self.pairs["single_run_sizes"] > 0]
        if len(single):
            names = place_names(self.pairs)
            where = zip(single["job"], single["gpu"], single["which_single"], strict=True)
            which = "; ".join(f"{names[job, gpu]}: {sizes}" for job, gpu, sizes in where)
            lines.append(f"intervals may be too narrow, for some batch sizes have one recorded run: {which}")
        if self.failures:
            lines.append(f"{len(self.failures)} replays broke off and are left out; see failures")
        return lines

    def save(self, folder: str | PathLike[str]) -> Path:
        """Write everything into a folder: each table as Parquet, and ``comparison.json`` with the small ones.

        Every file is whole at any time, and files of two comparisons are never taken for one; see `load`.
        """
        kept = {name: getattr(self._gathered, name) for name in _TABLES}
        made = {name: getattr(self, name) for name in sorted(_SHOWN)}
        return write(folder, {**kept, **made}, manifest={**self.manifest, "failures": self.failures}, shown=_SHOWN)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Comparison:
        """Read a comparison that `save` wrote.

        Raises
        ------
        ReplayError
            If the folder holds none.
        """
        tables, manifest = read(folder)
        failures = manifest.pop("failures")
        manifest["settings"]["beta"] = float(manifest["settings"]["beta"])  # infinity is text in JSON
        return cls(Gathered(**{name: tables[name] for name in _TABLES}, failures=failures), manifest)

    def judged(self, **changes: Any) -> Comparison:
        """Judge the same replays otherwise: smallest_difference, confidence, correction or baseline."""
        baseline = choose_baseline(changes.pop("baseline", self.baseline), self.names)
        settings = vars(replace(self._settings, **changes))
        return Comparison(self._gathered, {**self.manifest, "settings": settings, "baseline": baseline})

    @cached_property
    def _samples(self) -> Samples:
        gathered = self._gathered
        return Samples(gathered.replays, gathered.worlds, gathered.draws, gathered.pairs, self.names)

    def __repr__(self) -> str:
        return "\n".join([self._title(), *self.verdicts()])

    def _repr_html_(self) -> str:
        names = place_names(self.pairs)
        cells = [
            {"policy": row["policy"], "where": names[row["job"], row["gpu"]], "cell": cell(row)}
            for row in self._rows("cost")
        ]
        table = pd.DataFrame(cells).pivot_table(
            index="where", columns="policy", values="cell", aggfunc="first", sort=False
        )
        table.index.name = table.columns.name = None
        notes = "".join(f"<p>{html.escape(line)}</p>" for line in self.caveats())
        return f"<p>{html.escape(self._title())}</p>{table.to_html()}{notes}"

    def _rows(self, measure: str) -> list[dict[str, Any]]:
        table = self.differences.loc[self.differences["measure"] == measure]
        return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]

    def _title(self) -> str:
        settings = self._settings
        return (
            f"{len(self.names)} policies against {self.baseline}, {place_names(self.pairs)['all', 'all']}: "
            f"{len(settings.seeds)} seeds, {settings.resamples} resamples of the recorded runs; "
            f"cost, {100 * settings.confidence:g} % intervals, {100 * settings.smallest_difference:g} % matters"
        )
