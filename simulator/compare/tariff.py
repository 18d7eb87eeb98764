"""What a kilowatt-hour costs, or emits, over the hours of a day or of a week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from simulator.check import real_number, whole_number
from simulator.errors import ReplayError
from simulator.replay.arguments import check_word

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["DAY_S", "EXAMPLE_CARBON", "EXAMPLE_PRICE", "HOUR_S", "MEASURES", "WEEK_S", "Tariff"]

HOUR_S, DAY_S, WEEK_S = 3600.0, 86400.0, 604800.0

#: What a tariff may measure, and what its values are then called.
MEASURES = {"price": "price_per_kwh", "carbon_g": "carbon_g_per_kwh"}


class _Week(NamedTuple):
    """Steps of a whole week from Monday 0:00: where each ends [s], its value, and the integral before each [s]."""

    starts: Floats
    ends: Floats
    values: Floats
    before: Floats


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """A price or carbon intensity per kilowatt-hour that goes up and down in steps, the same every day or week.

    Hours are local time; a clock that is put forward or back is not modelled, so that every day has 24 of them. A step
    lasts until the next one, through midnight if need be.

    Parameters
    ----------
    hours
        When each step begins [h from midnight], 0 or more and below 24.
    per_kwh
        Value of each step: money, of whatever currency, or grams of CO2 equivalent, per kWh. A price may be negative.
    weekdays
        Day of each step, 0 is Monday as in `datetime.date.weekday`; each day has a step then. None: all days are alike.
    measure
        ``"price"`` or ``"carbon_g"``: what comes of it, and the name of its column.
    name
        What it is called where it is shown.
    synthetic
        Whether its values are made up.

    Raises
    ------
    ReplayError
        If it has no step, two begin together, lists differ in length, or a number makes no sense.

    Examples
    --------
    >>> night_and_day = Tariff(hours=[22, 6], per_kwh=[0.1, 0.3])
    >>> night_and_day.mean_per_kwh([0, 5 * 3600], [3600, 7 * 3600]).tolist()
    [0.1, 0.2]
    """

    hours: tuple[float, ...]
    per_kwh: tuple[float, ...]
    weekdays: tuple[int, ...] | None = None
    measure: Literal["price", "carbon_g"] = "price"
    name: str = "tariff"
    synthetic: bool = False

    def __post_init__(self) -> None:
        check_word("measure", self.measure, tuple(MEASURES))
        lists: dict[str, tuple[Any, ...]] = {
            "hours": tuple(real_number("an hour", hour, error=ReplayError) for hour in self.hours),
            "per_kwh": tuple(real_number(MEASURES[self.measure], each, error=ReplayError) for each in self.per_kwh),
        }
        if self.weekdays is not None:
            lists["weekdays"] = tuple(whole_number("a weekday", day, error=ReplayError) for day in self.weekdays)
        if len({len(each) for each in lists.values()}) != 1 or not lists["hours"]:
            counts = ", ".join(f"{len(each)} {name}" for name, each in lists.items())
            raise ReplayError(f"tariff {self.name!r} has {counts}; each step, one at least, has one of each")
        for name, each in lists.items():
            object.__setattr__(self, name, each)
        self._check_values()

    def _check_values(self) -> None:
        least = 0.0 if self.measure == "carbon_g" else -np.inf
        if wrong := [hour for hour in self.hours if not 0 <= hour < 24]:
            raise ReplayError(f"tariff {self.name!r} has a step at hour {wrong[0]}; hours are from 0 to below 24")
        if wrong := [value for value in self.per_kwh if not least <= value < np.inf or value == -np.inf]:
            raise ReplayError(
                f"tariff {self.name!r} has {MEASURES[self.measure]} {wrong[0]}; it is finite"
                + (", and 0 at least" if self.measure == "carbon_g" else "")
            )
        if self.weekdays is not None and set(self.weekdays) != set(range(7)):
            raise ReplayError(
                f"tariff {self.name!r} has steps on weekdays {sorted(set(self.weekdays))}; it takes one at least on "
                "each of 0 (Monday) to 6, or no weekdays at all"
            )
        if len(set(self._begins())) < len(self._begins()):
            raise ReplayError(f"tariff {self.name!r} has two steps that begin together; give one value for each time")

    def _begins(self) -> list[float]:
        """When each step begins [s from Monday 0:00]; on Monday, if all days are alike."""
        days = self.weekdays or (0,) * len(self.hours)
        return [day * DAY_S + hour * HOUR_S for day, hour in zip(days, self.hours, strict=True)]

    @cached_property
    def _week(self) -> _Week:
        begins, values = np.array(self._begins()), np.array(self.per_kwh)
        if self.weekdays is None:
            begins, values = (begins + DAY_S * np.arange(7)[:, None]).ravel(), np.tile(values, 7)
        order = np.argsort(begins)
        starts, values = begins[order], values[order]
        if starts[0] > 0:  # the last step of the week lasts into Monday
            starts, values = np.concatenate([[0.0], starts]), np.concatenate([values[-1:], values])
        ends = np.append(starts[1:], WEEK_S)
        return _Week(starts, ends, values, np.concatenate([[0.0], np.cumsum((ends - starts) * values)]))

    def mean_per_kwh(self, started_s: ArrayLike, ended_s: ArrayLike) -> Floats:
        """Average over time: what a kWh costs that is drawn evenly from start to end.

        Exact to rounding across steps, however many; none is looped over, since the integral over a week is known
        beforehand. Within a single step it is the step's value, to the last bit.

        Parameters
        ----------
        started_s, ended_s
            Start and end [s from Monday 0:00], arrays of one shape.

        Returns
        -------
        numpy.ndarray
            Value per kWh, of that shape; where start is end, the value at that time.

        Raises
        ------
        ReplayError
            If one ends before it starts, or a time is not finite.
        """
        started, ended = np.asarray(started_s, float), np.asarray(ended_s, float)
        lasted = ended - started
        if not np.isfinite(lasted).all():
            raise ReplayError("a start or an end is no finite number of seconds")
        if (lasted < 0).any():
            raise ReplayError(f"{np.count_nonzero(lasted < 0)} of {lasted.size} end before they start")
        week = self._week
        start = np.mod(started, WEEK_S)  # in its own week, where times are small and rounding is too
        weeks, end = np.divmod(start + lasted, WEEK_S)
        first, last = (np.searchsorted(week.starts, at, side="right") - 1 for at in (start, end))
        within = start + lasted <= week.ends[first]
        before = week.ends[first] - start
        between = week.starts[last] - week.ends[first] + weeks * WEEK_S
        after = lasted - before - between  # rather than from the end, so that the parts add up to the whole
        of_between = week.before[last] - week.before[first + 1] + weeks * week.before[-1]
        total = before * week.values[first] + of_between + after * week.values[last]
        mean = np.divide(total, lasted, out=np.zeros(lasted.shape), where=~within)
        return np.asarray(np.where(within, week.values[first], mean), float)


#: SYNTHETIC: a made-up price in a made-up currency, dear in the evening, to try things out with.
EXAMPLE_PRICE = Tariff(
    hours=(0, 6, 10, 16, 17, 21),
    per_kwh=(0.12, 0.22, 0.16, 0.22, 0.38, 0.2),
    name="SYNTHETIC example price",
    synthetic=True,
)

#: SYNTHETIC: a made-up carbon intensity, low while the sun shines, to try things out with.
EXAMPLE_CARBON = Tariff(
    hours=(0, 7, 10, 15, 18, 22),
    per_kwh=(320.0, 380.0, 210.0, 290.0, 450.0, 360.0),
    measure="carbon_g",
    name="SYNTHETIC example carbon intensity",
    synthetic=True,
)
