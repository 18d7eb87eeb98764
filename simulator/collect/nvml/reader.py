"""Reads power and energy of one GPU with one call, as cheaply as Python can.

A field's own error is inside its struct while the call succeeds and the value is 0, so every value is kept with its
code. The union must be read as its ``valueType`` says.
"""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.collect.nvml.codes import (
    FIELD_ENERGY,
    FIELD_POWER_AVERAGE,
    FIELD_POWER_CAPPED_NS,
    FIELD_POWER_INSTANT,
    FUNCTION_NOT_FOUND,
    INVALID_ARGUMENT,
    NOT_SUPPORTED,
    SCOPE_GPU,
    SUCCESS,
)
from simulator.collect.nvml.library import ask

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FastReader", "FastReading", "FieldReader"]

#: ``nvmlFieldValue_t``: id, scope, time stamp [µs since 1970], latency [µs], type of the value, code, value.
_FIELD = "IIqqIi8s"

#: The union by its type, ``nvmlValueType_t``; a type that is not here cannot be read.
_DECODERS = {
    0: struct.Struct("=d"),
    1: struct.Struct("=I"),
    2: struct.Struct("@L"),
    3: struct.Struct("=Q"),
    4: struct.Struct("=q"),
    5: struct.Struct("=i"),
    6: struct.Struct("=H"),
}
#: Types of 64 bits, as counters of nanoseconds have.
_WIDE = (2, 3, 4)

#: ``NVML_DEVICE_ARCH_AMPERE`` of nvml.h, and how the PCI device ids of all boards with a GA100 begin (pci.ids: 20xx).
_AMPERE, _GA100 = 7, 0x20

#: How a driver says that it does not know a field, or the function that reads fields.
_UNKNOWN = (INVALID_ARGUMENT, NOT_SUPPORTED, FUNCTION_NOT_FOUND)


class FieldReader:
    """Reads the same fields again and again, into the same memory.

    Parameters
    ----------
    handle
        NVML's handle of the GPU.
    fields
        Number and scope of each field.
    """

    def __init__(self, handle: Any, fields: Sequence[tuple[int, int]]) -> None:
        self._unpack = struct.Struct("=" + _FIELD * len(fields)).unpack
        self._memory = ctypes.create_string_buffer(struct.calcsize("=" + _FIELD) * len(fields))
        for place, (field, scope) in enumerate(fields):
            struct.pack_into("=II", self._memory, place * struct.calcsize("=" + _FIELD), field, scope)
        self._arguments = (ctypes.cast(handle, ctypes.c_void_p), len(fields), self._memory)
        self._function = _field_values()

    def read(self) -> tuple[int, tuple[Any, ...]]:
        """Read all fields.

        Returns
        -------
        code
            Of the call as a whole.
        values
            For each field seven values: id, scope, time stamp, latency, type, code and value, undecoded.
        """
        code = FUNCTION_NOT_FOUND if self._function is None else self._function(*self._arguments)
        return code, self._unpack(self._memory)

    def values(self) -> list[tuple[int | None, int, bool]]:
        """Read all fields, decoded: value, code, and whether it has 64 bits."""
        code, raw = self.read()
        if code:
            return [(None, code, False)] * (len(raw) // 7)
        return [
            (_decode(kind, value) if result == SUCCESS else None, result, kind in _WIDE)
            for kind, result, value in zip(raw[4::7], raw[5::7], raw[6::7], strict=True)
        ]


def _field_values() -> Any:
    """NVML's function itself, apart from the one of the bindings, whose types are theirs to set."""
    import pynvml

    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    try:
        return prototype(("nvmlDeviceGetFieldValues", pynvml.nvmlLib))
    except AttributeError:  # drivers before 2016 have no fields
        return None


def _decode(kind: int, value: bytes) -> int | None:
    decoder = _DECODERS.get(kind)
    return None if decoder is None else int(decoder.unpack_from(value)[0])


class FastReading(NamedTuple):
    """Power and energy of one GPU; a value that could not be read is None, and the code beside it says why.

    Attributes
    ----------
    stamp_us
        When the driver says that the energy was so [µs since 1970].
    power_instant_mw, power_average_mw
        Power over tens of milliseconds, and over a second [mW].
    energy_mj
        Energy since the driver was loaded [mJ].
    capped_ns
        Time that the power limit held the clocks down, since the driver was loaded [ns].
    instant_code, average_code, energy_code, capped_code
        NVML's return codes, 0 for success.
    """

    stamp_us: int | None
    power_instant_mw: int | None
    instant_code: int
    power_average_mw: int | None
    average_code: int
    energy_mj: int | None
    energy_code: int
    capped_ns: int | None
    capped_code: int


class FastReader:
    """Reads power and energy of one GPU at rate.

    What the driver does not know as a field is read by the older function for it, so that pre-Volta GPUs and old
    drivers give power too.

    Parameters
    ----------
    handle
        NVML's handle of the GPU.
    scope
        Whose power is meant: 0 the GPU's, 1 the module's.

    Attributes
    ----------
    instant_source
        ``"instant"`` for field 186, or ``"power_usage"`` where it is refused.
    instant_is_mean
        Whether instantaneous power is the mean of a second in truth: nvml.h says so of power usage on Ampere (except
        GA100) and newer.
    """

    def __init__(self, handle: Any, scope: int = SCOPE_GPU) -> None:
        fields = (
            (FIELD_POWER_INSTANT, scope),
            (FIELD_POWER_AVERAGE, scope),
            (FIELD_ENERGY, 0),
            (FIELD_POWER_CAPPED_NS, 0),
        )
        self._handle = handle
        self._read = FieldReader(handle, fields).read
        self._by_usage = self._by_counter = False
        first = self.read()
        self._by_usage = _rescues(first.instant_code, "nvmlDeviceGetPowerUsage", handle)
        self._by_counter = _rescues(first.energy_code, "nvmlDeviceGetTotalEnergyConsumption", handle)
        self.instant_source = "power_usage" if self._by_usage else "instant"
        self.instant_is_mean = self._by_usage and _usage_is_mean(handle)

    def read(self) -> FastReading:
        """Read now; never raises, for a GPU that is lost says so in all codes.

        Returns
        -------
        FastReading
            The values, each with its code.
        """
        failed, raw = self._read()
        if failed:
            reading = FastReading(None, None, failed, None, failed, None, failed, None, failed)
        else:
            stamp_us, kinds, codes, values = raw[16], raw[4::7], raw[5::7], raw[6::7]
            # One line a field and no loop: this runs up to 50 times a second for each of 8 GPUs.
            instant = None if codes[0] else _decode(kinds[0], values[0])
            average = None if codes[1] else _decode(kinds[1], values[1])
            energy = None if codes[2] else _decode(kinds[2], values[2])
            capped = None if codes[3] else _decode(kinds[3], values[3])
            if codes[2]:
                stamp_us = None
            reading = FastReading(stamp_us, instant, codes[0], average, codes[1], energy, codes[2], capped, codes[3])
        return self._with_older_functions(reading) if self._by_usage or self._by_counter else reading

    def _with_older_functions(self, reading: FastReading) -> FastReading:
        if self._by_usage:
            value, code = ask("nvmlDeviceGetPowerUsage", self._handle)
            reading = reading._replace(power_instant_mw=value, instant_code=code)
        if self._by_counter:
            value, code = ask("nvmlDeviceGetTotalEnergyConsumption", self._handle)
            reading = reading._replace(energy_mj=value, energy_code=code)
        return reading


def _usage_is_mean(handle: Any) -> bool:
    """Whether power usage is the mean of a second, by the chip."""
    architecture = ask("nvmlDeviceGetArchitecture", handle)[0]
    pci = ask("nvmlDeviceGetPciInfo", handle)[0]
    is_ga100 = pci is not None and pci.pciDeviceId >> 24 == _GA100
    return architecture is not None and architecture >= _AMPERE and not is_ga100


def _rescues(code: int, function: str, handle: Any) -> bool:
    """Whether the older function answers where the field is unknown."""
    return code in _UNKNOWN and ask(function, handle)[1] == SUCCESS
