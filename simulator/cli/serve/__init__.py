"""``simulator serve``: the service for live jobs, and what goes in and out of it."""

from __future__ import annotations

from simulator.cli.collect.default import GroupWithDefault
from simulator.cli.serve.migrate import migrate
from simulator.cli.serve.run import default

__all__ = ["serve"]

serve = GroupWithDefault(default, [migrate])
