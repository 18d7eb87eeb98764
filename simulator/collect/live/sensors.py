"""What the sensors of a GPU are: how often they bring something new, what they do not tell, and facts about the GPU."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simulator.collect.clock import SystemClock
from simulator.collect.sampling.probe import choose_period_ms, probe
from simulator.collect.sampling.schema import FAST, SLOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.nvml import Device
    from simulator.collect.sampling import GpuProbe

__all__ = ["SensorView", "look_at_sensors"]

#: Columns that are no reading of a GPU's sensor.
_NO_SENSORS = ("stamp_us",)


@dataclass(frozen=True, kw_only=True)
class SensorView:
    """What the sensors of one GPU are.

    Parameters
    ----------
    index
        NVML's number of the GPU.
    probe
        Update periods and latencies that were found.
    period_ms
        Time between two samples that a collection on this GPU alone would take [ms].
    answers
        Whether the GPU tells each column of the samples.
    facts
        What it says of itself, see `simulator.collect.nvml.Device.facts`.
    """

    index: int
    probe: GpuProbe
    period_ms: float
    answers: dict[str, bool]
    facts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Turn into what JSON can hold."""
        return {
            "index": self.index,
            **asdict(self.probe),
            "period_ms": self.period_ms,
            "answers": self.answers,
            "facts": self.facts,
        }


def look_at_sensors(devices: Sequence[Device], *, seconds: float = 1.5, clock: Clock | None = None) -> list[SensorView]:
    """Find out what the sensors of GPUs are, while NVML is in use; nothing is set.

    Parameters
    ----------
    devices
        The GPUs.
    seconds
        How long to read each [s].
    clock
        Tells the time; None: the system's clocks.

    Returns
    -------
    list of SensorView
        One per GPU. Where ``probe.constant``, nothing is known of update periods: look again while a job runs.

    Raises
    ------
    GpuLostError
        If a GPU does not answer.
    """
    found = probe(devices, clock=clock or SystemClock(), seconds=seconds).gpus
    return [
        SensorView(
            index=device.index,
            probe=of_gpu,
            period_ms=choose_period_ms([of_gpu]),
            answers=_answers(device, of_gpu),
            facts=device.facts(),
        )
        for device, of_gpu in zip(devices, found, strict=True)
    ]


def _answers(device: Device, probed: GpuProbe) -> dict[str, bool]:
    """Say which columns of the samples the GPU fills. What the probe saw counts, for one reading may fail."""
    fast, slow = device.fast_reader().read()._asdict(), device.read_slow()._asdict()
    told = {name: value is not None for name, value in (fast | slow).items() if name not in _NO_SENSORS}
    columns = [column.name for schema in (FAST, SLOW) for column in schema.columns if column.name in told]
    seen = {"energy_mj": probed.energy_supported, "power_average_mw": probed.average_supported}
    return {name: told[name] or seen.get(name, False) for name in columns if not name.endswith("_code")}
