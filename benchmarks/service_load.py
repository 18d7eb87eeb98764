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

import argparse
import contextlib
import json
import platform
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import postgres
from live_service import LiveService
from published_service import Published, why_not
from service.load import SHAPES, growth, under_load
from speed.machine import load, processor
from suite.measured import Measurement, Skipped, of_rounds

from simulator.replay.choice import usable_cores

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
#: Where ``make test-published`` makes an interpreter that has the published server.
PUBLISHED = Path(__file__).resolve().parents[1] / ".venv-published" / "bin" / "python"


def options_of(words=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load is measured, after 2 s")
    parser.add_argument("--published", metavar="PYTHON", help="interpreter that has the published server")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--workers", default="1,4")
    parser.add_argument("--protocol", choices=["legacy", "v1"], default="legacy", help="paths that ours is asked on")
    parser.add_argument("--trials", default="100,10000,100000", help="of the job that grows; empty leaves it out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all figures")
    parser.add_argument("--quick", action="store_true", help="little of everything: shows that it runs")
    options = parser.parse_args(words)
    options.warm_s, options.repeats, options.shapes = 2.0, 101, list(SHAPES)
    if options.quick:
        options.seconds, options.warm_s, options.repeats = 0.5, 0.5, 11
        options.trials, options.shapes = "20,200", ["8 jobs", "1 shared"]
    options.databases = options.databases.split(",")
    options.workers = [int(word) for word in options.workers.split(",")]
    options.trials = [int(word) for word in options.trials.split(",") if word]
    return options


def facts():
    """Say on what this ran, in a line."""
    names = ("trace-simulator", "fastapi", "sqlalchemy", "uvicorn", "asyncpg")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{usable_cores()} cores, {processor()}, Python {platform.python_version()}, {versions}"


def sides(options):
    """Say who is measured, and how it is started; the published server where it can be run."""
    yield "ours", LiveService
    if reason := why_not(options.published):
        print(f"published: not measured here: {reason}")
    else:
        yield "published", lambda folder, **words: Published(folder, options.published, **words)


@contextlib.contextmanager
def fresh(make, server, database, folder, workers):
    """Start a server on an empty database."""
    url = name = None
    if database == "postgresql":
        name = server.create()
        url = server.url_of(name)
    with make(folder, database_url=url, workers=workers) as started:
        yield started
    if name:
        server.drop(name)


def loads(options, server, folder):
    """Measure every load; yields a line of figures each."""
    for side, make in sides(options):
        for database in options.databases:
            for workers in options.workers:
                place = folder / f"{side}-{database}-{workers}"
                with fresh(make, server, database, place, workers) as started:
                    for shape in options.shapes:
                        protocol = options.protocol if side == "ours" else "legacy"
                        found = under_load(
                            started, shape, warm_s=options.warm_s, for_s=options.seconds, protocol=protocol
                        )
                        yield {"side": side, "database": database, "workers": workers, "load": shape, **found}


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


def grows(options, server, folder, database):
    """Measure requests on a growing job; yields a line for each length, with its ratio to the shortest."""
    with fresh(LiveService, server, database, folder / f"growth-{database}", 1) as started:
        least = None
        for line in growth(started, options.trials, repeats=options.repeats):
            least = least or line["report_ms"]
            yield {"database": database, **line, "ratio": line["report_ms"] / least}


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


@contextlib.contextmanager
def place_of(databases):
    """Make a folder, and start PostgreSQL where it is among the databases."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="service-")))
        server = None
        if "postgresql" in databases:
            # As servers do for real: without, plans made for an empty table are kept for one with a long history.
            server = stack.enter_context(postgres.Postgres(autovacuum="on", autovacuum_naptime="1s"))
        yield server, folder


def measurements(database, *, quick):
    """Measure both servers with one worker process; the published one where an interpreter has it."""
    names = [f"service/{database}-{what}" for what in ("64-jobs-per-second", "64-jobs-p99", "report-growth", "errors")]
    beside = [f"service/{database}-{what}-vs-published" for what in ("64-jobs", "shared-job")]
    if database == "postgresql" and (reason := postgres.why_not()):
        yield from (Skipped(id=name, reason=reason) for name in names + beside)
        return
    options = options_of(["--quick"] if quick else [])
    options.databases, options.workers, options.shapes = [database], [1], ["64 jobs", "1 shared"]
    options.published = str(PUBLISHED) if PUBLISHED.exists() else None
    with place_of(options.databases) as (server, folder):
        rounds = [list(loads(options, server, folder / f"{n}")) for n in range(1 if quick else 3)]
        grown = list(grows(options, server, folder, database))
    by = {(side, shape): [line for lines in rounds for line in lines if (line["side"], line["load"]) == (side, shape)]
          for side in ("ours", "published") for shape in options.shapes}  # fmt: skip
    what = {"workers": 1, "seconds": options.seconds}
    many = by["ours", "64 jobs"]
    yield of_rounds(names[0], [line["per_s"] for line in many], **what)
    yield of_rounds(names[1], [line["p99_ms"] for line in many], **what)
    most = max(line["ratio"] for line in grown)
    yield of_rounds(names[2], [most], trials=options.trials)
    errors = sum(line["n_errors"] for lines in rounds for line in lines if line["side"] == "ours")
    yield Measurement(id=names[3], value=errors, low=errors, high=errors, spread="a count", parameters=what)
    for name, shape in zip(beside, options.shapes, strict=True):
        if reason := why_not(options.published):
            yield Skipped(id=name, reason=f"{reason}; `make test-published` makes {PUBLISHED.parent.parent.name}")
            continue
        pairs = zip(by["ours", shape], by["published", shape], strict=True)
        ratios = [ours["per_s"] / theirs["per_s"] for ours, theirs in pairs]
        yield of_rounds(name, ratios, against="the server of zeus 0.16.0", **what)


#: What ``python -m benchmarks`` measures.
PARTS = {database: partial(measurements, database) for database in ("sqlite", "postgresql")}


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
