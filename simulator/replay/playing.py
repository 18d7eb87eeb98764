"""Plays what was asked for, and hands out tables piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.check import whole_number
from simulator.errors import ReplayError
from simulator.replay.arguments import check_word
from simulator.replay.block import EXPLAINED
from simulator.replay.choice import Engine, choose_engine
from simulator.replay.engines import engine_names
from simulator.replay.frames import configurations_of, failures_of, is_large, replays_frame, runs_frame
from simulator.replay.request import Request, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Playing"]


class Playing:
    """Replays on their way.

    Parameters
    ----------
    asked
        What to replay.
    engine, on_failure, detail, workers, progress
        As `simulator.replay.replay.replay` takes them; or an engine itself.

    Raises
    ------
    ReplayError
        If one of these makes no sense.
    """

    def __init__(
        self,
        asked: Request,
        *,
        engine: str | Engine,
        on_failure: str,
        detail: str,
        workers: int | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        if not isinstance(engine, Engine):
            check_word("engine", engine, tuple(engine_names()))
        check_word("on_failure", on_failure, ("raise", "keep"))
        check_word("detail", detail, ("runs", "replays"))
        if progress is not None and not callable(progress):
            raise ReplayError(
                f"progress is {progress!r}; it is a function that takes how many are done, and how many there are"
            )
        self._asked = asked
        self._engine = engine
        self._keeps_failures = on_failure == "keep"
        self._keeps_runs = detail == "runs"
        self._workers = None if workers is None else whole_number("workers", workers, error=ReplayError, least=1)
        self._progress = progress
        self._engines: list[str] = []
        self._failures: list[dict[str, Any]] = []
        self._configurations: list[dict[str, Any]] = []

    @classmethod
    def begin(
        cls,
        job: Any,
        traces: Any,
        *,
        engine: str | Engine,
        on_failure: str,
        detail: str,
        workers: int | None,
        progress: Callable[[int, int], None] | None,
        **what: Any,
    ) -> Playing:
        """Begin with all arguments of `simulator.replay.replay.replay`."""
        return cls(
            request(job, traces, **what),
            engine=engine,
            on_failure=on_failure,
            detail=detail,
            workers=workers,
            progress=progress,
        )

    def frames(self) -> Iterator[pd.DataFrame]:
        """Play everything; yields tables that make up the result, put under one another."""
        asked, done, large = self._asked, 0, is_large(self._asked.seeds)
        to_frame = runs_frame if self._keeps_runs else replays_frame
        runs = len(asked.seeds) * sum(plan.recurrences for setting in asked.settings for plan in setting.plans)
        for setting in asked.settings:
            engine = choose_engine(self._engine, setting, first_seed=asked.seeds[0], runs=runs, workers=self._workers)
            self._engines.append(engine.name)
            told: list[dict[str, Any]] = []
            counts: NDArray[np.int64] = np.zeros((), np.int64)
            for block in engine.play(
                setting,
                asked.seeds,
                keeps_runs=self._keeps_runs,
                keeps_failures=self._keeps_failures,
                workers=engine.workers,
            ):
                told += failures_of(setting, asked.seeds, block)
                counts = counts + sum(played.configurations for played in block.plans)
                yield to_frame(setting, asked.seeds, block, large=large)
                done += block.n * len(setting.plans)
                if self._progress:
                    self._progress(done, asked.n_replays)
            self._failures += told if self._keeps_runs else told[:EXPLAINED]
            self._configurations += configurations_of(setting, counts)

    def attributes(self) -> dict[str, Any]:
        """Say what a result says beside its rows, once everything was played: plain data."""
        engines = dict.fromkeys(self._engines)
        for manifest in self._asked.manifests:
            manifest["knobs"]["engine"] = " and ".join(engines)
        manifests = self._asked.manifests
        found: dict[str, Any] = {
            "manifest": manifests[0] if len(manifests) == 1 else {"replays": manifests},
            "failures": self._failures,
        }
        if not self._keeps_runs:
            found["configurations"] = self._configurations
        return found
