"""What an epoch takes at each power limit, and which limit a trial then gets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.cost import weigh_power
from simulator.errors import BadValueError
from simulator.service.deciding.reporting import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.service.deciding.desk import Desk
    from simulator.service.deciding.live import LivePolicy

__all__ = ["profile"]


async def profile(desk: Desk, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
    """Choose the limit of a trial from what was measured; see `Dispatcher.profile`.

    A trial that has a limit keeps it, and a size that was profiled meanwhile is not profiled again.
    """
    await desk.open(job_id)
    trial = await desk.trial(None, number)
    if trial.power_limit_w is not None:
        return trial.power_limit_w
    trial = await running(desk, trial)
    live = await desk.live()
    _check(live, measurements)
    limit_w = live.limit(trial.batch_size)
    if limit_w is None:
        _tell(live, trial.batch_size, sorted(measurements, reverse=True))
        limit_w = live.limit(trial.batch_size)
    if limit_w is None:
        raise BadValueError(
            f"after measurements at {sorted(limit for limit, _, _ in measurements)} W the power policy still has no "
            f"limit for batch size {trial.batch_size}; measure all of {list(live.spec.power_limits_w)} W"
        )
    await desk.layer.update_power_limit(job_id, number, limit_w)
    return limit_w


def _tell(live: LivePolicy, batch_size: int, measurements: Sequence[tuple[int, float, float]]) -> None:
    """Tell the power policy, the largest limit first, exactly as the event engine does."""
    policy = live.power_policy
    observe_epoch = getattr(policy, "observe_epoch", None)
    largest_w = measurements[0][0] * live.spec.n_gpus
    for limit_w, power_w, time_s in measurements:
        if observe_epoch:
            observe_epoch(live.trained, batch_size, limit_w, energy_j=power_w * time_s, time_s=time_s)
        policy.observe(  # type: ignore[union-attr]  # checked before
            live.trained, batch_size, limit_w, weigh_power(power_w, time_s, live.spec.eta, largest_w)
        )


def _check(live: LivePolicy, measurements: Sequence[tuple[int, float, float]]) -> None:
    if live.power_policy is None:
        raise BadValueError(f"job {live.job_id!r} has no power policy, so there is nothing to profile for")
    limits = [limit for limit, _, _ in measurements]
    offered = list(live.spec.power_limits_w)
    if not limits or len(set(limits)) < len(limits) or not set(limits) <= set(offered):
        raise BadValueError(f"measured at {limits} W; measure once at each of the job's limits, {offered} W")
    for limit, power_w, time_s in measurements:
        if not (0 <= power_w < math.inf and 0 < time_s < math.inf and power_w * time_s < math.inf):
            raise BadValueError(
                f"at {limit} W: power_w is {power_w} and time_s {time_s}; both are finite, and an epoch takes time"
            )
