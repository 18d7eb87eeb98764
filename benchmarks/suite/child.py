"""The process that measures a part of a script: ``python -m suite.child SCRIPT PART FILE [--quick]``.

What it measures goes to the file as it comes, a line of JSON each; what the script says goes to its own output.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

__all__ = ["main"]


def main(words=None):
    """Measure, and note each scenario when it is done."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("script")
    parser.add_argument("part")
    parser.add_argument("file", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(words)
    measure = import_module(options.script).PARTS[options.part]
    with options.file.open("a") as file:
        for found in measure(quick=options.quick):
            file.write(json.dumps(found.to_dict(), allow_nan=False) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
