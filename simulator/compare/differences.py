"""Policies against a baseline: by how much, how surely, and what may be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from simulator.compare.correction import correct
from simulator.compare.estimators import relative_difference
from simulator.compare.two_level import interval, two_level
from simulator.compare.verdict import CANNOT_TELL, claims, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.compare.samples import Samples
    from simulator.compare.settings import Settings
    from simulator.compare.two_level import Sureness

    Floats = NDArray[np.float64]

__all__ = ["ALL", "COMPARED", "differences"]

#: What stands for job and GPU in rows about all of them.
ALL = "all"

#: Measures of which a ratio makes sense; a family of comparisons is about one of them.
COMPARED = ("cost", "energy_j", "time_s")

#: What is said of each comparison.
_SAID = (
    "difference_pct",
    "low_pct",
    "high_pct",
    "p_better",
    "verdict",
    "p_value",
    "p_corrected",
    "failed_pct",
    "baseline_failed_pct",
    "single_run_sizes",
)


class _Part(NamedTuple):
    """Policies against the baseline at one place, or over several.

    Parameters
    ----------
    recorded, resampled
        Logarithms of ratios, and influences of the seeds on them: shapes (n_policies,) and (n_policies, n_seeds), with
        n_resamples in front of the latter two.
    better
        Share of the replays that cost less than the baseline's, shape (n_policies,).
    failed, baseline_failed
        Share of the replays that broke off, shapes (n_policies,) and ().
    """

    recorded: tuple[Floats, Floats]
    resampled: tuple[Floats, Floats]
    better: Floats
    failed: Floats
    baseline_failed: Floats


def differences(samples: Samples, *, baseline: str, settings: Settings, single_run_sizes: list[int]) -> pd.DataFrame:
    """Compare every policy with the baseline, at every job and GPU, and over all of them.

    Parameters
    ----------
    samples
        The replays.
    baseline
        Name of the policy that the others are compared with.
    settings
        How; of these confidence, smallest_difference and correction matter.
    single_run_sizes
        For each place how many of its batch sizes have one recorded run.

    Returns
    -------
    pandas.DataFrame
        See `simulator.compare.Comparison.differences`.
    """
    base = samples.policies.index(baseline)
    others = [position for position in range(len(samples.policies)) if position != base]
    names = [samples.policies[position] for position in others]
    tables = []
    for measure in COMPARED:
        parts = [_at(samples, place, measure, others, base) for place in samples.places]
        rows = [
            _rows(samples, part, [place], names, single, settings)
            for part, place, single in zip(parts, samples.places, single_run_sizes, strict=True)
        ]
        families = [pd.concat(rows, ignore_index=True)]
        if len(parts) > 1:
            whole = _over_all(parts, [samples.workloads[place] for place in samples.places])
            families.append(_rows(samples, whole, samples.places, names, sum(single_run_sizes), settings))
        tables += [_judged(family, settings).assign(measure=measure, baseline=baseline) for family in families]
    table = pd.concat(tables, ignore_index=True)
    return table[["job", "gpu", "policy", "baseline", "measure", *_SAID]]


def _at(samples: Samples, place: tuple[str, str], measure: str, others: list[int], base: int) -> _Part:
    measured = samples.of(place, measure)
    worlds = measured.resampled if len(measured.resampled) else measured.recorded[None]
    mine, theirs = worlds[:, others], worlds[:, [base]]
    both = ~(np.isnan(mine) | np.isnan(theirs))
    less = np.where(both, (mine < theirs) + 0.5 * (mine == theirs), 0.0)
    failed = np.isnan(worlds).mean(axis=(0, 2))
    return _Part(
        recorded=relative_difference(measured.recorded[others], measured.recorded[[base]]),
        resampled=relative_difference(measured.resampled[:, others], measured.resampled[:, [base]]),
        better=less.sum(axis=(0, 2)) / np.maximum(both.sum(axis=(0, 2)), 1),
        failed=failed[others],
        baseline_failed=failed[base],
    )


def _over_all(parts: list[_Part], workloads: list[str]) -> _Part:
    """Average over the GPUs of each workload, then over workloads.

    Seeds and runs drawn again are the same on all GPUs, so what they share adds up before it is squared.
    """
    weight = np.array([1 / workloads.count(workload) / len(set(workloads)) for workload in workloads])

    def mean(amounts: list[Floats]) -> Floats:
        return np.asarray(np.tensordot(weight, np.stack(amounts), axes=1), np.float64)

    return _Part(
        recorded=(mean([part.recorded[0] for part in parts]), mean([part.recorded[1] for part in parts])),
        resampled=(mean([part.resampled[0] for part in parts]), mean([part.resampled[1] for part in parts])),
        better=mean([part.better for part in parts]),
        failed=mean([part.failed for part in parts]),
        baseline_failed=mean([part.baseline_failed for part in parts]),
    )


def _rows(
    samples: Samples,
    part: _Part,
    places: list[tuple[str, str]],
    names: list[str],
    single_run_sizes: int,
    settings: Settings,
) -> pd.DataFrame:
    (found, influence), (worlds, influences) = part.recorded, part.resampled
    sureness: Sureness = two_level(
        (found, (influence**2).sum(axis=-1)),
        samples.n_seeds,
        (worlds, (influences**2).sum(axis=-1)),
        *samples.draws(places),
    )
    low, high = interval(sureness, confidence=settings.confidence)
    claimed, p_value = claims(sureness, smallest_difference=settings.smallest_difference)
    job, gpu = places[0] if len(places) == 1 else (ALL, ALL)
    return pd.DataFrame(
        {
            "job": job,
            "gpu": gpu,
            "policy": names,
            "difference_pct": 100 * np.expm1(sureness.estimate),
            "low_pct": 100 * np.expm1(low),
            "high_pct": 100 * np.expm1(high),
            "p_better": part.better,
            "claimed": claimed,
            "p_value": p_value,
            "failed_pct": 100 * part.failed,
            "baseline_failed_pct": 100 * part.baseline_failed,
            "single_run_sizes": single_run_sizes,
        }
    )


def _judged(family: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Correct for how many comparisons there are, and judge each."""
    corrected = correct(family["p_value"], settings.correction)
    verdict = judge(family["claimed"].to_numpy(str), corrected, confidence=settings.confidence)
    # Replays that broke off are left out, and those were not the cheap ones: no verdict may rest on that.
    flattered = {
        "better": family["failed_pct"] > family["baseline_failed_pct"],
        "worse": family["failed_pct"] < family["baseline_failed_pct"],
        "equivalent": family["failed_pct"] != family["baseline_failed_pct"],
    }
    for claim, withheld in flattered.items():
        verdict[(verdict == claim) & withheld.to_numpy()] = CANNOT_TELL
    return family.assign(p_corrected=corrected, verdict=verdict)
