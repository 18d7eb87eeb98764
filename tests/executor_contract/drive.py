"""A small driver: what goes in, what comes out, and never longer than it may."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from simulator.explore.chunk import Chunk, Located
from simulator.explore.shards import read_rows, read_shard

#: No test waits longer for anything; far more than any takes [s].
PATIENCE_S = 60.0


@dataclass
class Told:
    """What an executor told, and what lies in the shards that it told of."""

    folder: object
    reports: list = field(default_factory=list)

    def of(self, key):
        return [report for report in self.reports if report.key == key]

    def kinds(self, key):
        return [report.kind for report in self.of(key)]

    @property
    def over(self):
        return {report.key for report in self.reports if report.kind in ("ended", "lost")}

    @property
    def lost(self):
        return {report.key: report.why for report in self.reports if report.kind == "lost"}

    @property
    def outcomes(self):
        return [outcome for shard in self._shards() for outcome in read_shard(self.folder, shard)[1]]

    def _shards(self):
        return dict.fromkeys(report.shard for report in self.reports if report.kind == "shard")

    def outcome(self, cell):
        (outcome,) = [outcome for outcome in self.outcomes if outcome.id == cell.id]
        return outcome

    def rows(self, cell):
        return read_rows(self.folder, [self.located(cell)]).drop(columns="cell").to_dict("records")

    def located(self, cell):
        for shard in self._shards():
            info, outcomes = read_shard(self.folder, shard)
            first = 0
            for outcome in outcomes:
                if outcome.id == cell.id:
                    return Located(cell.id, info.path, first, outcome.rows)
                first += outcome.rows
        raise AssertionError(f"no shard has {cell.name}")


def chunks_of(cells, size, prefix="chunk", **more):
    """Put cells into chunks."""
    sealed = [cell.seal() for cell in cells]
    return [Chunk(f"{prefix}-{i:04d}", sealed[i : i + size], **more) for i in range(0, len(sealed), size)]


def tell(executor, told, until, *, timeout_s=PATIENCE_S):
    """Poll until something is true of what was told."""
    deadline = time.monotonic() + timeout_s
    while not until(told):
        assert time.monotonic() < deadline, f"nothing more came; so far: {told.reports}"
        told.reports += executor.poll(0.5)


def drive(executor, folder, chunks, *, told=None, timeout_s=PATIENCE_S):
    """Hand in chunks as there is room, until all are over."""
    told = told or Told(folder)
    waiting, keys = deque(chunks), {chunk.key for chunk in chunks}
    deadline = time.monotonic() + timeout_s
    while keys - told.over:
        room = executor.capacity - (len(keys - told.over) - len(waiting))
        new = [waiting.popleft() for _ in range(min(room, len(waiting)))]
        if new:
            executor.submit(new)
        assert time.monotonic() < deadline, f"nothing more came; so far: {told.reports}"
        told.reports += executor.poll(0.5)
    return told
