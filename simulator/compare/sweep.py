"""Replays of policies over ranges of knobs: one policy, on one job and GPU, at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.contenders import Contender, contenders
from simulator.replay.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from simulator.compare.settings import Settings
    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["Steps", "each_policy", "sweep"]


def each_policy(policies: Any, *, overlapping: bool) -> list[Contender]:
    """Find out whose knobs are turned; unlike in a comparison, one policy will do.

    Parameters
    ----------
    policies
        One policy or a list of them, as `simulator.compare.compare.compare` takes them.
    overlapping
        Whether runs of a job may overlap.

    Returns
    -------
    list of Contender
        In the order given.

    Raises
    ------
    PolicyError
        If a policy is unknown or none.
    ReplayError
        If there is none, or two share a name.

    Examples
    --------
    >>> [each.name for each in each_policy(["default", ("default", "full")], overlapping=False)]
    ['default', 'default+full']
    """
    return contenders(policies if isinstance(policies, list) else [policies], overlapping=overlapping, least=1)


def sweep(
    jobs: Job | Sequence[Job],
    traces: Traces,
    who: Contender,
    *,
    settings: Settings,
    groups: pd.DataFrame | None,
    **varied: Sequence[Any],
) -> pd.DataFrame:
    """Replay a policy for all values of some knobs.

    All values meet the same luck (keyed draws); replays that break off are kept, and say so.

    Parameters
    ----------
    jobs
        The job, or variants of it.
    traces
        What was recorded on one GPU.
    who
        The policy.
    settings
        The other knobs, and the seeds.
    groups
        Submissions that may overlap; None: the job recurs.
    varied
        Values of eta, beta or window.

    Returns
    -------
    pandas.DataFrame
        One row a replay; see `simulator.replay.frames.REPLAY_COLUMNS`.
    """
    knobs: dict[str, Any] = {"eta": settings.eta, "beta": settings.beta, "window": settings.window, **varied}
    return replay(
        jobs,
        traces,
        policy=who.policy,
        power_policy=who.power_policy,
        seeds=settings.seeds,
        recurrences=settings.recurrences,
        groups=groups,
        draws="keyed",
        on_failure="keep",
        detail="replays",
        **knobs,
    )


class Steps:
    """Counts the steps of a long sweep for whoever wants to know.

    Parameters
    ----------
    progress
        Called with how many steps are done and how many there are; None: nobody.
    total
        How many there are.
    """

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def done(self) -> None:
        """Count one."""
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)
