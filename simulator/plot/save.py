"""Figures in files: one for each job and GPU, written whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.compare.manifests import headline
from simulator.compare.results import per_recurrence
from simulator.plot.lines import batch_size, energy, time
from simulator.plot.plane import plane
from simulator.plot.shown import MOST_LINES, by_importance, event, left_out, lost_seeds
from simulator.plot.style import add_legend, add_notes, new_figure
from simulator.trace.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

__all__ = ["draw_job", "save_plots"]

_WIDTH_IN, _HEIGHT_IN, _DPI = 13.0, 8.0, 110

#: Where the title of a figure begins, as a share of its width.
_TITLE_AT = 0.04

#: Groups that are named where more are drawn.
_LISTED = 5


def save_plots(
    result: pd.DataFrame,
    directory: str | PathLike[str],
    *,
    configurations: pd.DataFrame | None = None,
    policies: Sequence[str] | None = None,
    lines: int = MOST_LINES,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write a PNG for each job and GPU of a result table.

    A policy looks the same in all of them. A job of which no replay went through has no picture. A file appears whole
    under its name, or not at all.

    Parameters
    ----------
    result
        Result table of one or several replays.
    directory
        Where to; made if it does not exist.
    configurations
        What each configuration of each job and GPU is expected to cost, for the dots in the time–energy plane; see
        `simulator.compare.every_configuration`.
    policies, lines
        Policies to draw, and how many of them as lines; see `draw_job`.
    progress
        Called after each file with how many are written and how many there are.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the table.
    """
    shown = by_importance(result) if policies is None else policies
    of_jobs = [
        (str(job), str(gpu), rows)
        for (job, gpu), rows in result.groupby(["job", "gpu"], sort=False)
        if len(per_recurrence(rows))
    ]
    files = []
    for job, gpu, of_job in of_jobs:
        figure = draw_job(of_job, configurations=configurations, policies=shown, lines=lines)
        file = Path(directory) / f"{_slug(job)}-{_slug(gpu)}.png"
        with whole_file(file) as temporary:
            figure.savefig(temporary, format="png", dpi=_DPI)
        files.append(file)
        if progress:
            progress(len(files), len(of_jobs))
    return files


def draw_job(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    policies: Sequence[str] | None = None,
    lines: int = MOST_LINES,
) -> Figure:
    """Draw all panels of one job on one GPU: energy, time, batch size, and the time–energy plane.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    configurations
        What each configuration is expected to cost, as `plane` takes it.
    policies
        Policies to draw; their order decides how they look. Default: `simulator.plot.by_importance`, all.
    lines
        How many of them, from the first on, are drawn as lines; the others are in the plane only.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, with one legend for all panels, and below them what is not drawn.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs.
    """
    shown = by_importance(result) if policies is None else list(policies)
    ran = set(result["policy"])
    drawn = shown[:lines] if ran & set(shown[:lines]) else shown
    figure = new_figure(height_in=_HEIGHT_IN, width_in=_WIDTH_IN)
    figure.suptitle(headline(result).replace(" – ", "\n"), x=_TITLE_AT, ha="left")  # clear of the legend
    panels = figure.subplots(2, 2)
    energy(result, ax=panels[0, 0], policies=drawn)
    time(result, ax=panels[0, 1], policies=drawn)
    batch_size(result, ax=panels[1, 0], policies=drawn)
    in_plane = plane(result, configurations=configurations, ax=panels[1, 1], policies=shown)
    legend: dict[str, Artist] = {}
    for panel in (panels[0, 0], in_plane):
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            legend.setdefault(label, handle)
    ordered = sorted(legend, key=lambda label: shown.index(label) if label in shown else len(shown))
    add_legend(figure, [legend[label] for label in ordered], ordered)
    add_notes(
        figure, [*left_out(drawn, result["policy"], but=", only in the plane"), *lost_seeds(result), *_groups(result)]
    )
    return figure


def _groups(result: pd.DataFrame) -> list[str]:
    """Say which groups are drawn as one."""
    if event(result) == "recurrence" or (n := result["group"].nunique()) == 1:
        return []
    first = ", ".join(list(dict.fromkeys(result["group"]))[:_LISTED])
    return [f"{n} groups drawn as one: {first}{f' and {n - _LISTED} more' if n > _LISTED else ''}."]


def _slug(text: str) -> str:
    """Make a file name of a job's text.

    Examples
    --------
    >>> _slug("Job(squad,bert_base_uncased,adamw,84.0,bs32~6)")
    'squad-bert_base_uncased-adamw-84.0-bs32-6'
    """
    return re.sub(r"[^\w.]+", "-", text.removeprefix("Job(")).strip("-")
