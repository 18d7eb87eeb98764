"""What ``simulator collect probe`` prints of a GPU, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.cli.cells import NONE
from simulator.cli.show import say, show

if TYPE_CHECKING:
    from simulator.collect.live import SensorView

__all__ = ["show_sensors"]

#: Facts that are shown to people, and what they are called.
_FACTS = {
    "uuid": "UUID",
    "pci": "PCI bus",
    "architecture": "architecture",
    "compute_capability": "compute capability",
    "driver": "driver",
    "nvml": "NVML",
    "cuda": "CUDA",
    "vbios": "VBIOS",
    "persistence": "persistence mode",
    "ecc": "ECC",
    "mig": "MIG",
    "virtualization": "virtualization",
}


def show_sensors(view: SensorView) -> None:
    """Print what one GPU is: its sensors as a table, the rest in words."""
    probed, facts = view.probe, view.facts
    instant = "power over tens of ms (field 186)"
    if probed.instant_source == "power_usage":
        instant = "power (GetPowerUsage)"
    rows = [
        ("energy counter (field 83)", probed.energy_supported, probed.energy_period_ms),
        (instant, view.answers["power_instant_mw"], probed.instant_period_ms),
        ("mean power of 1 s (field 185)", probed.average_supported, probed.average_period_ms),
    ]
    table = pd.DataFrame(
        [
            {"sensor": name, "supported": "yes" if told else "no", "new every\n[ms]": _period(told, period_ms)}
            for name, told, period_ms in rows
        ]
    )
    show(table, title=f"GPU {view.index}: {facts['name']}")
    for line in _words(view):
        say(line)
    say("")


def _period(told: bool, period_ms: float | None) -> str:
    return NONE if not told or period_ms is None else f"{period_ms:.1f}"


def _words(view: SensorView) -> list[str]:
    """Say what the table does not."""
    probed, facts = view.probe, view.facts
    lines = []
    if probed.constant:
        lines.append(
            "No value changed, so nothing is known of how often they are new: probe again while a job keeps the GPU "
            "busy."
        )
    lines.append(
        f"A reading of all takes {probed.call_latency_us:.3g} µs; a collection would read every {view.period_ms:g} ms. "
        f"{probed.reads} readings, {probed.zero_reads} were zero and {probed.failed_reads} failed."
    )
    if missing := [name for name, told in view.answers.items() if not told]:
        lines.append(f"Not told: {', '.join(missing)}.")
    whose = "the GPU alone" if facts["scope"] == "gpu" else "the whole module, CPU included"
    lines.append(f"Power is that of {whose}." if facts["shared"] is None else f"Beware: this GPU {facts['shared']}.")
    limits = facts["limits"]
    lines.append(
        f"Power limit {_watts(limits['enforced_mw'])}, requested {_watts(limits['requested_mw'])}, default "
        f"{_watts(limits['default_mw'])}; can be {_watts(limits['min_mw'])} to {_watts(limits['max_mw'])}."
    )
    told = [f"{word} {_fact(facts[name])}" for name, word in _FACTS.items() if facts.get(name) is not None]
    return [*lines, f"{'; '.join(told)}."]


def _watts(limit_mw: int | None) -> str:
    return NONE if limit_mw is None else f"{limit_mw / 1000:g} W"


def _fact(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
