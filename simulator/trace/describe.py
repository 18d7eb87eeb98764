"""Describe traces: what can be replayed, a row per workload and target, and whether anybody recorded it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.trace.validate.targets import WORKLOAD

if TYPE_CHECKING:
    import pandas as pd

    from simulator.trace.traces import Traces

__all__ = ["describe", "holds_predictions", "kind"]

#: What is said about each workload and target.
COLUMNS = [
    "batch_sizes",
    "smallest_batch_size",
    "largest_batch_size",
    "power_limits",
    "smallest_power_limit_w",
    "largest_power_limit_w",
    "runs",
    "share_reached",
    "epochs_min",
    "epochs_median",
    "epochs_max",
]


def describe(traces: Traces) -> pd.DataFrame:
    """Summarize what was recorded for each workload and target on one GPU.

    Only rows that can be replayed count: runs at batch sizes that were measured on this GPU.

    Parameters
    ----------
    traces
        The traces.

    Returns
    -------
    pandas.DataFrame
        One row per dataset, network, optimizer and target_metric, in this order: ``batch_sizes`` (how many),
        ``smallest_batch_size``, ``largest_batch_size``, ``power_limits`` (how many), ``smallest_power_limit_w``,
        ``largest_power_limit_w``, ``runs``, ``share_reached`` (of the runs, 0 to 1), and the fewest, median and most
        epochs of the runs that reached the target: ``epochs_min``, ``epochs_median``, ``epochs_max`` (NaN if none did).

    Examples
    --------
    >>> import pandas as pd
    >>> from simulator.trace.traces import Traces
    >>> row = {"dataset": "d", "network": "n", "optimizer": "adam", "batch_size": 8}
    >>> reached = {**row, "run": 1, "target_metric": 0.9, "target_epoch": 4}
    >>> train = pd.DataFrame([reached, {**reached, "run": 2, "target_epoch": None}])
    >>> power = pd.DataFrame([{**row, "power_limit": 200, "time_per_epoch": 10.0, "average_power": 150.0}])
    >>> describe(Traces(train=train, power=power, gpu="v100"))[["runs", "share_reached", "epochs_max"]]
       runs  share_reached  epochs_max
    0     2            0.5         4.0
    """
    size = [*WORKLOAD, "batch_size"]
    runs = traces.train.merge(traces.power[size].drop_duplicates(), on=size)
    of_targets = runs.groupby([*WORKLOAD, "target_metric"]).agg(
        batch_sizes=("batch_size", "nunique"),
        smallest_batch_size=("batch_size", "min"),
        largest_batch_size=("batch_size", "max"),
        runs=("target_epoch", "size"),
        share_reached=("target_epoch", lambda epochs: epochs.notna().mean()),
        epochs_min=("target_epoch", "min"),
        epochs_median=("target_epoch", "median"),
        epochs_max=("target_epoch", "max"),
    )
    replayed = traces.power.merge(traces.train[size].drop_duplicates(), on=size)
    of_limits = replayed.groupby(WORKLOAD)["power_limit"].agg(
        power_limits="nunique", smallest_power_limit_w="min", largest_power_limit_w="max"
    )
    described = of_targets.reset_index().join(of_limits, on=WORKLOAD)
    return described[[*WORKLOAD, "target_metric", *COLUMNS]]


def holds_predictions(traces: Traces) -> bool:
    """Whether any row that can be replayed is a model's prediction."""
    return "predicted" in traces.joined.columns and bool(traces.joined["predicted"].any())


def kind(*, predicted: bool, synthetic: bool) -> str:
    """Say what traces are that nobody recorded, in the words that stand wherever their results are shown.

    Parameters
    ----------
    predicted, synthetic
        Whether they were predicted for what nobody recorded, or drawn from a model.

    Returns
    -------
    str
        Words for a title; empty if the traces were recorded.

    Examples
    --------
    >>> kind(predicted=True, synthetic=True)
    'PREDICTED and SYNTHETIC traces'
    """
    words = [word for word, holds in (("PREDICTED", predicted), ("SYNTHETIC", synthetic)) if holds]
    return f"{' and '.join(words)} traces" if words else ""
