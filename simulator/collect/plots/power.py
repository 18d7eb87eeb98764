"""Power over a run, with its epochs."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.collect.plots.series import enforced_limit, first_ns, series_of
from simulator.collect.plots.spans import events_in, flagged, spans_of, spans_of_result, start_ns
from simulator.collect.protocol.follow import EVENTS_FILE
from simulator.collect.result import RESULT, read_result
from simulator.collect.sampling import read_samples
from simulator.errors import SampleError
from simulator.plot.style import add_notes

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simulator.collect.plots.series import Series
    from simulator.collect.plots.spans import Span
    from simulator.collect.protocol import Event

__all__ = ["plot_power", "title_of"]

#: Colours that people with any colour vision tell apart (Okabe, Ito 2008), the same as in the other plots.
_INSTANT, _AVERAGE, _COUNTER, _LIMIT = "#56B4E9", "#D55E00", "#000000", "#7F7F7F"

#: Greys behind an epoch: training, and validation.
_TRAIN, _VALIDATE = "#E2E2E2", "#F4F4F4"

#: Epochs that are numbered, at most, and epochs up to which each has an edge of its own.
_MOST_NUMBERS, _MOST_EDGES = 16, 60

_WIDTH_IN, _HEIGHT_IN = 10.0, 4.4

#: Characters of a number of an epoch that find room over the whole width.
_CHARACTERS = 100

#: Room above the lines for the numbers of epochs.
_HEADROOM = 1.15


def plot_power(
    samples: pd.DataFrame | str | os.PathLike[str],
    events: Iterable[Event] | pd.DataFrame | str | os.PathLike[str] | None = None,
    *,
    slow: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the power of a run: instantaneous, mean of a second, and what the energy counter says.

    Parameters
    ----------
    samples
        A run's directory (``OUT/runs/KEY``), whose events, limits and flags are drawn, too; or its fast samples as
        `simulator.collect.read_samples` returns them.
    events
        What the training script said, as `simulator.collect.read_events` returns it; without, what the directory
        holds. Epochs are shaded and numbered, their validation lighter.
    slow
        Slow samples, for the power limit; without, those of the directory.
    ax
        Where to draw; None makes a figure with a legend, and with notes on flags.

    Returns
    -------
    matplotlib.axes.Axes
        Power [W], of all GPUs of the run together, over time since the run began [s]. Where there are more readings
        than can be drawn they are pooled, and a band shows the range of the instantaneous power. Epochs whose
        measurement is flagged are hatched, and their number has an exclamation mark.

    Raises
    ------
    SampleError
        If there are no samples.
    EventError
        If events cannot be understood.
    """
    import pandas as pd

    directory = None if isinstance(samples, pd.DataFrame) else Path(samples)
    table = samples if isinstance(samples, pd.DataFrame) else read_samples(Path(samples))
    said, spans = _epochs(directory, events)
    slow = _slow(directory) if slow is None and directory is not None else slow
    begun_ns = start_ns(said, spans)
    zero_ns = first_ns(table) if begun_ns is None else begun_ns
    alone = ax is None
    ax = _new_axes() if ax is None else ax
    series = series_of(table, zero_ns)
    _draw_powers(ax, series)
    limits = (np.empty(0), np.empty(0)) if slow is None else enforced_limit(slow, zero_ns)
    if np.isfinite(limits[1]).any():
        ax.plot(*limits, color=_LIMIT, linestyle="--", linewidth=1.2, label="enforced limit", zorder=2)
    tops = [values[np.isfinite(values)].max(initial=0.0) for values in (series.high_w, series.counter_w, limits[1])]
    ax.set_ylim(0, _HEADROOM * max(*tops, 1.0))
    ax.set_xlim(series.time_s[0], max(series.time_s[-1], series.time_s[0] + 1e-3))
    _shade(ax, spans, zero_ns)
    ax.set_xlabel("time since the first sample [s]" if begun_ns is None else "time since the run began [s]")
    ax.set_ylabel("power [W]")
    ax.set_title(title_of(_names(table), _about(directory)), fontsize="medium")
    if alone:
        ax.figure.legend(loc="outside right upper")
        add_notes(ax.get_figure(root=True), flagged(spans))
    return ax


def _new_axes() -> Axes:
    """Make axes in a figure of their own, wide enough for a run and a legend beside it."""
    from simulator.plot.notebook import ShownAxes, ShownFigure

    return ShownFigure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout="constrained").add_subplot(axes_class=ShownAxes)


def title_of(names: Sequence[str], about: str = "") -> str:
    r"""Name GPUs, and say of simulated ones that they are.

    Examples
    --------
    >>> title_of(["NVIDIA A100", "NVIDIA A100"], "batch size 8")
    '2 × NVIDIA A100\nbatch size 8'
    >>> title_of(["H100 (simulated)"])
    'SIMULATED, not measured: H100'
    """
    whose = ", ".join(name if (n := list(names).count(name)) == 1 else f"{n} × {name}" for name in dict.fromkeys(names))
    if "simulated" in whose.casefold():
        whose = f"SIMULATED, not measured: {whose.replace(' (simulated)', '')}"
    return "\n".join(filter(None, [whose, about]))


def _epochs(
    directory: Path | None, events: Iterable[Event] | pd.DataFrame | str | os.PathLike[str] | None
) -> tuple[list[Event], list[Span]]:
    """Read what is known of the epochs: by the result of a run that is made, else by its events."""
    if events is not None:
        said = events_in(events)
        return said, spans_of(said)
    if directory is None or not directory.is_dir():
        return [], []
    said = events_in(directory) if (directory / EVENTS_FILE).is_file() else []
    if (directory / RESULT).is_file() and (spans := spans_of_result(read_result(directory / RESULT))):
        from_events = spans_of(said)
        off_ns = from_events[0].start_ns - spans[0].start_ns if from_events else 0
        return ([] if off_ns else said), spans  # what a clock of its own said has been corrected in the result only
    return said, spans_of(said)


def _slow(directory: Path) -> pd.DataFrame | None:
    """Read slow samples, if there are any beside the fast ones."""
    try:
        return read_samples(directory if directory.is_dir() else directory.parent, "slow")
    except SampleError:
        return None


def _about(directory: Path | None) -> str:
    if directory is None or not (directory / RESULT).is_file():
        return ""
    return str(read_result(directory / RESULT).spec)


def _names(samples: pd.DataFrame) -> list[str]:
    return list(samples.attrs.get("collection", {}).get("names", ()))


def _draw_powers(ax: Axes, series: Series) -> None:
    """Draw the three powers; what is finest lies lowest."""
    pooled = f", mean of {series.bin_s:.2g} s" if series.bin_s else ""
    lines: tuple[tuple[str, NDArray[np.float64], dict[str, Any]], ...] = (
        (f"instantaneous{pooled}", series.instant_w, {"color": _INSTANT, "linewidth": 0.8}),
        ("mean of 1 s", series.average_w, {"color": _AVERAGE, "linewidth": 1.4, "linestyle": "-."}),
        ("energy counter, per update", series.counter_w, {"color": _COUNTER, "linewidth": 1.0}),
    )
    for place, (label, values, look) in enumerate(lines):
        if np.isfinite(values).any():
            ax.plot(series.time_s, values, label=label, zorder=2.1 + place / 10, **look)
    if series.bin_s:
        band: dict[str, Any] = {"color": _INSTANT, "alpha": 0.3, "linewidth": 0}
        ax.fill_between(series.time_s, series.low_w, series.high_w, label="instantaneous, range", **band)


def _shade(ax: Axes, spans: Sequence[Span], zero_ns: int) -> None:
    """Shade and number epochs."""
    edge: dict[str, Any] = {"edgecolor": "white", "linewidth": 1.0 if len(spans) <= _MOST_EDGES else 0.0}
    whole_height: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "zorder": 0}
    parts = {
        "training": ([_bar(span.start_ns, span.train_end_ns, zero_ns) for span in spans], _TRAIN),
        "validation": (
            [_bar(s.train_end_ns, s.end_ns, zero_ns) for s in spans if s.end_ns > s.train_end_ns],
            _VALIDATE,
        ),
    }
    for label, (bars, colour) in parts.items():
        if bars:
            ax.broken_barh(bars, (0, 1), facecolor=colour, label=label, **edge, **whole_height)
    if doubtful := [_bar(span.start_ns, span.end_ns, zero_ns) for span in spans if span.flags]:
        hatched: dict[str, Any] = {"facecolor": "none", "hatch": "///", "edgecolor": "#C4C4C4", "linewidth": 0.0}
        ax.broken_barh(doubtful, (0, 1), label="flagged", **hatched, **{**whole_height, "zorder": 0.5})
    if spans:
        _number(ax, spans, zero_ns)


def _number(ax: Axes, spans: Sequence[Span], zero_ns: int) -> None:
    """Write as many numbers over the epochs as there is room for."""
    low_s, high_s = ax.get_xlim()
    room = (spans[-1].end_ns - spans[0].start_ns) / 1e9 / (high_s - low_s) * _CHARACTERS
    every = _every(len(spans), most=min(_MOST_NUMBERS, int(room / (len(str(spans[-1].number)) + 2))))
    numbered = [
        (span, span, f"{span.number}!" if span.flags else f"{span.number}") for span in spans[every - 1 :: every]
    ]
    if not numbered:
        flagged = "!" if any(span.flags for span in spans) else ""
        numbered = [(spans[0], spans[-1], f"{spans[0].number}–{spans[-1].number}{flagged}")]
    for first, last, text in numbered:
        middle_s = ((first.start_ns + last.end_ns) / 2 - zero_ns) / 1e9
        look: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": "small", "clip_on": True}
        ax.text(middle_s, 0.975, text, transform=ax.get_xaxis_transform(), **look)


def _bar(from_ns: int, to_ns: int, zero_ns: int) -> tuple[float, float]:
    return (from_ns - zero_ns) / 1e9, (to_ns - from_ns) / 1e9


def _every(epochs: int, *, most: int) -> int:
    """Choose how many epochs share a number, so that there are not too many: 1, 2, 5, 10, 20, and so on."""
    if most < 1:
        return epochs + 1
    steps: Iterator[int] = (int(step * 10**power) for power in count() for step in (1, 2, 5))
    return next(step for step in steps if epochs <= step * most)
