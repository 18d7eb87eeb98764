"""From arrays to the tables that users see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.replay.block import REPLAY_REALS, REPLAY_WHOLES, RUN_REALS, RUN_WHOLES
from simulator.replay.totals import LATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.replay.block import Block
    from simulator.replay.setting import Setting

__all__ = [
    "COLUMNS",
    "REPLAY_COLUMNS",
    "configurations_of",
    "failures_of",
    "is_large",
    "replays_frame",
    "runs_frame",
]

#: What tells one replay from another.
_WHO = {"policy": "str", "job": "str", "gpu": "str", "seed": "int64"}  # text, all seeds, if one is beyond 64 bits

#: Columns of a result table with their types. Overlapping groups have one more, ``group``, and so has each knob that
#: varies: ``eta``, ``beta``, ``window``.
COLUMNS = {
    **_WHO,
    "recurrence": "int64",
    "attempt": "int64",
    "batch_size": "int64",
    "power_limit_w": "int64",
    "energy_j": "float64",
    "time_s": "float64",
    "cost": "float64",
    "reached": "bool",
    "profiled": "bool",
    "started_s": "float64",
    "ended_s": "float64",
}

#: Columns of a table with one row a replay, likewise.
REPLAY_COLUMNS = {
    **_WHO,
    "recurrences": "int64",
    "runs": "int64",
    "retries": "int64",
    "early_stops": "int64",
    "energy_j": "float64",
    "time_s": "float64",
    "cost": "float64",
    "late_energy_j": "float64",
    "late_time_s": "float64",
    "late_cost": "float64",
    "recurrences_to_oracle": "int64",
    "failed": "bool",
}

_LARGEST = 2**63 - 1
_AT_STATUS, _AT_KEPT = REPLAY_WHOLES.index("status"), REPLAY_WHOLES.index("n_kept")


def runs_frame(setting: Setting, seeds: Sequence[int], block: Block, *, large: bool) -> pd.DataFrame:
    """Make the table of all runs of a block, replay after replay.

    Parameters
    ----------
    setting
        What was replayed.
    seeds
        All seeds.
    block
        What some of them came to.
    large
        Whether any seed is beyond 64 bits: then all are text.
    """
    kept = np.stack([played.replay_wholes[:, _AT_KEPT] for played in block.plans], axis=1)  # (seed, plan)
    order = _by_seed(kept)
    wholes = np.concatenate([played.run_wholes for played in block.plans])[order]
    reals = np.concatenate([played.run_reals for played in block.plans])[order]
    values: dict[str, Any] = dict(zip(RUN_WHOLES, wholes.T, strict=True))
    values |= dict(zip(RUN_REALS, reals.T, strict=True))
    values["batch_size"] = setting.table.batch_sizes[values["batch_size"]]
    values["power_limit_w"] = setting.table.power_limits_w[values["power_limit_w"]]
    return _frame(setting, seeds, block, values, repeats=kept.ravel(), columns=COLUMNS, large=large)


def replays_frame(setting: Setting, seeds: Sequence[int], block: Block, *, large: bool) -> pd.DataFrame:
    """Make the table of all replays of a block, one row each; see `runs_frame`."""
    wholes = np.stack([played.replay_wholes for played in block.plans], axis=1).reshape(-1, len(REPLAY_WHOLES))
    reals = np.stack([played.replay_reals for played in block.plans], axis=1).reshape(-1, len(REPLAY_REALS))
    values: dict[str, Any] = dict(zip(REPLAY_WHOLES, wholes.T, strict=True))
    values |= dict(zip(REPLAY_REALS, reals.T, strict=True))
    values["failed"] = values["status"] < 0
    n_late = np.tile([min(LATE, plan.recurrences) for plan in setting.plans], block.n)
    for name in ("late_energy_j", "late_time_s", "late_cost"):
        values[name] = values[name] / n_late
    once = np.ones(len(wholes), np.int64)
    return _frame(setting, seeds, block, values, repeats=once, columns=REPLAY_COLUMNS, large=large)


def configurations_of(setting: Setting, counts: NDArray[np.int64]) -> list[dict[str, Any]]:
    """List how often each batch size and power limit [W] ran, over all replays; those that never did are left out."""
    sizes, limits = setting.table.batch_sizes.tolist(), setting.table.power_limits_w.tolist()
    return [
        {**setting.labels, "batch_size": sizes[i // len(limits)], "power_limit_w": limits[i % len(limits)], "runs": n}
        for i, n in enumerate(counts.tolist())
        if n
    ]


def failures_of(setting: Setting, seeds: Sequence[int], block: Block) -> list[dict[str, Any]]:
    """List the replays of a block that broke off, with the reason."""
    broken = sorted((i, plan) for plan, played in enumerate(block.plans) for i in played.errors)
    return [
        {
            **setting.labels,
            "seed": seeds[block.first + i],
            **({} if setting.plans[plan].group is None else {"group": setting.plans[plan].group}),
            "error": block.plans[plan].errors[i],
        }
        for i, plan in broken
    ]


def is_large(seeds: Sequence[int]) -> bool:
    """Whether any seed is 2^63 or more, beyond what a table of whole numbers holds."""
    return max(seeds) > _LARGEST


def _by_seed(kept: NDArray[np.int64]) -> NDArray[np.intp]:
    """Order runs that lie plan by plan, in each seed by seed, by seed first; from their counts (n_seeds, n_plans)."""
    n_seeds, n_plans = kept.shape
    seed_of = np.repeat(np.tile(np.arange(n_seeds), n_plans), kept.T.ravel())
    return np.argsort(seed_of, kind="stable")


def _frame(
    setting: Setting,
    seeds: Sequence[int],
    block: Block,
    values: dict[str, Any],
    *,
    repeats: NDArray[np.int64],
    columns: dict[str, str],
    large: bool,
) -> pd.DataFrame:
    n_plans = len(setting.plans)
    own = seeds[block.first : block.first + block.n]
    seed_column = np.array([str(seed) for seed in own], object) if large else np.array(own, np.int64)
    labels: dict[str, Any] = dict(setting.labels)
    labels["seed"] = np.repeat(np.repeat(seed_column, n_plans), repeats)
    if setting.plans[0].group is not None:
        labels["group"] = np.repeat(np.tile([plan.group for plan in setting.plans], block.n), repeats)
    kinds = {**columns, "seed": "str"} if large else columns
    names = [*columns, *(name for name in labels if name not in columns)]
    frame = pd.DataFrame({**labels, **values}, columns=names, index=range(int(repeats.sum())))
    return frame.astype({**kinds, **({"group": "str"} if "group" in labels else {})})
