"""Whether the first power limit of a batch size still gives the same numbers after the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.collect.plan import RunSpec
    from simulator.collect.result import RunResult, WindowResult

__all__ = ["Drift", "drifts"]

#: A change above this share is told.
_LARGE = 0.02


@dataclass(frozen=True)
class Drift:
    """How a cell changed between its first measurement and its last.

    Parameters
    ----------
    batch_size
        Batch size.
    power_limit_w
        Power limit [W]; None: as it was.
    time_share, power_share
        Change of the time and of the average power of an epoch, as a share of the first; None if not known.
    """

    batch_size: int
    power_limit_w: int | None
    time_share: float
    power_share: float | None

    @property
    def large(self) -> bool:
        """Whether either is above 2 %."""
        return max(abs(self.time_share), abs(self.power_share or 0.0)) > _LARGE


def drifts(specs: Iterable[RunSpec], results: Mapping[str, RunResult]) -> list[Drift]:
    """Compare runs that were repeated at the end with the runs that they repeat.

    Parameters
    ----------
    specs
        All runs of a plan.
    results
        Results by key.

    Returns
    -------
    list of Drift
        One for each batch size of which both runs have a valid window, in the order of the plan.
    """
    first = {_what(spec): spec for spec in specs if spec.kind != "epochs" and not spec.drift_check}
    found = []
    for spec in specs:
        if not spec.drift_check or _what(spec) not in first:
            continue
        before, after = (_window(results.get(each.key)) for each in (first[_what(spec)], spec))
        if before is not None and after is not None:
            found.append(_compare(spec, before, after))
    return found


def _what(spec: RunSpec) -> tuple[int, int | None, int, int]:
    return spec.batch_size, spec.power_limit_w, spec.seed, spec.slice


def _window(result: RunResult | None) -> WindowResult | None:
    window = None if result is None or result.status != "done" else result.window
    return window if window is not None and window.valid and window.time_s > 0 else None


def _compare(spec: RunSpec, before: WindowResult, after: WindowResult) -> Drift:
    times = [window.time_s / window.epochs for window in (before, after)]
    powers = before.average_power_w, after.average_power_w
    power = powers[1] / powers[0] - 1 if powers[0] and powers[1] else None
    return Drift(spec.batch_size, spec.power_limit_w, times[1] / times[0] - 1, power)
