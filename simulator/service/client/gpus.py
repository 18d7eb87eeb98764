"""The GPUs that this process may use, through NVML: their energy counters and power limits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from simulator.errors import (
    ExtraMissingError,
    GpuError,
    GpuLostError,
    GpuNotSupportedError,
    GpuPermissionError,
    NvmlMissingError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Gpus"]

#: Kinds of error, by NVML's return code (``nvmlReturn_t``).
ERRORS: dict[int, type[GpuError]] = {
    3: GpuNotSupportedError,
    4: GpuPermissionError,
    9: NvmlMissingError,
    12: NvmlMissingError,
    15: GpuLostError,
}


class Gpus:
    """Those that ``CUDA_VISIBLE_DEVICES`` names, by number in the order of PCI buses or by UUID; all if it is not set.

    Raises
    ------
    NvmlMissingError
        If there is no driver, or no GPU to use.
    GpuError
        If one that is named cannot be found, or is a MIG instance: those have no counters of their own.
    """

    def __init__(self) -> None:
        try:
            import pynvml
        except ModuleNotFoundError as error:
            raise ExtraMissingError("GPUs need NVML's bindings; pip install nvidia-ml-py") from error
        self._nvml = pynvml
        self._call("starting NVML", pynvml.nvmlInit)
        self._handles = [self._find(word) for word in self._named()]
        if not self._handles:
            raise NvmlMissingError("there is no GPU that this process may use; see CUDA_VISIBLE_DEVICES and nvidia-smi")

    def __len__(self) -> int:
        return len(self._handles)

    def energy_mj(self) -> list[int]:
        """Energy of each GPU since its driver was loaded [mJ]."""
        return [
            int(self._call("reading energy", self._nvml.nvmlDeviceGetTotalEnergyConsumption, handle))
            for handle in self._handles
        ]

    def limits_mw(self) -> list[int]:
        """Power limit of each GPU [mW]."""
        return [
            int(self._call("reading the power limit", self._nvml.nvmlDeviceGetPowerManagementLimit, handle))
            for handle in self._handles
        ]

    def set_limits(self, limits_mw: list[int]) -> None:
        """Set the power limit of each GPU [mW]."""
        for handle, limit_mw in zip(self._handles, limits_mw, strict=True):
            what = f"setting a power limit of {limit_mw / 1e3:g} W"
            self._call(what, self._nvml.nvmlDeviceSetPowerManagementLimit, handle, limit_mw)

    def _named(self) -> list[str]:
        value = os.environ.get("CUDA_VISIBLE_DEVICES")
        if value is None:
            return [str(i) for i in range(self._call("counting GPUs", self._nvml.nvmlDeviceGetCount))]
        words = []
        for word in (part.strip() for part in value.split(",")):
            if word in ("", "NoDevFiles") or word.startswith("-"):  # CUDA stops at the first that is none
                break
            words.append(word)
        return words

    def _find(self, word: str) -> Any:
        what = f"finding GPU {word} of CUDA_VISIBLE_DEVICES"
        if word.upper().startswith("MIG-"):
            raise GpuNotSupportedError(f"{what}: a MIG instance has no energy counter and no power limit of its own")
        if word.isdigit():
            return self._call(what, self._nvml.nvmlDeviceGetHandleByIndex, int(word))
        for index in range(self._call("counting GPUs", self._nvml.nvmlDeviceGetCount)):
            handle = self._call(what, self._nvml.nvmlDeviceGetHandleByIndex, index)
            uuid = self._call(what, self._nvml.nvmlDeviceGetUUID, handle)
            if str(uuid if isinstance(uuid, str) else uuid.decode()).casefold().startswith(word.casefold()):
                return handle
        raise GpuError(f"{what}: there is no such GPU; see nvidia-smi -L")

    def _call(self, what: str, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except self._nvml.NVMLError as error:
            kind = ERRORS.get(error.value, GpuError)
            raise kind(f"{what} failed: {error}") from error
