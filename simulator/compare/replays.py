"""The replays of one policy, in as many worlds as wanted: sums over each, and nothing made that nobody reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.replay.block import REPLAY_REALS, REPLAY_WHOLES
from simulator.replay.choice import choose_engine
from simulator.replay.frames import configurations_of, failures_of
from simulator.replay.request import request

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.compare.contenders import Contender
    from simulator.compare.settings import Settings
    from simulator.job import Job
    from simulator.replay.block import Block
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["AMOUNTS", "Replays", "Stage"]

#: What is known of each replay: sums over its recurrences, but for the last.
AMOUNTS = ("energy_j", "time_s", "cost", "retries", "early_stops", "recurrences_to_oracle")


class Replays(NamedTuple):
    """The replays of one policy in one world.

    Parameters
    ----------
    amounts
        `AMOUNTS` of each seed, shape (n_seeds, len(AMOUNTS)). All NaN where the replay broke off.
    configurations
        batch_size, power_limit_w [W] and runs: how often each was run under all seeds together.
    failures
        What broke off, and why, as in ``attrs["failures"]`` of a result table.
    """

    amounts: NDArray[np.float64]
    configurations: list[dict[str, Any]]
    failures: list[dict[str, Any]]


class Stage:
    """A policy, and a job on a GPU, ready to be replayed in many worlds.

    What `simulator.replay` makes of its arguments is made once; then each world takes the engine alone, since a table
    and a manifest for each of thousands of worlds would take longer than their replays.

    Parameters
    ----------
    job, traces
        The job, and what was recorded of it.
    contender
        Who decides.
    settings
        Knobs.
    groups
        Submissions that may overlap; None: the job recurs. A replay is that of all groups together.
    """

    def __init__(
        self, job: Job, traces: Traces, contender: Contender, *, settings: Settings, groups: pd.DataFrame | None
    ) -> None:
        asked = request(
            job,
            traces,
            seeds=settings.seeds,
            groups=groups,
            recurrences=None if groups is not None else settings.recurrences,
            policy=contender.policy,
            power_policy=contender.power_policy,
            eta=settings.eta,
            beta=settings.beta,
            window=contender.window,
            draws="keyed",  # whatever a policy tried before, the k-th run of a batch size is that of every other policy
        )
        (self._setting,) = asked.settings
        recurrences = sum(plan.recurrences for plan in self._setting.plans)
        self._engine = choose_engine(
            "auto",
            self._setting,
            first_seed=settings.seeds[0],
            runs=settings.n_replays * recurrences,
            workers=None,
        )

    def replay(self, seeds: Sequence[int], *, world: JobTable | None = None) -> Replays:
        """Replay every seed.

        Parameters
        ----------
        seeds
            The seeds.
        world
            What could have been recorded instead; None is what was. Threads and processes are for the latter: a world
            has few seeds, and is over before they have started.
        """
        setting = self._setting if world is None else replace(self._setting, table=world)
        blocks: list[Block] = list(
            self._engine.play(
                setting,
                seeds,
                keeps_runs=False,
                keeps_failures=True,
                workers=self._engine.workers if world is None else 1,
            )
        )
        counts: NDArray[np.int64] = np.sum([plan.configurations for block in blocks for plan in block.plans], axis=0)
        return Replays(
            np.concatenate([_amounts(block) for block in blocks]),
            configurations_of(setting, counts),
            [failure for block in blocks for failure in failures_of(setting, seeds, block)],
        )


def _amounts(block: Block) -> NDArray[np.float64]:
    """Add up the plans of each seed; NaN if one of them broke off."""
    wholes = np.stack([plan.replay_wholes for plan in block.plans]).astype(float)
    reals = np.stack([plan.replay_reals for plan in block.plans])
    columns = dict(zip((*REPLAY_WHOLES, *REPLAY_REALS), np.concatenate([wholes, reals], axis=2).T, strict=True))
    before = columns["recurrences_to_oracle"]
    columns["recurrences_to_oracle"] = np.where(before < 0, columns["recurrences"], before) / len(block.plans)
    amounts = np.stack([columns[name].sum(axis=1) for name in AMOUNTS], axis=1)
    return np.where((columns["status"] < 0).any(axis=1)[:, None], np.nan, amounts)
