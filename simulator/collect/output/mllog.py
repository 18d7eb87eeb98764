"""MLPerf's ``:::MLLOG`` lines as events. Source of the names: mlcommons/logging, mlperf_logging/mllog/constants.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError
from simulator.trace.importers.mllog_lines import parse_mllog

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
    "eval_accuracy": "eval_end",
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

    def read(self, line: str, wall_ns: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Find what a line tells of: kind, how late it arrived [ns], and what else it says. Torn lines say nothing."""
        try:
            said = parse_mllog(line)
        except TraceError:
            return
        if said is None:
            return
        late_ns = wall_ns - round(said.time_ms * 1000) * 1000  # a float has no room for more
        late_ns = late_ns if 0 <= late_ns <= LATEST_NS else 0
        if said.key in SETTINGS and said.value is not None:
            yield "hello", late_ns, {SETTINGS[said.key]: said.value}
        elif said.key in KINDS:
            yield KINDS[said.key], late_ns, _data(said)


def _data(said: MllogLine) -> dict[str, Any]:
    data: dict[str, Any] = {}
    epoch, samples = said.metadata.get("epoch_num"), said.metadata.get("samples_count")
    if isinstance(epoch, int) and not isinstance(epoch, bool):
        data["epoch"] = epoch
    if isinstance(samples, int) and not isinstance(samples, bool):
        data["samples_seen"] = samples
    if said.key == "eval_accuracy" and isinstance(said.value, (int, float)):
        finite = math.isfinite(said.value)
        data["metrics"] = {said.key: said.value if finite else None}
        data |= {} if finite else {"not_finite": {said.key: str(said.value)}}
    if said.key == "run_stop":
        data["status"] = str(said.metadata.get("status", "done"))
    return data
