"""Reads a job's output, line by line, and says which events it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.collect.events import VERSION
from simulator.collect.output.mllog import Mllog
from simulator.collect.output.patterns import Patterns
from simulator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OutputReader"]

#: What the table ``[output]`` of a plan may say.
KEYS = ("mllog", "patterns")


class OutputReader:
    r"""Turns lines of output into events.

    Its events have ``"source": "output"``, process 0 and rank 0. The first line counts as the start of the run, so
    that the first epoch has one too.

    Parameters
    ----------
    mllog
        Whether to read ``:::MLLOG`` lines.
    patterns
        Regular expressions by the kind of event that a match tells of. ``epoch_end`` is enough if it finds the metrics
        too; or ``epoch_start`` and ``eval_end``. Without ``epoch_start``, validation before the first ``epoch_end`` is
        the first epoch's, so a job that validates before it trains needs it. The groups ``epoch``, ``steps``,
        ``samples``, ``n`` and ``status`` mean what they mean in events, every other named group is a metric.

    Notes
    -----
    The first line of output tells that the run has started, marked ``assumed`` unless a pattern says so: when the first
    epoch began, it does not tell.

    Raises
    ------
    PlanError
        If a pattern cannot be used; all that is wrong is listed.

    Examples
    --------
    >>> reader = OutputReader(patterns={"epoch_end": r"epoch (?P<epoch>\d+).* acc=(?P<accuracy>[\d.]+)"})
    >>> [event["k"] for event in reader.feed("loading", 1, 1)]
    ['run_start']
    >>> reader.feed("epoch 1: loss=0.3 acc=0.91", 5, 5)
    [{'v': 1, 'k': 'epoch_end', 'mono_ns': 5, 'wall_ns': 5, 'pid': 0, 'rank': 0, 'source': 'output', 'epoch': 1,
      'metrics': {'accuracy': 0.91}}]
    """

    def __init__(self, *, mllog: bool = False, patterns: Mapping[str, str] | None = None) -> None:
        self._readers: list[Mllog | Patterns] = [Mllog()] if mllog else []
        if patterns:
            self._readers.append(Patterns(patterns))
        self._started = False

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> OutputReader | None:
        """Make one out of a plan's table ``[output]``.

        Parameters
        ----------
        table
            ``mllog`` (true or false) and ``patterns`` (a table of regular expressions).

        Returns
        -------
        OutputReader or None
            None if the table asks for nothing: the job speaks for itself.

        Raises
        ------
        PlanError
            If the table says anything else, or a pattern cannot be used.
        """
        unknown = sorted(set(table) - set(KEYS))
        if unknown:
            raise PlanError(f"[output] does not know {', '.join(unknown)}; it knows {', '.join(KEYS)}")
        mllog, patterns = table.get("mllog", False), table.get("patterns") or {}
        if not isinstance(mllog, bool):
            raise PlanError(f"[output] mllog = {mllog!r}: must be true or false")
        if not isinstance(patterns, dict):
            raise PlanError("[output] patterns must be a table: patterns.epoch_end = 'epoch (?P<epoch>\\d+) ...'")
        return cls(mllog=mllog, patterns=patterns) if mllog or patterns else None

    def feed(self, line: str, mono_ns: int, wall_ns: int) -> list[dict[str, Any]]:
        """Read one line.

        Parameters
        ----------
        line
            The line, with or without its end.
        mono_ns, wall_ns
            When it arrived, on the monotonic clock and as the time of day [ns].

        Returns
        -------
        list of dict
            Events as lines of the protocol have them, ready for `json.dumps`.
        """
        found = [
            (kind, late_ns, data) for reader in self._readers for kind, late_ns, data in reader.read(line, wall_ns)
        ]
        if not self._started:
            self._started = True
            if not any(kind == "run_start" for kind, _, _ in found):
                late_ns = max((late_ns for _, late_ns, _ in found), default=0)
                found.insert(0, ("run_start", late_ns, {"assumed": True}))
        return [
            {
                "v": VERSION,
                "k": kind,
                "mono_ns": mono_ns - late_ns,
                "wall_ns": wall_ns - late_ns,
                "pid": 0,
                "rank": 0,
                "source": "output",
                **data,
            }
            for kind, late_ns, data in found
        ]
