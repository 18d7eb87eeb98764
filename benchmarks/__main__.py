"""All benchmarks in one go: ``python -m benchmarks list|run|page|compare``, from the top of a checkout."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # scripts import what lies beside them

from suite.command import main

if __name__ == "__main__":
    sys.exit(main())
