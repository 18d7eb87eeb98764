"""Looks at everything but the script once a second while it runs: GPUs, limits, other processes, clocks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import psutil

from simulator.collect.nvml.codes import GPU_IS_LOST, RESET_REQUIRED
from simulator.collect.run.ending import Ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.limits import Limiter
    from simulator.collect.run.clocks import ClockTable
    from simulator.collect.run.ending import Why
    from simulator.collect.run.job import JobProcess
    from simulator.collect.run.sensors import Sensors

__all__ = ["Watch", "foreign"]

_logger = logging.getLogger("simulator.collect")

_EVERY_NS = 1_000_000_000

#: What a GPU said of its limit is at most this old when its sampler tells it [ns].
_STALE_NS = 1_500_000_000

#: Boards round limits; less than this is no change [mW].
_ROUNDING_MW = 1000


class Watch:
    """Watches over one run.

    Parameters
    ----------
    job
        The script.
    clock, clocks
        The time, and the table of both clocks.
    sensors
        The GPUs; None if only times are recorded.
    held_mw
        The limit that each GPU should keep [mW].
    limiter
        Sets power limits; None if they stay as they are.
    refuse
        Whether a foreign process on a GPU ends the run.
    """

    def __init__(
        self,
        job: JobProcess,
        *,
        clock: Clock,
        clocks: ClockTable,
        sensors: Sensors | None,
        held_mw: Sequence[int | None],
        limiter: Limiter | None = None,
        refuse: bool = False,
    ) -> None:
        self._job = job
        self._clock = clock
        self._clocks = clocks
        self._sensors = sensors
        self._held_mw = held_mw
        self._limiter = limiter
        self._refuse = refuse
        self._next_ns = 0
        #: Every process that the job had.
        self.pids: frozenset[int] = frozenset()

    def look(self) -> Ending | None:
        """Look around, if it is time to.

        Returns
        -------
        Ending or None
            What speaks against going on.

        Raises
        ------
        CollectError
            If the disk is full, or there is no guardian of the power limits any more.
        """
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._next_ns:
            return None
        self._next_ns = now_ns + _EVERY_NS
        self._clocks.look()
        self.pids = self._job.pids()
        if self._limiter is not None:
            self._limiter.ensure_guardian()
        if self._sensors is None:
            return None
        if why := self._sensors.revive():
            return Ending("sampler", why)
        return self._look_at_gpus(self._sensors)

    def _look_at_gpus(self, sensors: Sensors) -> Ending | None:
        gpus = sensors.gpus(since_ns=self._job.launched_ns + _STALE_NS)
        for gpu, held_mw in zip(gpus, self._held_mw, strict=False):
            if gpu["lost"]:
                code = gpu.get("energy_code")
                why: Why = "gpu_lost" if code in (GPU_IS_LOST, RESET_REQUIRED) else "gpu_silent"
                return Ending(why, f"{gpu['uuid']} does not answer (NVML's code {code})")
            now_mw = gpu.get("enforced_limit_mw")
            if held_mw is not None and now_mw is not None and abs(now_mw - held_mw) >= _ROUNDING_MW:
                was, now = held_mw / 1000, now_mw / 1000
                return Ending("limit_changed", f"somebody changed the limit of {gpu['uuid']} from {was:g} to {now:g} W")
            others = foreign(gpu.get("pids") or (), self.pids)
            if others and self._refuse:
                return Ending("foreign_process", f"processes {others} are on {gpu['uuid']} as well")
        return None


def foreign(listed: Sequence[int], own: frozenset[int]) -> list[int]:
    """Tell which processes on a GPU are not the job's.

    In a container NVML may list processes by the host's numbers. Those mean nothing here, so a process counts only if
    it exists here, or if others of the list are the job's.

    Parameters
    ----------
    listed
        Processes on the GPU.
    own
        The job's processes.

    Returns
    -------
    list of int
        The others.
    """
    ours = own.intersection(listed)
    return sorted(pid for pid in set(listed) - own if ours or psutil.pid_exists(pid))
