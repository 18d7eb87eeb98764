"""Setting GPUs to what a journal says; the same for a controller, its guardian, and for who comes later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.collect.limits.setting import Setter
from simulator.collect.nvml import find_gpus, nvml
from simulator.errors import GpuError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.limits.journal import Journal, Original

__all__ = ["GivenBack", "failures_of", "give_back"]


@dataclass(frozen=True)
class GivenBack:
    """What came of giving back the limit of one GPU.

    Parameters
    ----------
    uuid
        The GPU.
    limit_mw
        The earlier limit [mW].
    found_mw
        The limit before this was tried [mW]; None if the GPU did not say.
    changed
        Whether anything had to be set.
    failure
        What was in the way; None if all is as it was.
    """

    uuid: str
    limit_mw: int
    found_mw: int | None
    changed: bool
    failure: str | None


def give_back(journal: Journal, command: Sequence[str] | None) -> list[GivenBack]:
    """Set limits, then persistence modes, to what they were; those that are so already are left alone.

    Parameters
    ----------
    journal
        What they were; its file stays as it is.
    command
        What sets a limit; None means NVML.

    Returns
    -------
    list of GivenBack
        One for each GPU. Nothing is raised: one GPU that is lost keeps no other from its limit.
    """
    setter = Setter(journal.path.parent, command)
    try:
        with nvml():
            return [_one(uuid, original, setter) for uuid, original in journal.gpus.items()]
    except GpuError as error:
        return [GivenBack(uuid, each.limit_mw, None, False, str(error)) for uuid, each in journal.gpus.items()]


def failures_of(outcomes: Sequence[GivenBack]) -> dict[str, str]:
    """Pick what could not be given back: reasons by UUID."""
    return {each.uuid: each.failure for each in outcomes if each.failure is not None}


def _one(uuid: str, original: Original, setter: Setter) -> GivenBack:
    found_mw, changed = None, False
    try:
        (device,) = find_gpus([uuid], allow_shared_sensor=True)  # whatever it is, it was set
        setter.wait(uuid)
        found_mw = device.limits().requested_mw
        if found_mw != original.limit_mw:
            setter.set(device, original.limit_mw)
            changed = True
        if original.persistence is not None and device.persistence() != original.persistence:
            device.set_persistence(original.persistence)
            changed = True
    except Exception as error:  # whatever it is, the next GPU has its limit too
        return GivenBack(uuid, original.limit_mw, found_mw, changed, str(error) or type(error).__name__)
    return GivenBack(uuid, original.limit_mw, found_mw, changed, None)
