"""What a year of a large cluster's submissions costs to replay: on paper, by simulation, and checked at a thousandth.

A year of 1,000,000 groups of recurring jobs and 1,000,000,000 runs. First small measurements on this machine give the
cost of each step; formulas make of them what the whole takes on one machine and on n Slurm nodes, and a discrete-event
simulation finds where more nodes stop helping. Then a thousandth of it, SYNTHETIC groups on SYNTHETIC traces, is really
run, on worker processes and on a Slurm of this machine, and what was predicted is laid beside what was measured.

    python benchmarks/scale.py [--quick] [--out results/scale] [--page docs/reasons/scale.md]

It writes scale.json and figures. With --page, every figure of that page is written anew: tables, sentences, drawings.
It takes some minutes; --quick, one, and figures that mean little.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from scale_of_a_year.check import check
from scale_of_a_year.cluster import blocks_of, sizes_of
from scale_of_a_year.costs import MEANINGS, measure_costs
from scale_of_a_year.figures import draw
from scale_of_a_year.model import (
    cell_seconds,
    driver_seconds,
    intervals,
    largest_uncertainty,
    medians,
    planning_s,
    starting,
)
from scale_of_a_year.page import amount, check_table, cost_table, renew, year_table
from scale_of_a_year.sentences import check_sentences, machine_sentence, year_sentences
from scale_of_a_year.trial import why_no_slurm
from scale_of_a_year.waiting import useful_nodes
from suite.machine import commit, load, machine, packages

#: A year, and the part of it that is really run.
GROUPS, RUNS, PART = 1_000_000, 1_000_000_000, 1_000
#: Nodes of the simulation, and cores of each.
NODES, NODE_CORES = [1, 2, 4, 8, 16, 32, 64, 128, 256], 8
#: Jobs of the bundled traces, which stand in for groups.
JOBS = 6


def lay_out(costs, cores):
    """Predict the year: on one machine by formulas, on n nodes by formulas and by the simulation of waiting."""
    blocks = blocks_of(sizes_of(GROUPS, RUNS), JOBS)
    slurm, middle = "slurm_start_s" in costs, medians(costs)
    words = {"plan_s": planning_s(middle, blocks), "driver_cell_s": driver_seconds(middle, blocks), "dealt": slurm}
    seconds = cell_seconds(middle, blocks, workers=NODE_CORES, cores=NODE_CORES)
    rows, last = useful_nodes(seconds, NODE_CORES, NODES, **words, **starting(middle, slurm=slurm))
    name, share = largest_uncertainty(costs, blocks, workers=cores, cores=cores)
    for row in rows:
        several = {"workers": row["nodes"] * NODE_CORES, "cores": NODE_CORES, "slurm": slurm}
        row["terms"] = intervals(costs, blocks, draws=50, **several)
    return {
        "groups": GROUPS,
        "runs": RUNS,
        "cells": len(blocks),
        "one_machine": {"cores": cores, "terms": intervals(costs, blocks, workers=cores, cores=cores)},
        "nodes": rows,
        "node_cores": NODE_CORES,
        "useful_nodes": last,
        "largest_cell_s": float(seconds.max()),
        "largest_uncertainty": {"cost": name, "moves_wall_pct": 100 * share},
    }


def main():
    """Measure, lay out, check, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="little of everything: shows that it runs")
    parser.add_argument("--out", type=Path, default=Path("results/scale"), help="where scale.json and figures go")
    parser.add_argument("--page", type=Path, help="page whose tables and figures are written anew")
    options = parser.parse_args()
    begun_s, facts = time.perf_counter(), machine()
    cores = facts["cores_used"]

    def say(words):
        print(f"[{time.perf_counter() - begun_s:4.0f} s] {words}", flush=True)

    reason = why_no_slurm()
    costs, missing = measure_costs(quick=options.quick, say=say, why_no_slurm=reason)
    for name, of in costs.items():
        ends = f"{amount(min(of), MEANINGS[name][1])} to {amount(max(of), MEANINGS[name][1])}"
        print(f"{MEANINGS[name][0]:<84}{amount(medians(costs)[name], MEANINGS[name][1]):>12}   {ends}")
    for name, why in missing.items():
        print(f"{MEANINGS[name][0]}: not measured: {why}")
    part = 10 * PART if options.quick else PART
    workers = sorted({1, 2, cores})
    checked = check(
        costs,
        groups=GROUPS // part,
        runs=RUNS // part,
        workers=workers,
        nodes=[] if reason else [1, 2],
        cores=cores,
        say=say,
    )
    say("laying out the year")
    year = lay_out(costs, cores)
    facts["load_end"] = load()
    found = {
        "format": "trace-simulator scale 1",
        "quick": options.quick,
        "machine": facts,
        "packages": packages(),
        "commit": commit(),
        "seconds": time.perf_counter() - begun_s,
        "costs": {
            name: {"meaning": MEANINGS[name][0], "unit": MEANINGS[name][1], "repeats": costs[name]} for name in costs
        },
        "missing": missing,
        "check": {"part": part, "groups": GROUPS // part, "runs": RUNS // part, "sweeps": checked},
        "year": year,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "scale.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    draw(found, options.out)
    print("\n".join(["", *check_table(found), "", *year_table(found)]))
    if options.page:
        pieces = {
            "machine": [machine_sentence(found)],
            "found": year_sentences(found),
            "costs": cost_table(found),
            "year": year_table(found),
            "check": [*check_table(found), "", *check_sentences(found)],
        }
        renew(options.page, pieces)
        draw(found, options.page.with_suffix(""), endings=("svg",))
    say(f"written: {options.out / 'scale.json'}" + (f", {options.page}" if options.page else ""))


if __name__ == "__main__":
    main()
