"""Compare the stock policies on every job and GPU, and look closely at unimodal UCB beside pruning Thompson sampling.

Prints, from one run: for each policy its regret against the best fixed configuration over all pairs, and on how
many of them it is better or worse than pruning Gaussian Thompson sampling; then, pair by pair, unimodal UCB against it.
All policies meet the same luck; intervals are about the recorded runs as well as the seeds (`simulator.compare`), and
verdicts are corrected for how many there are. A job recurs twice as often as it has configurations.

    python benchmarks/policies.py [--traces DIR] [--seeds 500] [--resamples 200] [--resample-seeds 30]

Without --traces it takes the published traces from ../shared where they are, otherwise the bundled synthetic ones.
Unimodal UCB was designed on the bundled traces and on half of the published pairs, those of V100 and RTX6000. Those of
A40 and P100 were looked at once, afterwards; they share their training runs with the others, not their power traces.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd
from speed.machine import facts
from speed.published import source_of
from suite.measured import Measurement, of_parts

import simulator
from simulator.policy import names

RIVAL, OURS, DEFAULT = "pruning-gts", "unimodal-ucb", "default+full"
#: GPUs whose published pairs the design has seen.
SEEN = ("v100", "rtx6000")


def regrets(found):
    """Mean regret of each policy on each pair [% of what the best fixed configuration would have cost]."""
    table = found.policies
    means = table.loc[table["statistic"] == "mean"].pivot_table(
        index=["gpu", "job", "policy"], columns="measure", values="estimate", sort=False
    )
    return 100 * means["oracle_regret"] / (means["cost"] - means["oracle_regret"])


def print_policies(found):
    """Print a line for each policy."""
    regret = regrets(found).unstack("policy")
    pairs = found.differences.query("measure == 'cost' and gpu != 'all'")
    verdicts = pd.crosstab(pairs["policy"], pairs["verdict"])
    failed = found.policies.groupby("policy")["failed_pct"].mean()
    words = ("better", "equivalent", "cannot tell", "worse")
    print(f"\n{'policy':<22}{'regret, mean':>14}{'median':>9}{'worst':>9}   {'  '.join(words)}   failed")
    for policy in regret.mean().sort_values().index:
        counts = [verdicts.get(word, {}).get(policy, 0) for word in words]
        told = "  ".join(f"{n:>{len(word)}}" for n, word in zip(counts, words, strict=True))
        if policy == RIVAL:
            told = f"{'(the others are compared with it)':<{len(told)}}"
        row = regret[policy]
        numbers = f"{row.mean():>12.1f} %{row.median():>7.1f} %{row.max():>7.1f} %"
        print(f"{policy:<22}{numbers}   {told}{failed[policy]:>7.1f} %")


def print_pairs(found):
    """Print unimodal UCB against its rival, pair by pair."""
    regret = regrets(found)
    judged = found.judged(smallest_difference=0)  # half the regret is a few per cent of the cost, and all of it counts
    rows = judged.differences.query("measure == 'cost' and policy == @OURS and gpu != 'all'")
    where = found.pairs.set_index(["job", "gpu"])
    print(f"\n{'pair':<26}{'regret ' + RIVAL:>20}{OURS:>14}{'cost':>10}{'interval':>18}   verdict (any difference)")
    for row in rows.to_dict("records"):
        rival, ours = (regret[row["gpu"], row["job"], policy] for policy in (RIVAL, OURS))
        name = f"{where.loc[(row['job'], row['gpu']), 'dataset']}, {row['gpu']}"
        seen = "" if row["gpu"] in SEEN else "  held out"
        interval = f"[{row['low_pct']:+.2f}, {row['high_pct']:+.2f}]"
        change = f"{row['difference_pct']:+.2f} %"
        print(f"{name:<26}{rival:>18.1f} %{ours:>12.1f} %{change:>10}{interval:>18}   {row['verdict']}{seen}")
    counts = rows["verdict"].value_counts()
    print(f"{OURS} against {RIVAL} on {len(rows)} pairs: " + ", ".join(f"{n} {word}" for word, n in counts.items()))
    means = regret.groupby("policy").mean()
    print(f"mean regret {means[RIVAL]:.2f} % and {means[OURS]:.2f} %: {means[OURS] / means[RIVAL]:.2f} times")


def found_by(traces, *, seeds, resamples, resample_seeds):
    """Compare all policies with the rival."""
    policies = [DEFAULT, "oracle+oracle", *(name for name in names() if name != "oracle")]
    return simulator.compare(
        None,
        traces,
        policies=policies,
        baseline=RIVAL,
        seeds=range(seeds),
        resamples=resamples,
        resample_seeds=resample_seeds,
    )


def measurements(*, quick):
    """Measure regrets, and on how many pairs unimodal UCB is better or worse."""
    source = source_of(None)
    traces = [simulator.read_traces(source, gpu=gpu) for gpu in simulator.list_gpus(source)]
    what = {"seeds": 30, "resamples": 50, "resample_seeds": 5} if quick else {
        "seeds": 500, "resamples": 200, "resample_seeds": 30
    }  # fmt: skip
    found = found_by(traces, **what)
    what |= {"traces": traces[0].name, "pairs": len(found.pairs)}
    regret = regrets(found)
    for name, policy in (("thompson", RIVAL), ("unimodal-ucb", OURS), ("default", DEFAULT)):
        of = regret[regret.index.get_level_values("policy") == policy]
        yield of_parts(f"policies/{name}-regret", of.mean(), list(of), over="job-GPU pairs", **what)
    verdicts = found.differences.query("measure == 'cost' and gpu != 'all' and policy == @OURS")["verdict"]
    for word in ("better", "worse"):
        n = int((verdicts == word).sum())
        told = "a count, for these seeds"
        yield Measurement(
            id=f"policies/unimodal-ucb-{word}", value=n, low=n, high=n, spread=told, against=RIVAL, parameters=what
        )


#: What ``python -m benchmarks`` measures.
PARTS = {"compare": measurements}


def main():
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--resample-seeds", type=int, default=30)
    options = parser.parse_args()
    source = source_of(options.traces)
    gpus = simulator.list_gpus(source)
    traces = [simulator.read_traces(source, gpu=gpu) for gpu in gpus]
    kind = "SYNTHETIC traces" if traces[0].synthetic else "traces"
    print(f"{kind} {traces[0].name}, {', '.join(gpus)}; {facts()}")
    drawn = f"drawn again {options.resamples} times, {options.resample_seeds} seeds each"
    print(f"{options.seeds} seeds; recorded runs {drawn}")
    begun = time.perf_counter()
    found = found_by(traces, seeds=options.seeds, resamples=options.resamples, resample_seeds=options.resample_seeds)
    print_policies(found)
    print_pairs(found)
    replays = len(found.replays)
    print(f"\n{replays:,} replays, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
