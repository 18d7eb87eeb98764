"""What the columns of recorded samples mean: types, units and where NVML has them from.

Field numbers are NVML's (nvml.h, ``NVML_FI_DEV_*``). A value that could not be read is empty and the code beside it is
NVML's return code; 0 says that the reading succeeded.
"""

from __future__ import annotations

import pyarrow as pa

from simulator.trace.schema import Column, TableSchema

__all__ = ["FAST", "FILES", "KINDS", "METADATA_KEY", "SLOW", "VERSION"]

#: Version of the files, raised when a column changes its meaning.
VERSION = 1

#: Under which key a stream's schema holds what is known of the collection, as JSON.
METADATA_KEY = b"simulator"


def _value(name: str, unit: str, description: str) -> Column:
    return Column(name, pa.int64(), unit, f"{description}; empty: it could not be read", nullable=True)


def _code(name: str, of: str) -> Column:
    return Column(name, pa.int16(), "", f"NVML's return code for {of}; 0: it was read")


GPU = Column("gpu", pa.int8(), "", "position in the job's list of GPUs, from 0")

#: Power and energy: one row per GPU and tick.
FAST = TableSchema(
    "fast samples",
    (
        Column("tick", pa.int64(), "", "number of the deadline, from 0; a gap is a deadline that was missed"),
        GPU,
        Column("before_ns", pa.int64(), "ns", "monotonic clock before the call"),
        Column("after_ns", pa.int64(), "ns", "monotonic clock after the call"),
        _value("stamp_us", "us", "the driver's own time stamp of the energy counter, since 1970"),
        _value("power_instant_mw", "mW", "instantaneous power (field 186, or GetPowerUsage where that is refused)"),
        _code("instant_code", "power_instant_mw"),
        _value("power_average_mw", "mW", "mean power of the last second (field 185)"),
        _code("average_code", "power_average_mw"),
        _value("energy_mj", "mJ", "energy counter, since the driver was loaded (field 83)"),
        _code("energy_code", "energy_mj"),
        _value(
            "capped_ns", "ns", "time below full clocks because of the power limit, since the driver was loaded (74)"
        ),
        _code("capped_code", "capped_ns"),
    ),
)

#: What else a GPU says of itself: one row per GPU and second.
SLOW = TableSchema(
    "slow samples",
    (
        Column("mono_ns", pa.int64(), "ns", "monotonic clock"),
        Column("wall_ns", pa.int64(), "ns", "realtime clock at the same moment, since 1970"),
        GPU,
        _value("temperature_c", "degC", "temperature of the GPU"),
        _value("sm_clock_mhz", "MHz", "clock of the multiprocessors"),
        _value("memory_clock_mhz", "MHz", "clock of the memory"),
        _value("event_reasons", "", "bit mask of the reasons that hold the clocks down"),
        _value("sw_thermal_ns", "ns", "time slowed by software because of heat, since the driver was loaded (269)"),
        _value("hw_thermal_ns", "ns", "time slowed by hardware because of heat, since the driver was loaded (270)"),
        _value("power_brake_ns", "ns", "time slowed by the power brake, since the driver was loaded (271)"),
        _value("utilization_pct", "%", "share of the last sample period in which a kernel ran"),
        _value("requested_limit_mw", "mW", "power limit that was asked for (field 192)"),
        _value("enforced_limit_mw", "mW", "power limit that holds (field 190)"),
        _value("pstate", "", "performance state, 0 is the fastest"),
        _value("memory_used_b", "B", "memory in use on the GPU"),
        Column(
            "pids",
            pa.list_(pa.int32()),
            "",
            "processes that compute on the GPU; empty list: none; empty cell: it could not be read",
            nullable=True,
        ),
    ),
)

#: Kinds of samples, by the word that `read_samples` takes.
KINDS = {"fast": FAST, "slow": SLOW}

#: What each kind's file is called in a run's directory; after a restart there is a second, ``samples.2.arrows``.
FILES = {"fast": "samples", "slow": "slow"}
