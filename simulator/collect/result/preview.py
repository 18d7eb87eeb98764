"""What a collection would do, before it does anything: its runs, and what they may take."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.collect.plan import estimate
from simulator.collect.plan.tables import Range
from simulator.collect.result.files import MANIFEST, read_manifest
from simulator.collect.result.resume import read_results, todo
from simulator.errors import GpuError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.collect.nvml import Device
    from simulator.collect.plan import Estimate, Plan, RunSpec

__all__ = ["Preview", "known_limits", "preview"]

_logger = logging.getLogger("simulator.collect")


@dataclass(frozen=True)
class Preview:
    """What a collection would do.

    Parameters
    ----------
    runs
        Runs to be made, in order.
    made
        How many of the plan's runs are made already.
    skipped
        How many are left out, since a run of the same batch size did not fit.
    estimate
        What the runs will take, about.
    """

    runs: tuple[RunSpec, ...]
    made: int
    skipped: int
    estimate: Estimate


def preview(
    plan: Plan, out: Path, *, observe: bool = False, no_gpu: bool = False, retry_failed: bool = False
) -> Preview:
    """List the runs that are to be made, and estimate what they take; nothing is started or written.

    No GPU is needed if the plan lists its power limits. If it does not, and there is none, runs are listed without a
    limit where the present one is meant.

    Parameters
    ----------
    plan
        The plan.
    out
        Folder of the collection, which need not exist. Runs that are made already are not listed, and tell how long
        the others take.
    observe
        Whether limits stay as they are.
    no_gpu
        Whether only times are recorded.
    retry_failed
        Whether runs that failed are to be made again.

    Returns
    -------
    Preview
        The runs and the estimate.

    Raises
    ------
    PlanError
        If the power limits depend on a GPU and there is none, or the GPU does not take them.
    CollectError
        If what is in the folder cannot be understood.
    """
    uuids: tuple[str, ...] = ()
    present_w, range_w = None, None
    if not no_gpu and (observe or not _listed(plan)):
        uuids, present_w, range_w = _of_gpus(plan)
    there = (out / MANIFEST).is_file()
    if there:
        uuids = tuple(gpu["uuid"] for gpu in read_manifest(out).gpus)
    specs = plan.runs(uuids, present_w=present_w, range_w=range_w, observe=observe, no_gpu=no_gpu)
    results = read_results(out) if there else {}
    rest = todo(out, specs, retry_failed=retry_failed) if there else specs
    unfit = {result.spec.batch_size for result in results.values() if result.status == "infeasible"}
    runs = tuple(spec for spec in rest if spec.batch_size not in unfit)
    timed = [(each.spec.batch_size, tuple(epoch.time_s for epoch in each.epochs)) for each in results.values()]
    return Preview(runs, len(specs) - len(rest), len(rest) - len(runs), estimate(plan, runs, done=timed))


def known_limits(devices: Sequence[Device]) -> tuple[int | None, tuple[int, int] | None]:
    """Find the limit that is set on all of a run's GPUs, and the limits that all of them take.

    Parameters
    ----------
    devices
        The GPUs: `simulator.collect.nvml.Device`.

    Returns
    -------
    present_w : int or None
        The lowest limit that one of them enforces now [W]; None if one does not say.
    range_w : tuple of int, or None
        Least and most that each of them takes [W]; None if one does not say.
    """
    limits = [device.limits() for device in devices]
    held = _all([each.requested_mw if each.enforced_mw is None else each.enforced_mw for each in limits])
    least, most = _all([each.min_mw for each in limits]), _all([each.max_mw for each in limits])
    return (
        round(min(held) / 1000) if held else None,
        (-(-max(least) // 1000), min(most) // 1000) if least and most else None,
    )


def _all(values: list[int | None]) -> list[int]:
    """Hand back the values if there is one of each GPU, and none otherwise."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def _listed(plan: Plan) -> bool:
    """Whether a plan says its power limits without looking at a GPU."""
    limits = plan.grid.power_limits_w
    return isinstance(limits, tuple) or (isinstance(limits, Range) and bool(limits.from_ and limits.to))


def _of_gpus(plan: Plan) -> tuple[tuple[str, ...], int | None, tuple[int, int] | None]:
    """UUIDs, present limit and range of the plan's GPUs, as far as there are any."""
    from simulator.collect.nvml import find_gpus, nvml

    try:
        with nvml():
            devices = find_gpus(plan.measure.gpus, allow_shared_sensor=plan.measure.allow_shared_sensor)
            return tuple(device.uuid for device in devices), *known_limits(devices)
    except GpuError as cause:
        _logger.info("planned without a GPU: %s", cause)
        return (), None, None
