"""One GPU: who it is, its power limit, its readings."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from simulator.collect.nvml.codes import (
    FIELD_POWER_AVERAGE,
    FIELD_POWER_INSTANT,
    INVALID_ARGUMENT,
    SCOPE_GPU,
    SCOPE_MODULE,
    SUCCESS,
)
from simulator.collect.nvml.facts import VIRTUALIZATION, gpu_facts, library_facts
from simulator.collect.nvml.library import ask, call, text, typed_error
from simulator.collect.nvml.reader import FastReader, FastReading, FieldReader
from simulator.collect.nvml.slow import SlowReader, SlowReading, compute_pids
from simulator.errors import GpuError

__all__ = ["Device", "FastReader", "FastReading", "Limits", "SlowReading"]


class Limits(NamedTuple):
    """Power limits of one GPU [mW]; what it does not tell is None, as on many laptops.

    Attributes
    ----------
    min_mw, max_mw
        Between which the limit may be set.
    default_mw
        What holds after the driver was loaded.
    requested_mw
        What was asked for last.
    enforced_mw
        What holds: lower than requested where something else limits the board.
    """

    min_mw: int | None
    max_mw: int | None
    default_mw: int | None
    requested_mw: int | None
    enforced_mw: int | None


class Device:
    """One GPU, while NVML is in use.

    Parameters
    ----------
    index
        NVML's number for it, by PCI bus.

    Attributes
    ----------
    index, uuid, name
        Who it is. The UUID outlives reboots and is what jobs should be given; the index is not.

    Raises
    ------
    GpuError
        If NVML does not know it, or it is lost.
    """

    def __init__(self, index: int) -> None:
        self.index = index
        self._handle = call(f"finding GPU {index}", "nvmlDeviceGetHandleByIndex", index)
        self.uuid = str(text(call(f"asking GPU {index} for its UUID", "nvmlDeviceGetUUID", self._handle)))
        self.name = str(text(ask("nvmlDeviceGetName", self._handle)[0]) or "unknown GPU")

    def __repr__(self) -> str:
        return f"<GPU {self.index}: {self.name}, {self.uuid}>"

    # ---- whose power its sensors mean

    @cached_property
    def scope(self) -> str:
        """Whose power is measured: ``"gpu"``, or ``"module"`` where the sensors include a CPU, as on Grace-Hopper."""
        fields = [
            (field, scope)
            for scope in (SCOPE_GPU, SCOPE_MODULE)
            for field in (FIELD_POWER_INSTANT, FIELD_POWER_AVERAGE)
        ]
        answered = [code == SUCCESS for _, code, _ in FieldReader(self._handle, fields).values()]
        return "module" if any(answered[2:]) and not any(answered[:2]) else "gpu"

    @property
    def shared(self) -> str | None:
        """Why its sensors also measure what others draw, as the end of a sentence; None if they do not."""
        mig = ask("nvmlDeviceGetMigMode", self._handle)[0]
        if mig is not None and mig[0]:
            return "is divided by MIG, and its sensors measure all instances together"
        mode = VIRTUALIZATION.get(ask("nvmlDeviceGetVirtualizationMode", self._handle)[0], "none")
        if mode not in ("none", "passthrough"):
            return f"is shared by virtual machines ({mode}), and its sensors measure all of them together"
        if self.scope == "module":
            return "has power sensors for its module only, which measure the CPU too"
        return None

    # ---- settings

    def limits(self) -> Limits:
        """Read the power limits [mW]."""
        bounds = ask("nvmlDeviceGetPowerManagementLimitConstraints", self._handle)[0]
        low, high = (None, None) if bounds is None else bounds
        return Limits(
            min_mw=low,
            max_mw=high,
            default_mw=ask("nvmlDeviceGetPowerManagementDefaultLimit", self._handle)[0],
            requested_mw=ask("nvmlDeviceGetPowerManagementLimit", self._handle)[0],
            enforced_mw=ask("nvmlDeviceGetEnforcedPowerLimit", self._handle)[0],
        )

    def set_limit(self, limit_mw: int) -> None:
        """Ask for another power limit; it holds until the driver is unloaded.

        Parameters
        ----------
        limit_mw
            The limit [mW].

        Raises
        ------
        GpuPermissionError
            If only an administrator may.
        GpuNotSupportedError
            If this GPU has no power limit to set.
        GpuError
            If the limit is out of range, or NVML failed.
        """
        what = f"setting the power limit of GPU {self.index} ({self.uuid}) to {limit_mw / 1000:g} W"
        code = ask("nvmlDeviceSetPowerManagementLimit", self._handle, limit_mw)[1]
        if code == SUCCESS:
            return
        low, high = self.limits()[:2]
        if code == INVALID_ARGUMENT and low is not None and high is not None:
            raise GpuError(f"{what} failed: it takes {low / 1000:g} W to {high / 1000:g} W")
        raise typed_error(code, what)

    def persistence(self) -> bool | None:
        """Whether the driver stays loaded, and keeps its limits, when nobody uses the GPU; None if it does not tell."""
        mode, code = ask("nvmlDeviceGetPersistenceMode", self._handle)
        return bool(mode) if code == SUCCESS else None

    def set_persistence(self, on: bool) -> None:
        """Switch persistence mode.

        Raises
        ------
        GpuError
            If it is refused; `GpuPermissionError` where only an administrator may.
        """
        what = f"switching persistence mode of GPU {self.index} ({self.uuid}) {'on' if on else 'off'}"
        call(what, "nvmlDeviceSetPersistenceMode", self._handle, int(on))

    # ---- readings

    def compute_pids(self) -> list[int]:
        """List the processes that compute on it; empty also where NVML does not tell, as in many containers."""
        return compute_pids(self._handle) or []

    def memory_errors(self) -> tuple[int | None, int | None]:
        """Count corrected and uncorrected errors of its memory since the driver was loaded; None where ECC is off."""
        corrected, uncorrected = (ask("nvmlDeviceGetTotalEccErrors", self._handle, kind, 0)[0] for kind in (0, 1))
        return corrected, uncorrected

    def fast_reader(self) -> FastReader:
        """Make what reads power and energy, of the scope that this GPU has."""
        return FastReader(self._handle, SCOPE_MODULE if self.scope == "module" else SCOPE_GPU)

    def read_slow(self) -> SlowReading:
        """Read everything else: temperature, clocks, limits, processes."""
        return self._slow.read()

    @cached_property
    def _slow(self) -> SlowReader:
        return SlowReader(self._handle)

    def facts(self) -> dict[str, Any]:
        """Everything worth a record about it, its settings and its driver.

        Returns
        -------
        dict
            JSON-able; what the GPU does not tell is None.
        """
        return {
            "index": self.index,
            "uuid": self.uuid,
            "name": self.name,
            **gpu_facts(self._handle),
            "scope": self.scope,
            "shared": self.shared,
            "persistence": self.persistence(),
            "limits": self.limits()._asdict(),
            **library_facts(),
        }
