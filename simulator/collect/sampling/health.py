"""Judges from its readings whether a GPU is lost, and whether it is polled faster than it can bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.collect.nvml.codes import GPU_IS_LOST, NOT_SUPPORTED, RESET_REQUIRED, SUCCESS

if TYPE_CHECKING:
    from simulator.collect.nvml.device import FastReading

__all__ = ["REVIVE_AFTER_NS", "Health"]

#: How long nothing can be read before a GPU counts as lost, if NVML itself does not say that it is [ns].
LOST_AFTER_NS = 1_000_000_000

#: How long after its first failed reading NVML is initialised anew, once [ns]: a systemd reload cuts containers off.
REVIVE_AFTER_NS = 5_000_000_000


class Health:
    """What the readings of one GPU say of its state."""

    def __init__(self) -> None:
        self.overtaxed = False
        self._worked: set[str] = set()
        self._dead_since_ns: int | None = None
        self._gone = False
        self._revived = False

    def judge(self, reading: FastReading, now_ns: int) -> None:
        """Take one reading into account.

        ``overtaxed`` becomes true once a value that could be read before is zero or not supported, as happens when
        counters are polled too fast (zeus warns of it below 50 ms).

        Parameters
        ----------
        reading
            The reading.
        now_ns
            When it was made, on the monotonic clock [ns].
        """
        values = {
            "instant": (reading.power_instant_mw, reading.instant_code),
            "average": (reading.power_average_mw, reading.average_code),
            "energy": (reading.energy_mj, reading.energy_code),
        }
        for name, (value, code) in values.items():
            if code == SUCCESS and value:
                self._worked.add(name)
            elif name in self._worked and code in (SUCCESS, NOT_SUPPORTED):
                self.overtaxed = True
        codes = {code for _, code in values.values()}
        if SUCCESS in codes or codes == {NOT_SUPPORTED}:
            self._dead_since_ns = None
            self._gone = self._revived = False
        else:
            self._dead_since_ns = now_ns if self._dead_since_ns is None else self._dead_since_ns
            self._gone = bool(codes & {GPU_IS_LOST, RESET_REQUIRED})

    def lost(self, now_ns: int) -> bool:
        """Whether NVML says that the GPU is lost or needs a reset, or nothing could be read for a second."""
        return self._dead_since_ns is not None and (self._gone or now_ns - self._dead_since_ns >= LOST_AFTER_NS)

    def wants_revival(self, now_ns: int) -> bool:
        """Whether it is time to initialise NVML anew; true once each time that the GPU is lost."""
        if self._dead_since_ns is None or self._revived or now_ns - self._dead_since_ns < REVIVE_AFTER_NS:
            return False
        self._revived = True
        return True
