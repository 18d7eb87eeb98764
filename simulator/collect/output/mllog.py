"""MLPerf's ``:::MLLOG`` lines as events. Source of the names: mlcommons/logging, mlperf_logging/mllog/constants.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.trace.importers.mllog_lines import EVALUATED, parse_mllog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.trace.importers.mllog_lines import MllogLine

__all__ = ["Mllog"]

#: Their keys and our kinds. Blocks of several epochs are told by the epochs within them.
KINDS = {
    "run_start": "run_start",
    "run_stop": "run_end",
    "epoch_start": "epoch_start",
    "epoch_stop": "epoch_end",
    "eval_start": "eval_start",
    **dict.fromkeys(EVALUATED, "eval_end"),
}
#: Keys that say how a run was set up, and what a hello calls them.
SETTINGS = {
    "global_batch_size": "batch_size",
    "seed": "seed",
    "opt_base_learning_rate": "learning_rate",
    "opt_name": "optimizer",
    "train_samples": "train_samples",
    "submission_benchmark": "benchmark",
}
#: A line may arrive this much after its own stamp [ns]; more, and the stamp is of another clock.
LATEST_NS = 600 * 10**9


class Mllog:
    """Finds events in ``:::MLLOG`` lines, at the times that they state."""

    def __init__(self) -> None:
        self._evaluations = Evaluations()

    def read(self, line: str, wall_ns: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Find what a line tells of: kind, how late it arrived [ns], and what else it says. Torn lines say nothing."""
        for said in parse_mllog(line, torn="skip"):
            late_ns = wall_ns - round(said.time_ms * 1000) * 1000  # a float has no room for more
            late_ns = late_ns if 0 <= late_ns <= LATEST_NS else 0
            for kind, data in self._events(said):
                yield kind, late_ns, data

    def _events(self, said: MllogLine) -> Iterator[tuple[str, dict[str, Any]]]:
        if said.key in SETTINGS and said.value is not None:
            yield "hello", {SETTINGS[said.key]: said.value}
        elif said.key in KINDS:
            yield from self._evaluations.as_epochs(said.key, KINDS[said.key], _data(said))


class Evaluations:
    """Lets each evaluation end an epoch where a log has none, as those of language models, which count samples."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._epochs = False
        self._number = 0
        self._decides: str | None = None
        self._last: object = None

    def as_epochs(self, key: str, kind: str, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Pass on one event, and what it means."""
        if kind == "run_start":
            self._begin()
        self._epochs |= kind in ("epoch_start", "epoch_end")
        if self._epochs or not kind.startswith("eval"):
            yield kind, data
        elif kind == "eval_start":
            yield kind, data | {"epoch": self._number + 1}
        elif not self._said_again(key, data):
            self._decides = self._decides or key
            self._number += key == self._decides
            yield kind, data | {"epoch": self._number}
            if key == self._decides:
                yield "epoch_end", {"epoch": self._number}

    def _said_again(self, key: str, data: dict[str, Any]) -> bool:
        """Whether another rank says the same; without a word on how far the run is, nobody knows."""
        this = (key, repr(data))
        again = this == self._last and not data.keys().isdisjoint(("epoch", "samples_seen"))
        self._last = this
        return again


def _data(said: MllogLine) -> dict[str, Any]:
    data: dict[str, Any] = {}
    epoch, samples = said.metadata.get("epoch_num"), said.metadata.get("samples_count")
    if isinstance(epoch, int) and not isinstance(epoch, bool):
        data["epoch"] = epoch
    if isinstance(samples, int) and not isinstance(samples, bool):
        data["samples_seen"] = samples
    if said.key in EVALUATED and isinstance(said.value, (int, float)):
        finite = math.isfinite(said.value)
        data["metrics"] = {said.key: said.value if finite else None}
        data |= {} if finite else {"not_finite": {said.key: str(said.value)}}
    if said.key == "run_stop":
        data["status"] = str(said.metadata.get("status", "done"))
    return data
