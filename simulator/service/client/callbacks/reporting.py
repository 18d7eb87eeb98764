"""What callbacks have in common: which metric they report, and that it must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.errors import BadValueError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.service.client.run import TrainingRun

__all__ = ["report"]


def report(run: TrainingRun, name: str, metrics: Mapping[str, Any], epoch: int) -> bool:
    """Report an epoch with one of the metrics that a framework has for it.

    Parameters
    ----------
    run
        What to report to.
    name
        Which metric.
    metrics
        All that there are.
    epoch
        How many epochs were trained.

    Returns
    -------
    bool
        Whether to stop.

    Raises
    ------
    BadValueError
        If there is no such metric.
    """
    if name not in metrics:
        hint = nearest(name, metrics) or f"; there are: {', '.join(metrics) or 'none'}"
        raise BadValueError(f"validation gave no metric {name!r}{hint}")
    return run.report(metric=float(metrics[name]), epoch=epoch)
