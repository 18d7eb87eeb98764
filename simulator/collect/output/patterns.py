"""Regular expressions over a job's output: the last resort, for jobs that say nothing else."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from simulator.collect.events import BOUNDARIES
from simulator.errors import PlanError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Patterns"]

#: What a pattern may tell of.
KINDS = (*BOUNDARIES, "steps")
#: Groups that are whole numbers.
WHOLE = ("epoch", "steps", "samples", "n")


class Patterns:
    """Finds events in lines by regular expressions.

    Parameters
    ----------
    patterns
        Regular expressions by kind of event, searched for anywhere in a line.

    Raises
    ------
    PlanError
        With all that is wrong.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        wrong = list(_complaints(patterns))
        if wrong:
            raise PlanError("\n".join(wrong))
        self.patterns = {kind: re.compile(pattern) for kind, pattern in patterns.items()}

    def read(self, line: str, wall_ns: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Find what a line tells of: kind, how late it arrived (not known: 0) [ns], and what else it says."""
        del wall_ns
        for kind, pattern in self.patterns.items():
            match = pattern.search(line)
            if match is not None:
                yield kind, 0, _data(match.groupdict())


def _data(groups: dict[str, str | None]) -> dict[str, Any]:
    """Sort what was found into counts, status and metrics; what is no number is left out."""
    data: dict[str, Any] = {}
    metrics: dict[str, float | None] = {}
    odd: dict[str, str] = {}
    for name, text in groups.items():
        if name == "status" and text:
            data[name] = text
        elif (number := _number(text)) is None:
            continue
        elif name in WHOLE:
            if number.is_integer():
                data[name] = int(number)
        else:
            metrics[name] = number if math.isfinite(number) else None
            odd |= {} if math.isfinite(number) else {name: str(number)}
    return data | {name: found for name, found in (("metrics", metrics), ("not_finite", odd)) if found}


def _number(text: str | None) -> float | None:
    try:
        return float((text or "").strip())
    except ValueError:
        return None


def _complaints(patterns: Mapping[str, str]) -> Iterator[str]:
    for kind, pattern in patterns.items():
        if kind not in KINDS:
            yield f"[output] patterns: there is no event {kind!r}{nearest(kind, KINDS)}; events are {', '.join(KINDS)}"
            continue
        if not isinstance(pattern, str):
            yield f"[output] patterns.{kind} = {pattern!r}: must be a regular expression, as text"
            continue
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            yield f"[output] patterns.{kind} = {pattern!r} is no regular expression: {error}"
            continue
        if kind == "eval_end" and not set(groups) - {*WHOLE, "status"}:
            yield f"[output] patterns.{kind} finds no metric; name a group after it, as in (?P<accuracy>[0-9.]+)"
    if not {"epoch_start", "epoch_end"} & set(patterns):
        yield "[output] patterns finds no epochs; it needs epoch_end (with the metrics), or epoch_start and eval_end"
