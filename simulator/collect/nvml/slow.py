"""Reads once a second what tells whether a measurement can be trusted: temperature, clocks, limits, processes."""

from __future__ import annotations

from typing import Any, NamedTuple

from simulator.collect.nvml.codes import FUNCTION_NOT_FOUND, SUCCESS, THERMAL_FIELDS
from simulator.collect.nvml.library import ask
from simulator.collect.nvml.reader import FieldReader

__all__ = ["SlowReader", "SlowReading", "compute_pids"]

#: ``NVML_TEMPERATURE_GPU``, ``NVML_CLOCK_SM`` and ``NVML_CLOCK_MEM`` of nvml.h.
_GPU_SENSOR, _SM, _MEMORY = 0, 1, 2

#: Where NVML says that it does not know the P-state, ``NVML_PSTATE_UNKNOWN``.
_UNKNOWN_PSTATE = 32


class SlowReading(NamedTuple):
    """The state of one GPU; what it does not tell is None.

    Attributes
    ----------
    temperature_c
        Of the chip [°C].
    sm_clock_mhz, memory_clock_mhz
        Clocks now [MHz].
    event_reasons
        Mask of the reasons for which clocks are not higher, see `simulator.collect.nvml.codes.reason_names`.
    sw_thermal_ns, hw_thermal_ns, power_brake_ns
        Time that software, hardware and an external power brake slowed the GPU down, since the driver was loaded [ns].
    utilization_pct
        Share of the last period during which something computed [%].
    requested_limit_mw, enforced_limit_mw
        The power limit that was asked for last, and the one that holds [mW].
    pstate
        Performance state, 0 the fastest.
    memory_used_b
        Memory in use [bytes].
    pids
        Processes that compute; in a container their numbers may be the host's, or hidden.
    """

    temperature_c: int | None
    sm_clock_mhz: int | None
    memory_clock_mhz: int | None
    event_reasons: int | None
    sw_thermal_ns: int | None
    hw_thermal_ns: int | None
    power_brake_ns: int | None
    utilization_pct: int | None
    requested_limit_mw: int | None
    enforced_limit_mw: int | None
    pstate: int | None
    memory_used_b: int | None
    pids: list[int] | None


def first_answer(*questions: tuple[Any, ...]) -> Any:
    """Ask one question after the other, until one is answered; None if none is.

    Parameters
    ----------
    questions
        Name of a function and its arguments each.
    """
    for function, *arguments in questions:
        value, code = ask(function, *arguments)
        if code == SUCCESS:
            return value
    return None


def temperature_c(handle: Any) -> int | None:
    """Temperature of the chip [°C]."""
    questions = (("nvmlDeviceGetTemperatureV", handle, _GPU_SENSOR), ("nvmlDeviceGetTemperature", handle, _GPU_SENSOR))
    value: int | None = first_answer(*questions)
    return value


def compute_pids(handle: Any) -> list[int] | None:
    """List the processes that compute on a GPU, lowest number first, or None where NVML does not tell.

    Parameters
    ----------
    handle
        NVML's handle of the GPU.
    """
    found, code = ask("nvmlDeviceGetComputeRunningProcesses", handle)
    if code == FUNCTION_NOT_FOUND:  # the driver is older than the bindings
        found = ask("nvmlDeviceGetComputeRunningProcesses_v2", handle)[0]
    return None if found is None else sorted({int(process.pid) for process in found})


class SlowReader:
    """Reads the state of one GPU.

    Parameters
    ----------
    handle
        NVML's handle of the GPU.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._thermal = FieldReader(handle, [(field, 0) for fields in THERMAL_FIELDS for field in fields])

    def read(self) -> SlowReading:
        """Read now; never raises.

        Returns
        -------
        SlowReading
            The values; None for what the GPU, or its driver, does not tell.
        """
        handle = self._handle
        utilization = ask("nvmlDeviceGetUtilizationRates", handle)[0]
        memory = ask("nvmlDeviceGetMemoryInfo", handle)[0]
        pstate = ask("nvmlDeviceGetPerformanceState", handle)[0]
        sw_thermal_ns, hw_thermal_ns, power_brake_ns = self._thermal_ns()
        return SlowReading(
            temperature_c=temperature_c(handle),
            sm_clock_mhz=ask("nvmlDeviceGetClockInfo", handle, _SM)[0],
            memory_clock_mhz=ask("nvmlDeviceGetClockInfo", handle, _MEMORY)[0],
            event_reasons=first_answer(
                ("nvmlDeviceGetCurrentClocksEventReasons", handle),
                ("nvmlDeviceGetCurrentClocksThrottleReasons", handle),
            ),
            sw_thermal_ns=sw_thermal_ns,
            hw_thermal_ns=hw_thermal_ns,
            power_brake_ns=power_brake_ns,
            utilization_pct=None if utilization is None else int(utilization.gpu),
            requested_limit_mw=ask("nvmlDeviceGetPowerManagementLimit", handle)[0],
            enforced_limit_mw=ask("nvmlDeviceGetEnforcedPowerLimit", handle)[0],
            pstate=None if pstate == _UNKNOWN_PSTATE else pstate,
            memory_used_b=None if memory is None else int(memory.used),
            pids=compute_pids(handle),
        )

    def _thermal_ns(self) -> tuple[int | None, int | None, int | None]:
        """Read the three counters under the numbers by which this driver knows them.

        Under the other numbers a driver has settings of power smoothing, if anything. A counter has 64 bits and they
        do not; where both look like counters, nobody can tell which are, and none is better than the wrong ones.
        """
        values = self._thermal.values()
        triples = [values[:3], values[3:]]
        counters = [triple for triple in triples if all(code == SUCCESS and wide for _, code, wide in triple)]
        if len(counters) != 1:
            return None, None, None
        (software, _, _), (hardware, _, _), (brake, _, _) = counters[0]
        return software, hardware, brake
