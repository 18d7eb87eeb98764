"""``simulator serve``: the service for live jobs, and what goes in and out of it."""

from __future__ import annotations

from simulator.cli.default import GroupWithDefault
from simulator.cli.serve.example import example
from simulator.cli.serve.export import export
from simulator.cli.serve.import_ import import_
from simulator.cli.serve.jobs import jobs
from simulator.cli.serve.migrate import migrate
from simulator.cli.serve.run import default

__all__ = ["serve"]

serve = GroupWithDefault(default, [jobs, export, import_, migrate, example])
