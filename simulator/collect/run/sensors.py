"""The GPUs of a collection, as long as it lasts: a sampler that records each run, and what it said last."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.errors import CollectError, SamplerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simulator.collect.nvml import Device
    from simulator.collect.sampling import Probe, Sampler

__all__ = ["Sensors"]

_logger = logging.getLogger("simulator.collect")


class Sensors:
    """GPUs that are sampled.

    Parameters
    ----------
    devices
        The GPUs, in the job's order.
    sampler
        The process that samples them; it runs.
    probe
        What their sensors are.
    """

    def __init__(self, devices: Sequence[Device], sampler: Sampler, probe: Probe) -> None:
        self.devices = tuple(devices)
        self.probe = probe
        self._sampler = sampler
        self._directory: Path | None = None
        #: Whether the sampler died during the last recording.
        self.interrupted = False
        #: What the sampler counted in the last recording: rows, missed deadlines, period.
        self.counts: dict[str, Any] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the sampler."""
        return self._sampler.pid

    def gpus(self, *, since_ns: int = 0) -> list[dict[str, Any]]:
        """Look at what each GPU said last; nothing, if that was before a moment [ns] or never."""
        latest = self._sampler.latest()
        if latest is None or latest["mono_ns"] < since_ns:
            return []
        found: list[dict[str, Any]] = latest["gpus"]
        return found

    def values(self, column: str, *, since_ns: int = 0) -> list[Any]:
        """Look at what each GPU said last of one thing, since a moment [ns]; only those that said anything."""
        return [value for gpu in self.gpus(since_ns=since_ns) if (value := gpu.get(column)) is not None]

    def enforced_mw(self) -> list[int | None]:
        """Ask each GPU for the limit that holds [mW]."""
        return [device.limits().enforced_mw for device in self.devices]

    @contextmanager
    def recording(self, directory: Path) -> Iterator[None]:
        """Record into a run's directory.

        Raises
        ------
        CollectError
            If the samples cannot be written.
        """
        self._ensure()
        self.interrupted = False
        self._sampler.open(directory)
        self._directory = directory
        try:
            yield
        except BaseException:
            self._directory = None
            self._end_quietly()
            raise
        self._directory = None
        try:
            self.counts = self._sampler.close()
        except SamplerError as error:  # what it recorded until then is whole
            _logger.warning("%s", error)
            self.counts, self.interrupted = {}, True

    def revive(self) -> str:
        """Find out what is wrong with the sampler; start it again if it is dead, once in a run.

        Returns
        -------
        str
            Why there are no samples any more; empty if there are.

        Raises
        ------
        CollectError
            If the disk is full.
        """
        trouble = self._sampler.trouble()
        if trouble is None:
            return ""
        if not isinstance(trouble, SamplerError):
            raise trouble
        if self.interrupted or self._directory is None:
            return str(trouble)
        _logger.warning("%s; starting it again, the gap is recorded", trouble)
        self.interrupted = True
        try:
            self._sampler.start()
            self._sampler.open(self._directory)
        except SamplerError as error:
            return str(error)
        return ""

    def _ensure(self) -> None:
        """See that a sampler runs before a run begins."""
        if not self._sampler.alive():
            _logger.warning("%s; starting it again", self._sampler.trouble())
            self._sampler.start()

    def _end_quietly(self) -> None:
        try:
            self._sampler.close()
        except CollectError as error:
            _logger.info("%s", error)
