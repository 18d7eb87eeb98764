"""Power limits of the GPUs that this process may use, given back as they were."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from simulator.errors import GpuError
from simulator.service.client.gpus import Gpus

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CalledLimits", "GpuLimits", "Limits"]

_LOG = logging.getLogger("simulator.service")


class Limits(Protocol):
    """Whatever sets power limits."""

    def set(self, limit_w: int) -> None:
        """Limit each GPU to this power [W]."""

    def restore(self) -> None:
        """Give back what was found, if anything was changed."""


class GpuLimits:
    """Limits by NVML, which only an administrator may set.

    Raises
    ------
    GpuError
        If there is no GPU, or it has no limit.
    """

    def __init__(self) -> None:
        self._gpus = Gpus()
        self._found_mw = self._gpus.limits_mw()
        self._changed = False

    def set(self, limit_w: int) -> None:
        """Limit each GPU to this power [W]; GpuError if that is refused."""
        self._changed = True  # even if one is refused: others may have been set before it
        self._gpus.set_limits([limit_w * 1000] * len(self._gpus))

    def restore(self) -> None:
        """Give back the limits that were found, if anything was changed."""
        if self._changed:
            self._changed = False
            try:
                self._gpus.set_limits(self._found_mw)
            except GpuError as error:
                _LOG.error(
                    "power limits of %s mW could not be given back: %s", self._found_mw, error
                )  # the message says it all


class CalledLimits:
    """Limits that the script sets itself.

    Parameters
    ----------
    call
        Called with a limit of each GPU [W], and at the end with None, to give back what it found.
    """

    def __init__(self, call: Callable[[int | None], object]) -> None:
        self._call = call
        self._changed = False

    def set(self, limit_w: int) -> None:
        """Let the script set a limit [W]."""
        self._changed = True
        self._call(limit_w)

    def restore(self) -> None:
        """Let the script give back what it found, if anything was changed."""
        if self._changed:
            self._changed = False
            try:
                self._call(None)
            except Exception as error:  # the run ends all the same, and others' limits and trials with it
                _LOG.error("set_limit(None) failed, and power limits may still hold: %s", error)
