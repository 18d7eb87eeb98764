"""What runs came to, and the files that keep it.

::

    RunResult ──write_result──▶ runs/KEY/result.json ──read_results──▶ finalize
                                      │
                                      └──todo──▶ what is still to be made
"""

from simulator.collect.result.files import (
    MANIFEST,
    RESULT,
    Manifest,
    read_manifest,
    read_result,
    write_manifest,
    write_result,
)
from simulator.collect.result.preview import Preview, known_limits, preview
from simulator.collect.result.result import EpochResult, RunResult, WindowResult
from simulator.collect.result.resume import check_free, fresh_directory, read_results, run_directory, todo

__all__ = [
    "MANIFEST",
    "RESULT",
    "EpochResult",
    "Manifest",
    "Preview",
    "RunResult",
    "WindowResult",
    "check_free",
    "fresh_directory",
    "known_limits",
    "preview",
    "read_manifest",
    "read_result",
    "read_results",
    "run_directory",
    "todo",
    "write_manifest",
    "write_result",
]
