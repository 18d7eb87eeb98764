"""Which way a metric improves: as the jobs of a trace say, or as they are told to be derived."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["direction"]

_logger = logging.getLogger(__name__)


def direction(about: Mapping[str, Any], metrics: Sequence[str], metric: str, asked: bool | None) -> bool:
    """Decide whether higher values of a metric are better.

    Parameters
    ----------
    about
        What the trace says of itself, as in ``trace.json``. Its jobs are about the metric that was collected, or the
        only one there is; else nobody knows.
    metrics
        Names of the metrics there are.
    metric
        The one that is meant.
    asked
        What was asked for; None: what the jobs say, and otherwise that higher is better.

    Returns
    -------
    bool
        Whether higher is better.

    Raises
    ------
    TraceError
        If the jobs say the opposite of what is asked, or are about another metric and nothing is asked.

    Examples
    --------
    >>> direction({"jobs": [{"higher_is_better": False}]}, ["loss"], "loss", None)
    False
    """
    said = {job["higher_is_better"] for job in about.get("jobs", ()) if "higher_is_better" in job}
    theirs = about.get("measured", {}).get("metric", metrics[0] if len(metrics) == 1 else None)
    if asked is None:
        if said and theirs not in (None, metric):
            raise TraceError(
                f"the jobs are about {theirs}, and nothing says whether {metric} rises; say it (--higher-is-better or "
                "--lower-is-better)"
            )
        if len(said) > 1:
            raise TraceError(
                "some jobs say that higher is better, others that lower is; say which is meant (--higher-is-better or "
                "--lower-is-better)"
            )
        return said != {False}
    if said == {not asked}:
        words = f"the jobs say that {'lower' if asked else 'higher'} is better"
        if theirs == metric:
            raise TraceError(f"{words}, and are about {metric}; leave out what says the opposite")
        if theirs is None:
            _logger.warning("%s, though they may be about another metric than %s", words, metric)
    return asked
