"""What this machine can do: a look at everything the other rooms need, which changes nothing.

::

    CHECKS (a table: topic, function) ──▶ examine ──▶ list of Finding ──▶ `simulator doctor`

Each check is a function without arguments that returns findings; what it raises, or keeps it waiting, becomes a
finding, too. Nothing here needs an extra, a GPU or a network.
"""

from __future__ import annotations

from simulator.doctor.checks import CHECKS, Check, examine
from simulator.doctor.finding import Finding

__all__ = ["CHECKS", "Check", "Finding", "examine"]
