"""Numbers of NVML that the collector needs (nvml.h), whatever version of the bindings is installed.

Old bindings lack the newer ones, and the numbers never change once they are published; but see `THERMAL_FIELDS`.
"""

from __future__ import annotations

__all__ = [
    "DRIVER_NOT_LOADED",
    "EVENT_REASONS",
    "FIELD_ENERGY",
    "FIELD_POWER_AVERAGE",
    "FIELD_POWER_CAPPED_NS",
    "FIELD_POWER_INSTANT",
    "FUNCTION_NOT_FOUND",
    "GPU_IS_LOST",
    "INSUFFICIENT_SIZE",
    "INVALID_ARGUMENT",
    "LIBRARY_NOT_FOUND",
    "NOT_SUPPORTED",
    "NO_PERMISSION",
    "RESET_REQUIRED",
    "SCOPE_GPU",
    "SCOPE_MODULE",
    "SUCCESS",
    "THERMAL_FIELDS",
    "reason_names",
]

#: Return codes, ``nvmlReturn_t``.
SUCCESS = 0
INVALID_ARGUMENT = 2
NOT_SUPPORTED = 3
NO_PERMISSION = 4
INSUFFICIENT_SIZE = 7
DRIVER_NOT_LOADED = 9
LIBRARY_NOT_FOUND = 12
FUNCTION_NOT_FOUND = 13
GPU_IS_LOST = 15
RESET_REQUIRED = 16

#: Time that clocks were held down to keep to the power limit, ``NVML_FI_DEV_PERF_POLICY_POWER`` [ns].
FIELD_POWER_CAPPED_NS = 74

#: The energy counter, ``NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION``, since the driver was loaded; Volta or newer [mJ].
FIELD_ENERGY = 83

#: Mean power of the last second, ``NVML_FI_DEV_POWER_AVERAGE``; Ampere (except GA100) or newer [mW].
FIELD_POWER_AVERAGE = 185

#: Power now, ``NVML_FI_DEV_POWER_INSTANT``; over tens of milliseconds, not an instant [mW].
FIELD_POWER_INSTANT = 186

#: What the time counters of software thermal, hardware thermal and power brake slowdowns may be called [ns].
#: ``NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN`` and the two after it are 251 to 253 in the nvml.h of CUDA 12.9,
#: and 269 to 271 in that of CUDA 13, where 251 to 253 concern power smoothing. Drivers of series 580 were seen to keep
#: the older numbers (NVIDIA/k8s-test-infra, by tracing ``nvidia-smi -q``). So both are asked.
THERMAL_FIELDS = ((269, 270, 271), (251, 252, 253))

#: Whose power a field means, ``nvmlPowerScopeType_t``: the GPU's, or that of the module with its CPU.
SCOPE_GPU = 0
SCOPE_MODULE = 1

#: Why clocks are not higher, ``nvmlClocksEventReason*``: bit and name.
EVENT_REASONS = {
    0x001: "idle",
    0x002: "applications_clocks_setting",
    0x004: "power_cap",
    0x008: "hardware_slowdown",
    0x010: "sync_boost",
    0x020: "software_thermal_slowdown",
    0x040: "hardware_thermal_slowdown",
    0x080: "power_brake_slowdown",
    0x100: "display_clock_setting",
}


def reason_names(mask: int) -> tuple[str, ...]:
    """Name the reasons in a mask for which clocks are not higher.

    Parameters
    ----------
    mask
        The mask, as ``nvmlDeviceGetCurrentClocksEventReasons`` gives it.

    Returns
    -------
    tuple of str
        The names, lowest bit first; a bit that nvml.h does not name is given as a number.

    Examples
    --------
    >>> reason_names(0x24)
    ('power_cap', 'software_thermal_slowdown')
    >>> reason_names(0)
    ()
    """
    bits = (1 << place for place in range(mask.bit_length()) if mask >> place & 1)
    return tuple(EVENT_REASONS.get(bit, f"{bit:#x}") for bit in bits)
