"""A Slurm for a shell: ``python tests/slurm simulator grid run plan.py --executor slurm``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):  # run by its path: the package lies beside it, not inside it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from slurm import Slurm, why_not


def main():
    """Run a command with a Slurm of its own; the exit code is that of the command."""
    parser = argparse.ArgumentParser(prog="slurm", description=__doc__)
    parser.add_argument("--cpus", type=int, default=8, help="how many jobs run at once")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD")
    options = parser.parse_args()
    if not options.words:
        parser.error("say which command to run")
    if reason := why_not():
        sys.exit(reason)
    with Slurm(cpus=options.cpus) as slurm:
        return subprocess.run(options.words, env=os.environ | slurm.environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
