"""A real Slurm of one machine for tests: own configuration, key, ports and folders, and nothing outside of them.

Several may run beside one another, and beside a Slurm of the machine itself.
"""

from __future__ import annotations

from slurm.packages import why_not
from slurm.server import Slurm

__all__ = ["Slurm", "why_not"]
