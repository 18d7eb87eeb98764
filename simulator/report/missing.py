"""What a report could also show, and which command adds it."""

from __future__ import annotations

import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from simulator.report.evidence import Evidence

__all__ = ["Missing", "missing"]


class Missing(NamedTuple):
    """A section that is not there.

    Parameters
    ----------
    name
        Its id.
    title
        What it would show.
    command
        The command that adds it.
    """

    name: str
    title: str
    command: str


#: Commands by the sections that they add; FOLDER stands for the folder of the results, TRACES for the option that names
#: traces, if there was one.
_COMMANDS = (
    Missing(
        "verdicts",
        "Which policy is better, with intervals",
        "compare -p default+full -p pruning-gts TRACES --out FOLDER/comparison",
    ),
    Missing("totals", "What each policy took", "replay TRACES --out FOLDER"),
    Missing("regret", "Regret against the best fixed configuration", "replay TRACES --out FOLDER"),
    Missing("choices", "Batch size and power limit over recurrences", "replay TRACES --out FOLDER"),
    Missing("plane", "Time and energy, with the front of what was possible", "front TRACES --out FOLDER/front"),
    Missing("exploration", "Cost of exploration", "replay TRACES --out FOLDER"),
    Missing("sensitivity", "Sensitivity to η and β", "sensitivity -p pruning-gts TRACES --out FOLDER/sensitivity"),
    Missing("drift", "Drift over slices", "replay --traces drift --out FOLDER/drift"),
    Missing("timeline", "Overlapping submissions", "replay TRACES --groups bundled --out FOLDER/groups"),
    Missing("transfer", "From one GPU to another", "transfer TRACES --out FOLDER/transfer"),
    Missing("price", "Price by the hour", "price FOLDER --tariff example-price --out FOLDER/price"),
    Missing("sweeps", "Sweeps", "grid example policies && simulator grid policies.py --folder FOLDER/sweep"),
)


def missing(evidence: Evidence, there: Collection[str]) -> list[Missing]:
    """List the sections that are not there, with commands for the folder that was named.

    Parameters
    ----------
    evidence
        What was found.
    there
        Ids of the sections that are there.
    """
    labels = [document.label for document in evidence.documents] or list(evidence.sweeps) or ["results"]
    folder, traces = shlex.quote(labels[0].split("/")[0]), _traces(evidence)
    return [
        each._replace(command=f"simulator {each.command.replace('FOLDER', folder).replace(' TRACES', traces)}")
        for each in _COMMANDS
        if each.name not in there
    ]


def _traces(evidence: Evidence) -> str:
    """Find which traces were asked for, as the first command that named some spelled it."""
    for document in evidence.documents:
        content = document.content
        words = (content.get("common") or content.get("manifest") or {}).get("command") or []
        for option, value in pairwise(map(str, words)):
            if option == "--traces":
                return f" --traces {shlex.quote(value)}"
    return ""
