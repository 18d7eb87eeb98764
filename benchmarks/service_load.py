"""What the optimizer service does under load, beside the published server, and what a long history costs it.

One run measures, on one machine and one after the other: clients in a closed loop, in a process of their own, that
predict and report over the published paths, for 1, 8 and 64 jobs with a client each and for one job that 8 clients
share; on SQLite and PostgreSQL; with 1 and 4 worker processes; then one client's requests on a job of 100, 10,000 and
100,000 trials. It ends with a table and our aims, met or missed.

    python benchmarks/service_load.py [--seconds 5] [--published PYTHON] [--json FILE] [--quick]

The published server needs older packages than ours: `tests/published_service.py` says how to make an interpreter that
has it. Without one, its figures are those that were once measured on another machine with 4 cores, and ratios say
little. PostgreSQL is the tests' own, started for the run, on a disk that it does not wait for (fsync off), for both.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

from service.measure import grows, loads, place_of, postgres
from service.options import options_of
from service.scenarios import PARTS
from speed.machine import load, processor

from simulator.replay.choice import usable_cores

__all__ = ["PARTS", "main"]

#: Requests a second and 99th percentile [ms] of the published server on another machine with 4 cores.
DOCUMENTED = {
    ("sqlite", 1, "1 job"): (52, 32),
    ("sqlite", 1, "8 jobs"): (58, 1718),
    ("sqlite", 1, "64 jobs"): (68, 3168),
    ("postgresql", 1, "1 job"): (63, None),
    ("postgresql", 1, "8 jobs"): (133, None),
    ("postgresql", 1, "64 jobs"): (168, None),
    ("postgresql", 4, "64 jobs"): (505, None),
}

#: Its time for a report, at so many trials [ms].
DOCUMENTED_GROWTH = {100: 14, 50_000: 1900}
#: Our aims for 64 jobs on SQLite with one worker, and for growth from the fewest to the most trials.
TIMES_FASTER, P99_MS, GROWTH = 10.0, 50.0, 2.0


def facts():
    """Say on what this ran, in a line."""
    names = ("trace-simulator", "fastapi", "sqlalchemy", "uvicorn", "asyncpg")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{usable_cores()} cores, {processor()}, Python {platform.python_version()}, {versions}"


def show_loads(options, server, folder):
    """Print a line for each load as it is measured; returns them."""
    print(f"closed loop, {options.seconds:g} s each; CPU of the server's processes; ratio to the published server's")
    print(
        f"{'':<10}{'database':<11}{'workers':>7} {'load':<9}{'per s':>8}{'p50 ms':>8}{'p99 ms':>9}{'errors':>7}"
        f"{'cpu ms':>8}{'asking':>8}"
    )
    lines = []
    for line in loads(options, server, folder):
        lines.append(line)
        print(
            f"{line['side']:<10}{line['database']:<11}{line['workers']:>7} {line['load']:<9}{line['per_s']:>8.0f}"
            f"{line['p50_ms']:>8.2f}{line['p99_ms']:>9.2f}{line['n_errors']:>7}{line['cpu_ms']:>8.2f}"
            f"{line['asking_cpu']:>8.0%}",
            flush=True,
        )
    return lines


def show_ratios(lines):
    """Print how many times as many requests ours answers; returns the ratios by load."""
    measured = {_key(line): line["per_s"] for line in lines if line["side"] == "published"}
    print(f"\n{'requests a second':<30}{'ours':>8}{'published':>11}{'ratio':>8}")
    ratios = {}
    for line in lines:
        key = _key(line)
        beside = measured.get(key) or DOCUMENTED.get(key, (None,))[0]
        if line["side"] != "ours" or beside is None:
            continue
        ratios[key] = line["per_s"] / beside
        how = "" if key in measured else "  documented, another machine"
        name = f"{key[0]}, {key[1]} workers, {key[2]}"
        print(f"{name:<30}{line['per_s']:>8.0f}{beside:>11.0f}{ratios[key]:>7.1f}x{how}")
    return ratios


def _key(line):
    return line["database"], line["workers"], line["load"]


def show_growth(options, server, folder):
    """Print what requests on a growing job take; returns the lines."""
    lines = []
    for database in options.databases if options.trials else []:
        print(f"\none client on a job that grows, {database}; the first pair loads what others have entered")
        print(f"{'trials':>9}{'report ms':>11}{'ratio':>8}{'predict ms':>12}{'first pair ms':>15}{'entered in s':>14}")
        for line in grows(options, server, folder, database):
            lines.append(line)
            print(
                f"{line['n_trials']:>9,}{line['report_ms']:>11.2f}{line['ratio']:>7.1f}x"
                f"{line['predict_ms']:>12.2f}{line['first_pair_ms']:>15.1f}{line['fill_s']:>14.1f}",
                flush=True,
            )
    known = ", ".join(f"{ms:,} ms at {n:,}" for n, ms in DOCUMENTED_GROWTH.items())
    print(f"(a report to the published server, on another machine: {known} trials)")
    return lines


def show_aims(lines, ratios, grown):
    """Print each aim, met or missed, as far as it was measured; returns them."""
    aims = {}
    for line in lines:
        if line["side"] == "ours" and _key(line) == ("sqlite", 1, "64 jobs"):
            aims["p99 ms at 64 jobs"] = (line["p99_ms"], P99_MS, line["p99_ms"] <= P99_MS)
            times = ratios[_key(line)]
            aims["times faster at 64 jobs"] = (times, TIMES_FASTER, times >= TIMES_FASTER)
    n_errors = sum(line["n_errors"] for line in lines if line["side"] == "ours")
    aims["errors"] = (n_errors, 0, n_errors == 0)
    if grown:
        most = max(line["ratio"] for line in grown)
        aims["growth of a report"] = (most, GROWTH, most <= GROWTH)
    print(f"\n{'aim':<26}{'aim':>8}{'found':>9}")
    for name, (found, aim, met) in aims.items():
        print(f"{name:<26}{aim:>8g}{found:>9.3g}  {'met' if met else 'missed'}")
    return {name: {"found": found, "aim": aim, "met": met} for name, (found, aim, met) in aims.items()}


def main(words=None) -> None:
    """Measure and print."""
    options = options_of(words)
    print(facts())
    if "postgresql" in options.databases and (reason := postgres.why_not()):
        print(f"postgresql: left out: {reason}")
        options.databases.remove("postgresql")
    with place_of(options.databases) as (server, folder):
        lines = show_loads(options, server, folder)
        ratios = show_ratios(lines)
        grown = show_growth(options, server, folder)
    aims = show_aims(lines, ratios, grown)
    print(f"\nload {load()}")
    if options.json:
        figures = {"machine": facts(), "loads": lines, "growth": grown, "aims": aims}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
