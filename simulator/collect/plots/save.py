"""Pictures of a collection in files, each written whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.collect.plots.cells import has_cells, plot_cells
from simulator.collect.plots.power import plot_power
from simulator.collect.result import read_manifest, run_directory
from simulator.collect.sampling.schema import FILES
from simulator.errors import CollectError, nearest
from simulator.trace.files import whole_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from simulator.collect.plan import RunSpec

__all__ = ["SUFFIXES", "save_plots"]

#: Endings of files that say what kind of picture they are.
SUFFIXES = (".png", ".svg", ".pdf")

_DPI = 110


def save_plots(
    out: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    *,
    run: str | None = None,
    suffix: str = ".png",
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write pictures of a collection: its cells, and the power of each run that was sampled.

    Parameters
    ----------
    out
        The collection's folder, finished or not.
    target
        Where to. A name that ends in .png, .svg or .pdf is a file, for one picture: that of ``run``, or else that of
        the cells. Another is a folder. Default: ``OUT/plots``.
    run
        Key of a run, or the beginning of one: only its power is drawn.
    suffix
        What kind of files go into a folder: ``".png"``, ``".svg"`` or ``".pdf"``.
    progress
        Called after each file with how many are written and how many there are.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    CollectError
        If there is no collection, no such run, or nothing to draw.
    """
    out = Path(out)
    specs = read_manifest(out).runs
    place = out / "plots" if target is None else Path(target)
    alone = place.suffix.casefold() in SUFFIXES
    drawn: list[tuple[Path, Callable[[], Axes]]] = []
    if run is not None:
        spec = _find(specs, run)
        drawn.append((place if alone else place / f"{_slug(spec)}{suffix}", _power_of(out, spec)))
    else:
        sampled = [] if alone else [s for s in specs if any(run_directory(out, s).glob(f"{FILES['fast']}*.arrows"))]
        if not sampled or has_cells(out):
            drawn.append((place if alone else place / f"cells{suffix}", lambda: plot_cells(out)[0]))
        drawn += [(place / f"{_slug(spec)}{suffix}", _power_of(out, spec)) for spec in sampled]
    for done, (file, draw) in enumerate(drawn, start=1):
        _save(draw(), file)
        if progress:
            progress(done, len(drawn))
    return [file for file, _ in drawn]


def _power_of(out: Path, spec: RunSpec) -> Callable[[], Axes]:
    return lambda: plot_power(run_directory(out, spec))


def _find(specs: Sequence[RunSpec], beginning: str) -> RunSpec:
    """Find the run that a key, or its beginning, means."""
    found = [spec for spec in specs if spec.key.startswith(beginning)] if beginning else []
    if len(found) == 1:
        return found[0]
    if found:
        raise CollectError(f"{beginning} fits {len(found)} runs: {', '.join(s.key for s in found)}; write more of it")
    keys = [spec.key for spec in specs]
    raise CollectError(
        f"the collection has no run {beginning}{nearest(beginning, keys)}; it has: "
        + "; ".join(f"{spec.key} ({spec})" for spec in specs)
    )


def _slug(spec: RunSpec) -> str:
    """Make a file name of a run's name: what it is first, so that files sort by that."""
    words = re.sub(r"[^\w.]+", "-", str(spec).casefold()).strip("-")
    return f"{words}-{spec.key}"


def _save(ax: Axes, file: Path) -> None:
    figure = ax.get_figure(root=True)
    with whole_file(file) as temporary:
        if figure is not None:
            figure.savefig(temporary, format=file.suffix.casefold().removeprefix("."), dpi=_DPI)
