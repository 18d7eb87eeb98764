"""Small result tables, made by hand, so that a test can say what must come out of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from simulator.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)


def runs(
    *energies_j: Sequence[float] | float,
    policy: str = "default+full",
    job: Job = JOB,
    gpu: str = "v100",
    seed: int = 0,
    batch_sizes: Sequence[int] | None = None,
    group: str | None = None,
) -> pd.DataFrame:
    """Make a replay: an energy [J] for each recurrence, or several for one of several tries; a run takes 2 s a J."""
    rows = []
    for recurrence, tries in enumerate(energies_j):
        amounts = [float(tries)] if isinstance(tries, (int, float)) else list(map(float, tries))
        for attempt, energy_j in enumerate(amounts, start=1):
            rows.append(
                {
                    "policy": policy,
                    "job": str(job),
                    "gpu": gpu,
                    "seed": seed,
                    "recurrence": recurrence,
                    "attempt": attempt,
                    "batch_size": batch_sizes[recurrence] if batch_sizes else 32,
                    "power_limit_w": 250,
                    "energy_j": energy_j,
                    "time_s": 2 * energy_j,
                    "cost": 10 * energy_j,
                    "reached": attempt == len(amounts),
                    "profiled": False,
                    "started_s": 0.0,
                    "ended_s": 2 * energy_j,
                    **({} if group is None else {"group": group}),
                }
            )
    return pd.DataFrame(rows)


def table(
    *replays: pd.DataFrame, synthetic: bool = False, failures: Sequence[dict[str, Any]] = (), job: Job = JOB
) -> pd.DataFrame:
    """Put replays into one result table, as `simulator.replay` returns it."""
    result = pd.concat(replays, ignore_index=True)
    traces = {"name": "t", "gpu": result["gpu"].iloc[0], "synthetic": synthetic, "content_hash": ""}
    result.attrs = {"manifest": {"job": asdict(job), "traces": traces}, "failures": list(failures)}
    return result


@pytest.fixture
def two_policies() -> pd.DataFrame:
    """Two policies, three seeds each, six recurrences: the second learns to spend half."""
    return table(
        *(runs(*[100 + seed] * 6, seed=seed) for seed in range(3)),
        *(
            runs(
                100,
                [60, 90],
                *[50 + seed] * 4,
                policy="thrifty",
                seed=seed,
                batch_sizes=[32, 64, 8, 8, 8, 8],
            )
            for seed in range(3)
        ),
    )


@pytest.fixture
def make_runs() -> Callable[..., pd.DataFrame]:
    """`runs`, for tests in other files."""
    return runs


@pytest.fixture
def make_table() -> Callable[..., pd.DataFrame]:
    """`table`, for tests in other files."""
    return table
