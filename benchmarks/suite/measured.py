"""What a benchmark found about a scenario: a figure with its spread, or why there is none."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass, field

__all__ = ["Measurement", "Skipped", "of_parts", "of_rounds", "share"]

#: Normal quantile of intervals that hold the truth 95 times of 100.
_Z95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A figure.

    Parameters
    ----------
    id
        Which scenario it is of, one of ``scenarios.toml``, which also says its unit and which direction is better.
    value
        What came out: with several repeats, their median.
    low, high
        What it may have been as well; None where it was measured once.
    spread
        What ``low`` and ``high`` are, in words.
    repeats
        The figure of each repeat.
    against
        What it was measured against, with its version; empty for what stands for itself.
    parameters
        What it depends on; figures are compared only where these agree.
    """

    id: str
    value: float
    low: float | None = None
    high: float | None = None
    spread: str = "measured once"
    repeats: tuple[float, ...] = ()
    against: str = ""
    parameters: dict = field(default_factory=dict)

    def __post_init__(self):
        """Refuse what is no figure."""
        figures = [figure for figure in (self.value, self.low, self.high, *self.repeats) if figure is not None]
        if not all(map(math.isfinite, figures)):
            raise ValueError(f"{self.id}: not a finite number: {figures}")

    def to_dict(self):
        """Return it as JSON knows it."""
        return {**asdict(self), "repeats": list(self.repeats), "state": "measured"}


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A scenario that was not measured, and why."""

    id: str
    reason: str

    def to_dict(self):
        """Return it as JSON knows it."""
        return {**asdict(self), "state": "skipped"}


def of_rounds(name, values, *, against="", **parameters):
    """Sum up the figure of each round: their median, from the lowest to the highest."""
    values = tuple(map(float, values))
    if len(values) == 1:
        return Measurement(id=name, value=values[0], repeats=values, against=against, parameters=parameters)
    return Measurement(
        id=name,
        value=statistics.median(values),
        low=min(values),
        high=max(values),
        spread=f"lowest and highest of {len(values)}",
        repeats=values,
        against=against,
        parameters=parameters,
    )


def of_parts(name, value, parts, *, over, against="", **parameters):
    """Take a mean over ``parts``, such as job-GPU pairs, with the interval that drawing other parts would give."""
    half = _Z95 * statistics.stdev(parts) / math.sqrt(len(parts)) if len(parts) > 1 else None
    return Measurement(
        id=name,
        value=float(value),
        low=None if half is None else float(value - half),
        high=None if half is None else float(value + half),
        spread=f"95 % of the mean over {over}",
        against=against,
        parameters=parameters,
    )


def share(name, held, trials, *, against="", **parameters):
    """Take a share of so many trials, in per cent, with Wilson's interval (E. B. Wilson, 1927)."""
    part, z2 = held / trials, _Z95**2
    middle = (part + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z95 * math.sqrt(part * (1 - part) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return Measurement(
        id=name,
        value=100 * part,
        low=100 * max(0.0, middle - half),
        high=100 * min(1.0, middle + half),
        spread=f"95 % (Wilson) of {trials:,} trials",
        against=against,
        parameters=parameters,
    )
