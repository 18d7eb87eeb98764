"""What was found, in plain sentences that are computed from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.compare import BASELINE, failures
from simulator.report.names import ALL, in_order
from simulator.report.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.compare import Comparison
    from simulator.report.evidence import Evidence
    from simulator.report.tables import Replay

__all__ = ["Summary", "summarized"]

#: Policies that a reader asks about first.
_FIRST = ("pruning-gts", "gts")

#: Below this [%], a decimal is worth showing.
_SMALL = 9.95

#: Places that are named one by one.
_MOST_PLACES = 8


@dataclass(frozen=True)
class Summary:
    """What was found.

    Parameters
    ----------
    headline
        The one sentence to remember.
    details
        Further sentences.
    """

    headline: str
    details: tuple[str, ...] = ()


def summarized(evidence: Evidence) -> Summary:
    """Say what was found."""
    sentences: list[str] = []
    if evidence.comparisons:
        sentences += _of_comparison(evidence, next(iter(evidence.comparisons.values())))
    else:
        main = [replay for replay in evidence.replays if not replay.overlapping] or evidence.replays
        sentences += _of_replay(evidence, main[0]) if main else []
    sentences += _of_failures(evidence)
    if evidence.problems:
        what = listed([problem.label for problem in evidence.problems])
        sentences.append(f"Could not be read: {what}. Why stands under “What did not get through”.")
    return (
        Summary(sentences[0], tuple(sentences[1:])) if sentences else Summary("The tables below show what was found.")
    )


def amount(percent: float, low: float = float("nan"), high: float = float("nan")) -> str:
    """Say how much less or more, with the interval.

    Examples
    --------
    >>> amount(-34.2, -39.0, -29.1), amount(4.25), amount(-12.0, -25.0, 3.0)
    ('34 % [29, 39] less', '4.2 % more', '12 % [−3.0, 25] less')
    """
    sign, word = (-1, "less") if percent < 0 else (1, "more")
    ends = "" if low != low else " [{}, {}]".format(*(_short(end) for end in sorted((sign * low, sign * high))))
    return f"{_short(abs(percent))} %{ends} {word}"


def _short(percent: float) -> str:
    decimals = 1 if abs(percent) < _SMALL else 0
    return f"{round(percent, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def _of_comparison(evidence: Evidence, comparison: Comparison) -> Iterator[str]:
    costs = comparison.differences.loc[comparison.differences["measure"] == "cost"]
    places = costs.loc[costs["job"] != ALL]
    overall = costs.loc[costs["job"] == ALL]
    known = places.loc[places["difference_pct"].notna()]
    if known.empty:
        yield f"Nothing could be compared with {comparison.baseline}: replays broke off."
        return
    main = _main(list(dict.fromkeys(known["policy"])))
    of_main = known.loc[known["policy"] == main]
    known_overall = overall.loc[overall["difference_pct"].notna()]
    if len(places[["job", "gpu"]].drop_duplicates()) > 1 and main in set(known_overall["policy"]):
        row = known_overall.loc[known_overall["policy"] == main].iloc[0]
        yield f"{_said(row)} over {_where(evidence, comparison)}: {row['verdict']}."
    else:
        row = of_main.iloc[0]
        yield f"{_said(row)} on {evidence.names.place(row['job'], row['gpu'])}: {row['verdict']}."
    if len(of_main) > 1:
        yield _by_place(evidence, of_main, main)
    ranked = known_overall if len(known_overall) else known
    yield _ranked(ranked.loc[ranked["policy"] != main], comparison.baseline)
    withheld = int((places["verdict"] == "cannot tell").sum())
    if withheld:
        yield f"In {withheld} of {counted(len(places), 'comparison')} by job and GPU one cannot tell."


def _main(policies: list[str]) -> str:
    return next(policy for policy in (*_FIRST, *policies) if policy in policies)


def _said(row: Any) -> str:
    return (
        f"{row['policy']} costs {amount(row['difference_pct'], row['low_pct'], row['high_pct'])} than {row['baseline']}"
    )


def _where(evidence: Evidence, comparison: Comparison) -> str:
    jobs, gpus = comparison.pairs["job"].map(evidence.names.job).nunique(), list(comparison.pairs["gpu"].unique())
    return f"{counted(jobs, 'job')} on {listed(gpus)}"


def _by_place(evidence: Evidence, rows: pd.DataFrame, main: str) -> str:
    several = rows["gpu"].nunique() > 1
    ordered = rows.sort_values("difference_pct")
    said = []
    for row in ordered.to_dict("records"):
        place = evidence.names.place(row["job"], row["gpu"])
        what = amount(row["difference_pct"], row["low_pct"], row["high_pct"])
        said.append(f"{place if several else place.job} {what} ({row['verdict']})")
    if len(said) <= _MOST_PLACES:
        return f"{main} by job: {'; '.join(said)}."
    counts = ", ".join(f"{verdict} on {n}" for verdict, n in rows["verdict"].value_counts().items())
    return f"{main} by job and GPU: {counts}. From {said[0]} to {said[-1]}."


def _ranked(rows: pd.DataFrame, baseline: str) -> str:
    """Say how the other policies stand, from the cheapest on; over all places where there is such a row."""
    if rows.empty:
        return f"All of this is against {baseline}."
    best = rows.sort_values("difference_pct").drop_duplicates("policy")
    said = [
        f"{row['policy']} {amount(row['difference_pct'], row['low_pct'], row['high_pct'])} ({row['verdict']})"
        for row in best.to_dict("records")
    ]
    return f"The others against {baseline}: {listed(said, most=12)}."


def _of_replay(evidence: Evidence, replay: Replay) -> Iterator[str]:
    known = replay.summary.loc[replay.summary["cost_change_pct"].notna() & (replay.summary["policy"] != BASELINE)]
    if known.empty:
        policies = counted(len(evidence.policies), "policy was", "policies were")
        yield f"{policies} replayed; there is no baseline {BASELINE} to compare with."
        return
    seeds = int(replay.summary["seeds"].max())
    means = known.groupby("policy", sort=False)["cost_change_pct"].mean().sort_values()
    whole = known.groupby("policy")["cost_change_pct"].size() == known.groupby(["job", "gpu"]).ngroups
    means = means[[policy for policy in means.index if whole[policy]]] if whole.any() else means
    main = _main(list(means.index))
    jobs = counted(known["job"].map(evidence.names.job).nunique(), "job")
    where = f"over {jobs} on {listed(list(known['gpu'].unique()))}"
    yield (
        f"{main} costs {amount(means[main])} than {BASELINE}, on average {where} "
        f"({counted(seeds, 'seed')}; without an interval, as there is no comparison)."
    )
    others = [f"{policy} {amount(value)}" for policy, value in means.items() if policy != main]
    if others:
        yield f"The others against {BASELINE}, from the cheapest on: {listed(others, most=12)}."


def _of_failures(evidence: Evidence) -> Iterator[str]:
    lost = [row for replay in evidence.replays for row in failures(replay.table).to_dict("records")]
    n = sum(int(row["failed_seeds"]) for row in lost)
    if n:
        who = in_order(f"{row['policy']} on {evidence.names.job(row['job'])}" for row in lost)
        left = "is left out" if n == 1 else "are left out"
        yield f"{counted(n, 'replay')} did not reach the target and {left}: {listed(who)}."
