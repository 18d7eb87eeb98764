"""The command line: ``python -m benchmarks list|run|page|compare``, from the top of a checkout.

    python -m benchmarks list
    python -m benchmarks run [IDS...] [--quick] [--out results/benchmarks/benchmarks.json]
    python -m benchmarks page FILE [--out PAGE.html]
    python -m benchmarks compare OLD NEW [--fail-on-slower 1.2] [--anyway] [--json]

IDS are ids of scenarios, or what they begin with (``engine``). A run that was cut short goes on where it was when it is
called again with the same --out. Exit codes: 1 if a scenario failed, or became slower than --fail-on-slower allows; 2
for what cannot be done; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from suite.compare import BETWEEN_RUNS, compare, differences
from suite.document import DocumentError, read_document
from suite.page import write_page
from suite.registry import UnknownScenarioError, choose, read_scenarios
from suite.run import run
from suite.shown import list_lines, summary_line, verdict_lines

OUT = Path("results/benchmarks/benchmarks.json")


def options_of(words=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="name every scenario and what it is")
    listing.set_defaults(does=show_list)
    running = commands.add_parser("run", help="measure, and write one JSON and a page of it")
    running.add_argument("ids", nargs="*", metavar="ID", help="scenarios, or what ids begin with; default: all")
    running.add_argument("--quick", action="store_true", help="little of everything: under 3 minutes, rough figures")
    running.add_argument("--out", type=Path, default=OUT, help=f"default: {OUT}; the page lies beside it")
    running.set_defaults(does=do_run)
    paging = commands.add_parser("page", help="write the page of a file again")
    paging.add_argument("file", type=Path)
    paging.add_argument("--out", type=Path, help="default: beside the file, with the ending .html")
    paging.set_defaults(does=do_page)
    comparing = commands.add_parser("compare", help="say what became better or worse between two files")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    comparing.add_argument("--fail-on-slower", type=float, metavar="X", help="exit code 1 if any is X times worse")
    comparing.add_argument("--between-runs", type=float, default=BETWEEN_RUNS, metavar="SHARE", help="counts as same")
    comparing.add_argument("--anyway", action="store_true", help="compare speeds of unlike machines or packages")
    comparing.add_argument("--json", action="store_true", help="verdicts as JSON")
    comparing.set_defaults(does=do_compare)
    return parser.parse_args(words)


def show_list(options):
    """Print the registry."""
    print("\n".join(list_lines(choose(read_scenarios(), []))))
    return 0


def do_run(options):
    """Measure; exit code 1 if anything failed."""
    scenarios = choose(read_scenarios(), options.ids)
    document = run(options.out, scenarios, quick=options.quick, say=lambda words: print(words, flush=True))
    page = options.out.with_suffix(".html")
    write_page(document, page)
    print(f"{summary_line(document)} in {document['seconds']:.0f} s: {options.out}, {page}")
    return int(any(scenario["state"] == "failed" for scenario in document["scenarios"]))


def do_page(options):
    """Write a page of what is there, whole or not."""
    page = options.out or options.file.with_suffix(".html")
    write_page(read_document(options.file), page)
    print(page)
    return 0


def do_compare(options):
    """Print verdicts; exit code 1 if something became too slow, or fails now."""
    old, new = read_document(options.old), read_document(options.new)
    verdicts = compare(old, new, anyway=options.anyway, between_runs=options.between_runs)
    if options.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=1, allow_nan=False))
    else:
        if apart := differences(old, new):
            print(f"not alike: {'; '.join(apart)}" + ("; compared anyway" if options.anyway else ""))
        print("\n".join(verdict_lines(verdicts, new)))
    return int(options.fail_on_slower is not None and too_slow(verdicts, options.fail_on_slower))


def too_slow(verdicts, most):
    """Whether a scenario fails now, or is worse beyond its spread by more than so many times."""
    return any(
        each.verdict == "failed" or (each.verdict == "worse" and (each.times_worse is None or each.times_worse > most))
        for each in verdicts
    )


def main(words=None):
    """Do what was asked; returns the exit code."""
    options = options_of(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return options.does(options)
    except (DocumentError, UnknownScenarioError) as error:
        print(f"Error: {error.args[0]}", file=sys.stderr)
        return 2
    except OSError as error:  # what a benchmark runs into is noted as its failure; this is about our own files
        print(f"Error: {error.filename}: {error.strerror}; name another file with --out", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted; what was measured is in the file, and the same command goes on.", file=sys.stderr)
        return 130
