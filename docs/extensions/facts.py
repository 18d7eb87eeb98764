"""Tables that are asked of the package: columns of traces and of results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

from simulator.replay import frames
from simulator.trace import schema
from simulator.trace.schema import markdown_table

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: What the columns of result tables say. A column that is missing here cannot be shown: the build fails.
MEANINGS = {
    "policy": "name of the policy, with its power policy: `NAME+POWER`",
    "job": "the job, as text",
    "gpu": "name of the GPU",
    "seed": "seed of the replay",
    "recurrence": "number of the recurrence, counted from 0",
    "attempt": "number of the try within the recurrence, counted from 1",
    "batch_size": "samples per step",
    "power_limit_w": "power limit; in a run that profiles, the one that it settles on",
    "energy_j": "energy of the run; of all runs in a table of replays",
    "time_s": "duration of the run; of all runs in a table of replays",
    "cost": "cost: η · energy + (1 − η) · MAXPOWER · time",
    "reached": "whether the target was reached",
    "profiled": "whether its first epoch went through all power limits",
    "started_s": "when it started, from the start of the replay",
    "ended_s": "when it ended",
    "recurrences": "how often the job recurred",
    "runs": "runs, failed tries included",
    "retries": "runs that were second or later tries",
    "early_stops": "runs that were stopped because they cost too much",
    "late_energy_j": "mean energy of one of the last five recurrences",
    "late_time_s": "mean time of one of the last five recurrences",
    "late_cost": "mean cost of one of the last five recurrences",
    "recurrences_to_oracle": "recurrences before the first five in a row within 5 % of the oracle; -1: never",
    "failed": "whether the replay ended before its last recurrence",
}

_UNITS = {"_j": "J", "_s": "s", "_w": "W"}


class TraceColumns(SphinxDirective):
    """``{trace-columns} TRAIN``: the columns of one kind of trace table, from its schema."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Have the schema's own table parsed."""
        return self.parse_text_to_nodes(getattr(schema, self.arguments[0]).markdown())


class ResultColumns(SphinxDirective):
    """``{result-columns} COLUMNS``: the columns of a result table, with type and unit."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Put types and meanings together; `KeyError` where a column has no meaning yet."""
        columns: dict[str, str] = getattr(frames, self.arguments[0])
        rows = [(f"`{name}`", kind, _unit(name), MEANINGS[name]) for name, kind in columns.items()]
        return self.parse_text_to_nodes(markdown_table(("column", "type", "unit", "meaning"), rows))


def _unit(name: str) -> str:
    """Read the unit that a column's name ends with."""
    found = re.search(r"_[jsw]$", name.replace("cost", "cost_j"))
    return _UNITS[found[0]] if found else ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("trace-columns", TraceColumns)
    app.add_directive("result-columns", ResultColumns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
