"""Which scenarios there are, as ``scenarios.toml`` lists them, and how long their parts take."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Scenario", "UnknownScenarioError", "choose", "parts_of", "read_scenarios"]

FILE = Path(__file__).resolve().parents[1] / "scenarios.toml"


class UnknownScenarioError(LookupError):
    """Nobody measures what was asked for."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario: what is measured, where, and which direction is better.

    Parameters
    ----------
    id
        Its name for ever.
    meaning
        What it is, in a line.
    part
        Script and part of it that measure it, a space between them.
    unit
        Of its figure.
    better
        ``"higher"``, ``"lower"``, or ``"near X"``.
    depends_on
        ``"machine"`` or ``"seeds"``.
    retired
        Why nobody measures it any more; empty while somebody does.
    """

    id: str
    meaning: str
    part: str
    unit: str
    better: str
    depends_on: str
    retired: str = ""


def read_scenarios(file=FILE):
    """Read the list; returns scenarios by id, in its order."""
    return {name: Scenario(id=name, **words) for name, words in tomllib.loads(Path(file).read_text()).items()}


def choose(scenarios, asked):
    """Pick what was asked for: ids, or what ids begin with up to a slash or dash; all that are measured if nothing was.

    Raises
    ------
    UnknownScenarioError
        If nothing has such an id.
    """
    living = {name: scenario for name, scenario in scenarios.items() if not scenario.retired}
    if not asked:
        return living
    chosen = {}
    for word in asked:
        found = {
            name: one
            for name, one in living.items()
            if name == word or name.startswith((word.rstrip("/") + "/", word + "-"))
        }
        if not found:
            rooms = ", ".join(sorted({name.partition("/")[0] for name in living}))
            retired = f"; it was retired: {scenarios[word].retired}" if word in scenarios else ""
            raise UnknownScenarioError(
                f"no scenario {word!r}{retired}; there are {rooms} (`python -m benchmarks list` names all)"
            )
        chosen |= found
    return {name: one for name, one in living.items() if name in chosen}


def parts_of(scenarios):
    """Group scenarios by the part that measures them; returns lists of ids by part, in order."""
    parts = {}
    for name, scenario in scenarios.items():
        parts.setdefault(scenario.part, []).append(name)
    return parts
