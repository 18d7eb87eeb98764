"""What was found, in plain sentences that are computed from the tables."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.compare import BASELINE, failures
from simulator.report.also import also, averaged
from simulator.report.damage import SPOILT
from simulator.report.names import ALL, in_order
from simulator.report.words import amount, counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from simulator.compare import Comparison
    from simulator.report.evidence import Evidence
    from simulator.report.tables import Replay

__all__ = ["Summary", "summarized"]

#: Policies that a reader asks about first.
_FIRST = ("pruning-gts", "gts")

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
    who
        Who the policies of the headline are; empty if that is not known.
    """

    headline: str
    details: tuple[str, ...] = ()
    who: str = ""


def summarized(evidence: Evidence) -> Summary:
    """Say what was found."""
    sentences: list[str] = []
    if evidence.comparisons:
        sentences += _of_comparison(evidence, next(iter(evidence.comparisons.values())))
    else:
        main = [replay for replay in evidence.replays if not replay.overlapping] or evidence.replays
        sentences += _of_replay(evidence, main[0]) if main else []
    with suppress(*SPOILT):  # told where the sections are made
        sentences += also(evidence)
    sentences += _of_failures(evidence)
    if evidence.problems:
        what = listed([problem.label for problem in evidence.problems])
        sentences.append(f"Could not be read: {what}. Why stands under “What did not get through”.")
    if not sentences:
        return Summary("The tables below show what was found.")
    return Summary(sentences[0], tuple(sentences[1:]), _who(evidence))


def described(policies: Iterable[str]) -> dict[str, str]:
    """Say what policies do, as far as they are stock ones or installed: a sentence by name."""
    from simulator.policy import describe, names

    known = set(names())
    of = {policy: policy.partition("+")[0].partition(":")[0] for policy in policies}
    return {policy: describe(base) for policy, base in of.items() if base in known and policy != BASELINE}


def _who(evidence: Evidence) -> str:
    """Explain the baseline and the policy that the headline is about."""
    said = [f"{BASELINE}: the default batch size at full power, as if nobody chose."] * (BASELINE in evidence.policies)
    main = _main([policy for policy in evidence.policies if policy != BASELINE] or [BASELINE])
    return " ".join([*said, *(f"{name}: {text}" for name, text in described([main]).items())])


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
    if others := _ranked(ranked.loc[ranked["policy"] != main], comparison.baseline):
        yield others
    withheld = int((places["verdict"] == "cannot tell").sum())
    if withheld:
        yield (
            f"In {withheld} of {counted(len(places), 'comparison')} by job, GPU and policy, the runs do not say which "
            "costs less."
        )


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
        return ""
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
    means = averaged(known).sort_values()
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
        of = in_order(f"{row['policy']} on {evidence.names.job(row['job'])}" for row in lost)
        yield (
            f"{counted(n, 'replay')} broke off ({listed(of)}). Nothing is claimed of how these policies compare there; "
            "see “What did not get through”."
        )
