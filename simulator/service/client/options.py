"""How a training run behaves, whatever job it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.service.client.usage import Meter

__all__ = ["RunOptions"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of `Client.train`, which documents each."""

    meter: Meter | None
    batch_size: int | None
    rank: int | None
    broadcast: Callable[[Any], Any] | None
    on_unreachable: Literal["raise", "default"]
    on_failure: Literal["return", "raise"]
    patience_s: float
    ends_on: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, known in (("on_unreachable", ("raise", "default")), ("on_failure", ("return", "raise"))):
            if getattr(self, name) not in known:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; there are: {', '.join(known)}")
        if self.meter is not None and not (hasattr(self.meter, "begin_window") and hasattr(self.meter, "end_window")):
            raise SettingsError(
                f"meter is {self.meter!r}, which has no begin_window and end_window; give EnergyMeter(), "
                "EnergyMeter(power_w=...), a ZeusMonitor, or None and energy_j= to report()"
            )
        if not self.patience_s >= 0:
            raise SettingsError(f"patience_s is {self.patience_s}; it is a time in seconds")
