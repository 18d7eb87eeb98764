"""Sets the power limits of a job's GPUs, waits until they hold, and sets them back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.collect.clock import SystemClock
from simulator.collect.limits.giving_back import failures_of, give_back
from simulator.collect.limits.settling import LimitSet, settle
from simulator.collect.nvml.codes import NOT_SUPPORTED
from simulator.collect.nvml.library import typed_error
from simulator.errors import CollectError, GpuError, GpuLostError, GpuPermissionError, PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.limits.guard import Guard
    from simulator.collect.limits.journal import Journal
    from simulator.collect.limits.setting import Setter
    from simulator.collect.nvml import Device

__all__ = ["Limiter", "Safety"]

_logger = logging.getLogger("simulator.collect")


@dataclass(frozen=True)
class Safety:
    """What must exist before a limit is set: the journal on disk, and who gives back if this process cannot."""

    journal: Journal
    guard: Guard
    setter: Setter


class Limiter:
    """Sets limits; made by `simulator.collect.limits.guarded`.

    Parameters
    ----------
    devices
        The job's GPUs: all have the same limit.
    safety
        What makes sure that limits are given back; None: nothing is ever set.
    refusal
        Why nothing may be set, if that is known already.
    clock
        What to wait by.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        safety: Safety | None,
        *,
        refusal: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._devices = tuple(devices)
        self._safety = safety
        self._clock = clock or SystemClock()
        self._touched = False
        self.refusal = refusal

    def permission(self) -> bool:
        """Find out whether limits may be set, by setting the current ones again.

        Returns
        -------
        bool
            If not, `refusal` says why, and nothing is set from now on.

        Raises
        ------
        GpuLostError
            If a GPU does not answer at all.
        """
        if self.refusal is not None or self._safety is None:
            return False
        for device in self._devices:
            try:
                self._safety.setter.set(device, _present_mw(device))
            except GpuLostError:
                raise
            except GpuError as error:
                self.refusal = str(error)
                return False
        return True

    def check(self, limit_mw: int) -> None:
        """Refuse a limit that one of the GPUs does not take.

        Parameters
        ----------
        limit_mw
            The limit [mW].

        Raises
        ------
        PlanError
            With what each GPU takes.
        """
        wrong = [f"{device.uuid} takes {least / 1000:g} to {most / 1000:g} W" for device, least, most in self._ranges()
                 if not least <= limit_mw <= most]  # fmt: skip
        if wrong:
            raise PlanError(
                f"a power limit of {limit_mw / 1000:g} W is out of range: {'; '.join(wrong)}; choose one within, or "
                "have limits clipped"
            )

    def set(self, limit_mw: int, *, clip: bool = False, settle_s: float = 5.0) -> list[LimitSet]:
        """Set the limit of all GPUs, and wait until it holds.

        Parameters
        ----------
        limit_mw
            The limit [mW].
        clip
            Whether a limit out of range becomes the nearest one that a GPU takes.
        settle_s
            How long to wait at most until each GPU keeps the limit [s].

        Returns
        -------
        list of LimitSet
            What came of it, a GPU each. The enforced limit may be lower than what was asked for.

        Raises
        ------
        PlanError
            If a GPU does not take it; nothing was set.
        GpuPermissionError
            If nothing may be set, and a GPU has another limit.
        GpuError
            If a GPU refuses; those set before it have their previous limit again, as far as they let themselves.
        """
        if not clip:
            self.check(limit_mw)
        ranges = {device.uuid: (least, most) for device, least, most in self._ranges()}
        wanted = [(device, _clipped(limit_mw, ranges.get(device.uuid))) for device in self._devices]
        if self._safety is None or self.refusal is not None:
            self._refuse_others(wanted)
        else:
            self._set_all(self._safety, wanted)
        done = [settle(device, limit_mw, wanted_mw, settle_s, self._clock) for device, wanted_mw in wanted]
        for each in done:
            if each.enforced_mw not in (None, limit_mw):
                _logger.warning("%s", each)
        return done

    def ensure_guardian(self) -> None:
        """Start another guardian if somebody killed the one that gives limits back if this process dies.

        Raises
        ------
        CollectError
            If none starts.
        """
        if self._safety is not None:
            self._safety.guard.ensure()

    def restore(self) -> None:
        """Give back the limits and persistence modes that were found; nothing happens if nothing was set.

        Raises
        ------
        CollectError
            If one could not be given back; the journal still has it.
        """
        if self._safety is None or not self._touched:
            return
        outcomes = give_back(self._safety.journal, self._safety.journal.command)
        if failures := failures_of(outcomes):
            raise CollectError("; ".join(f"{uuid}: {why}" for uuid, why in failures.items()))
        self._touched = False

    def _ranges(self) -> list[tuple[Device, int, int]]:
        """Find least and most that each GPU takes, of those that say so."""
        found = [(device, device.limits()) for device in self._devices]
        return [
            (device, limits.min_mw, limits.max_mw)
            for device, limits in found
            if limits.min_mw is not None and limits.max_mw is not None
        ]

    def _refuse_others(self, wanted: Sequence[tuple[Device, int]]) -> None:
        """Let pass only what is set already."""
        for device, limit_mw in wanted:
            if device.limits().requested_mw != limit_mw:
                raise GpuPermissionError(
                    f"no power limit is set here ({self.refusal}); {device.uuid} stays at what it has, not "
                    f"{limit_mw / 1000:g} W"
                )

    def _set_all(self, safety: Safety, wanted: Sequence[tuple[Device, int]]) -> None:
        """Set each GPU, or none."""
        safety.guard.ensure()
        before = [(device, _present_mw(device)) for device, _ in wanted]
        self._touched = True  # before the first: what is interrupted was perhaps done
        for number, (device, limit_mw) in enumerate(wanted):
            _keep_loaded(device)
            try:
                safety.setter.set(device, limit_mw)
            except GpuError:
                for earlier, present_mw in before[: number + 1]:
                    _set_quietly(safety.setter, earlier, present_mw)
                raise


def _clipped(limit_mw: int, takes: tuple[int, int] | None) -> int:
    """Move a limit into what a GPU takes, if it says so; a limit that was checked stays."""
    return limit_mw if takes is None else min(max(limit_mw, takes[0]), takes[1])


def _present_mw(device: Device) -> int:
    limit_mw = device.limits().requested_mw
    if limit_mw is None:
        code = device.fast_reader().read().energy_code  # a GPU that is lost answers nothing
        raise typed_error(code or NOT_SUPPORTED, f"reading the power limit of GPU {device.index} ({device.uuid})")
    return limit_mw


def _keep_loaded(device: Device) -> None:
    """Switch persistence on if we may: without it, the limit goes when the last user of the GPU does."""
    try:
        if device.persistence() is False:
            device.set_persistence(True)
    except GpuError as error:
        _logger.info("the persistence mode of %s stays off: %s", device.uuid, error)


def _set_quietly(setter: Setter, device: Device, limit_mw: int) -> None:
    """Set back what was set just before; the error that led here is the one to tell."""
    try:
        setter.set(device, limit_mw)
    except GpuError as error:
        _logger.warning("%s", error)
