"""What was measured at each batch size, in a few numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.collect.finalize.about import train_of_job

if TYPE_CHECKING:
    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.finalize.power import Measured

__all__ = ["summarize_sizes"]


def summarize_sizes(gathered: Gathered, train: pd.DataFrame, measured: Measured) -> pd.DataFrame:
    """Summarize each batch size of the plan.

    Parameters
    ----------
    gathered
        Results of a plan.
    train
        Train trace.
    measured
        Power trace with its details.

    Returns
    -------
    pandas.DataFrame
        ``batch_size``; ``runs`` to the target and how many ``reached`` it, ``epochs_median`` of those;
        ``power_limits`` (how many); at the highest of them ``power_limit_w``, ``time_per_epoch_s``,
        ``average_power_w``, ``uncertainty_share`` (NaN if not known); ``flags`` of all its rows; ``problems``.
    """
    of_job = train_of_job(gathered, train)
    rows = []
    for size in sorted(gathered.plan.grid.batch_sizes):
        epochs = of_job.loc[of_job["batch_size"] == size, "target_epoch"]
        cells = measured.table.loc[measured.table["batch_size"] == size]
        best = cells.iloc[-1].to_dict() if len(cells) else {}
        flags = {flag for flags in cells["flags"] for flag in flags.split(",") if flag}
        specs = [spec for spec in gathered.specs if spec.batch_size == size]
        problems = dict.fromkeys(filter(None, map(gathered.why_not, specs)))
        rows.append(
            {
                "batch_size": size,
                "runs": len(epochs),
                "reached": int(epochs.notna().sum()),
                "epochs_median": _number(epochs.dropna().median() if epochs.notna().any() else None),
                "power_limits": len(cells),
                "power_limit_w": _number(best.get("power_limit")),
                "time_per_epoch_s": _number(best.get("time_per_epoch")),
                "average_power_w": _number(best.get("average_power")),
                "uncertainty_share": _number(best.get("uncertainty_share")),
                "flags": ", ".join(sorted(flags)),
                "problems": "; ".join(problems),
            }
        )
    return pd.DataFrame(rows)


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
