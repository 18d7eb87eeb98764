"""Compares two files of runs, scenario by scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["VERDICTS", "Verdict", "compare", "differences"]

#: What may be said of a scenario: "better" and "worse" stand for faster and slower where it is a matter of speed.
VERDICTS = ("worse", "better", "same", "failed", "not comparable", "gone", "new", "not measured")

#: Two runs of the same code differ by this share although each agrees with itself.
BETWEEN_RUNS = 0.05

#: Few repeats do not tell how far others would have spread: two sets of two lie apart by luck alone one time in three,
#: of three one time in ten, of five one time in 126. So a time of so few repeats must differ by at least this share.
OF_FEW = {1: 0.5, 2: 0.3, 3: 0.15, 4: 0.1}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a scenario.

    Parameters
    ----------
    id
        Which.
    verdict
        One of `VERDICTS`.
    times_worse, low, high
        How many times as bad the new figure is, from the mildest to the harshest reading of both spreads; below 1 it
        is better. None where there is nothing to divide.
    why
        What to know about it.
    """

    id: str
    verdict: str
    times_worse: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""


def compare(old, new, *, anyway=False, between_runs=BETWEEN_RUNS):
    """Compare two documents.

    Parameters
    ----------
    old, new
        What `read_document` returns.
    anyway
        Whether to compare speeds although machine or packages are not the same.
    between_runs
        Share by which figures may differ and still count as the same; with few repeats it is `OF_FEW` at least.

    Returns
    -------
    list of Verdict
        One for each scenario of either, in the order of the new one.
    """
    before = {scenario["id"]: scenario for scenario in old["scenarios"]}
    after = {scenario["id"]: scenario for scenario in new["scenarios"]}
    apart = [] if anyway else differences(old, new)
    verdicts = [_one(before.get(name), scenario, apart, between_runs) for name, scenario in after.items()]
    gone = [
        Verdict(id=name, verdict="gone", why="the new run did not include it") for name in before if name not in after
    ]
    return verdicts + gone


def differences(old, new):
    """Say why speeds of two documents are not comparable; an empty list if nothing forbids it."""
    told = []
    for name, words in (("cpu", "processor"), ("cores_used", "cores"), ("python", "Python"), ("kernel", "kernel")):
        told += _unlike(words, old["machine"].get(name), new["machine"].get(name))
    ours = "trace-simulator"  # what the comparison is about
    for name in sorted({*old["packages"], *new["packages"]} - {ours}):
        told += _unlike(name, old["packages"].get(name), new["packages"].get(name))
    return told


def _unlike(words, old, new):
    return [] if old == new else [f"{words} {old or 'none'} -> {new or 'none'}"]


def _one(old, new, apart, between_runs):
    name = new["id"]
    if new["state"] == "failed":
        return Verdict(id=name, verdict="failed", why=new["error"].splitlines()[-1] if new["error"] else "")
    if old is None:
        return Verdict(id=name, verdict="new", why="the old run did not include it")
    if new["state"] == "skipped" or old["state"] != "measured":
        return Verdict(id=name, verdict="not measured", why=_why_not_measured(old, new))
    told = apart if new["depends_on"] == "machine" else []
    for what in ("parameters", "against", "unit", "better"):
        if old[what] != new[what]:
            told = [*told, f"other {what}: {_shown(old[what], new[what])}"]
    if told:
        return Verdict(id=name, verdict="not comparable", why="; ".join(told))
    return _judged(old, new, between_runs)


def _why_not_measured(old, new):
    if new["state"] == "skipped":
        return f"skipped now: {new['reason']}"
    return f"{old['state']} then: {(old.get('reason') or old.get('error') or '').splitlines()[-1]}"


def _shown(old, new):
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return f"{old!r} -> {new!r}"
    names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {old.get(name)} -> {new.get(name)}" for name in names)


def _judged(old, new, between_runs):
    """Divide badness by badness, and see whether 1 lies within both spreads."""
    middle, before_ends, after_ends = _badness(old), _ends(old), _ends(new)
    now = _badness(new)
    near = new["better"].startswith("near ")
    if near or not all(0 < badness < math.inf for badness in (middle, now, *before_ends, *after_ends)):
        why = f"off by {middle:.3g}, now by {now:.3g}" if near else f"{old['value']:.3g} -> {new['value']:.3g}"
        return _by_difference(new["id"], before_ends, after_ends, why)
    worse = now / middle
    low, high = after_ends[0] / before_ends[1], after_ends[1] / before_ends[0]
    n_repeats = min(len(old["repeats"]), len(new["repeats"]))
    margin = max(between_runs, OF_FEW.get(n_repeats, 0.0)) if new["depends_on"] == "machine" else between_runs
    verdict, why = "same", ""
    if low > 1 + margin:
        verdict = "worse"
    elif high < 1 / (1 + margin):
        verdict = "better"
    elif low > 1 + between_runs or high < 1 / (1 + between_runs):
        why = f"apart, but too little for {n_repeats} repeat{'s' * (n_repeats > 1)}: {margin:.0%} is needed"
    return Verdict(id=new["id"], verdict=verdict, times_worse=worse, low=low, high=high, why=why)


def _by_difference(name, old_ends, new_ends, why):
    """Where there is nothing to divide by, because it is zero or may be: see whether the spreads meet."""
    if new_ends[0] > old_ends[1]:
        return Verdict(id=name, verdict="worse", why=why)
    verdict = "better" if new_ends[1] < old_ends[0] else "same"
    return Verdict(id=name, verdict=verdict, why=why)


def _badness(scenario, figure=None):
    """Turn a figure into one of which less is better."""
    value = scenario["value"] if figure is None else figure
    better = scenario["better"]
    if better == "higher":
        return 1 / value if value > 0 else math.inf
    if better == "lower":
        return value
    return abs(value - float(better.removeprefix("near ")))


def _ends(scenario):
    """Least and greatest badness that the spread allows."""
    low = scenario["value"] if scenario["low"] is None else scenario["low"]
    high = scenario["value"] if scenario["high"] is None else scenario["high"]
    ends = sorted((_badness(scenario, low), _badness(scenario, high)))
    if scenario["better"].startswith("near ") and low <= float(scenario["better"].removeprefix("near ")) <= high:
        ends[0] = 0.0
    return ends
