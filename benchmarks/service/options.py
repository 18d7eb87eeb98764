"""How much of the service is measured: the words of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.load import SHAPES

__all__ = ["options_of"]


def options_of(words=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description="The optimizer service under load, beside the published server.")
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
