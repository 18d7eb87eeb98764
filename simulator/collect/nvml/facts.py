"""What a GPU is and how it is set up, for the record of a collection."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from simulator.collect.nvml.library import ask, text
from simulator.collect.nvml.slow import first_answer, temperature_c

__all__ = ["gpu_facts", "library_facts"]

#: ``NVML_CLOCK_SM`` and ``NVML_CLOCK_MEM``; uncorrected errors since the driver was loaded, of nvml.h.
_SM, _MEMORY = 1, 2
_UNCORRECTED, _VOLATILE = 1, 0

#: ``nvmlDeviceArchitecture_t`` of nvml.h.
_ARCHITECTURES = {
    2: "Kepler",
    3: "Maxwell",
    4: "Pascal",
    5: "Volta",
    6: "Turing",
    7: "Ampere",
    8: "Ada",
    9: "Hopper",
    10: "Blackwell",
}
#: ``nvmlGpuVirtualizationMode_t`` and ``nvmlComputeMode_t`` of nvml.h.
VIRTUALIZATION = {0: "none", 1: "passthrough", 2: "vgpu", 3: "host_vgpu", 4: "host_vsga"}
_COMPUTE_MODES = {0: "default", 1: "exclusive_thread", 2: "prohibited", 3: "exclusive_process"}


def library_facts() -> dict[str, Any]:
    """Versions of driver, NVML, CUDA and bindings, as far as they are told; JSON-able."""
    cuda = first_answer(("nvmlSystemGetCudaDriverVersion_v2",), ("nvmlSystemGetCudaDriverVersion",))
    try:
        bindings: str | None = version("nvidia-ml-py")
    except PackageNotFoundError:
        bindings = None
    return {
        "driver": text(ask("nvmlSystemGetDriverVersion")[0]),
        "nvml": text(ask("nvmlSystemGetNVMLVersion")[0]),
        "cuda": None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}",
        "nvidia_ml_py": bindings,
    }


def gpu_facts(handle: Any) -> dict[str, Any]:
    """Everything that is worth a record about one GPU; what it does not tell is None.

    Parameters
    ----------
    handle
        NVML's handle of the GPU.

    Returns
    -------
    dict
        JSON-able. Clocks in MHz, memory in bytes, temperature in °C.
    """
    pci = ask("nvmlDeviceGetPciInfo", handle)[0]
    memory = ask("nvmlDeviceGetMemoryInfo", handle)[0]
    capability = ask("nvmlDeviceGetCudaComputeCapability", handle)[0]
    return {
        "pci": None if pci is None else text(pci.busId),
        "vbios": text(ask("nvmlDeviceGetVbiosVersion", handle)[0]),
        "serial": text(ask("nvmlDeviceGetSerial", handle)[0]),
        "board_part": text(ask("nvmlDeviceGetBoardPartNumber", handle)[0]),
        "architecture": _named(_ARCHITECTURES, ask("nvmlDeviceGetArchitecture", handle)[0]),
        "compute_capability": None if capability is None else ".".join(map(str, capability)),
        "compute_mode": _named(_COMPUTE_MODES, ask("nvmlDeviceGetComputeMode", handle)[0]),
        "virtualization": _named(VIRTUALIZATION, ask("nvmlDeviceGetVirtualizationMode", handle)[0]),
        "mig": _switch(ask("nvmlDeviceGetMigMode", handle)[0]),
        "ecc": _switch(ask("nvmlDeviceGetEccMode", handle)[0]),
        "ecc_uncorrected": ask("nvmlDeviceGetTotalEccErrors", handle, _UNCORRECTED, _VOLATILE)[0],
        "memory_total_b": None if memory is None else int(memory.total),
        "sm_clock_max_mhz": ask("nvmlDeviceGetMaxClockInfo", handle, _SM)[0],
        "memory_clock_max_mhz": ask("nvmlDeviceGetMaxClockInfo", handle, _MEMORY)[0],
        "sm_clock_application_mhz": ask("nvmlDeviceGetApplicationsClock", handle, _SM)[0],
        "memory_clock_application_mhz": ask("nvmlDeviceGetApplicationsClock", handle, _MEMORY)[0],
        "temperature_c": temperature_c(handle),
    }


def _named(names: dict[int, str], number: int | None) -> str | None:
    """Name a number of nvml.h; one that is newer than the names stays a number, as text."""
    return None if number is None else names.get(number, str(number))


def _switch(modes: list[int] | None) -> bool | None:
    """Whether a mode is on now; NVML gives the present and the pending one."""
    return None if modes is None else bool(modes[0])
