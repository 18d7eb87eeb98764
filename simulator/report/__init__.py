"""One page that shows what was found: a file of HTML that needs no network.

The room has the name of its verb: ``simulator.report(folders, path)`` calls `simulator.report.write.write`.
"""

from __future__ import annotations

from simulator.report.find import Found, find
from simulator.report.write import Written, write
from simulator.verb import make_callable

__all__ = ["Found", "Written", "find", "write"]

make_callable(__name__, write)
