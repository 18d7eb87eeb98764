"""A PostgreSQL for a shell: ``python tests/postgres pytest tests/service`` (its URL: ``SIMULATOR_TEST_POSTGRES``)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):  # run by its path: the package lies beside it, not inside it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from postgres import Postgres, why_not


def main():
    """Run a command with a PostgreSQL of its own; the exit code is that of the command."""
    parser = argparse.ArgumentParser(prog="postgres", description=__doc__)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD")
    options = parser.parse_args()
    if not options.words:
        parser.error("say which command to run")
    if reason := why_not():
        sys.exit(reason)
    with Postgres() as server:
        environment = os.environ | {"SIMULATOR_TEST_POSTGRES": server.url}
        return subprocess.run(options.words, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
