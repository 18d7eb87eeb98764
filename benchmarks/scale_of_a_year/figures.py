"""Figures of what was laid out and checked, as SVG and PNG."""

from __future__ import annotations

import statistics
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scale_of_a_year.page import amount, where

__all__ = ["draw"]

BLUE, ORANGE, GREY = "#2f6f9f", "#a4541b", "#566172"


def draw(found, folder, endings=("svg", "png")):
    """Draw all figures into a folder; returns their files."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"nodes": nodes(found), "check": checked(found), "work": work(found)}
    files = []
    for name, figure in figures.items():
        for ending in endings:
            files.append(folder / f"{name}.{ending}")
            figure.savefig(files[-1], dpi=120, metadata={"Date": None} if ending == "svg" else None)
    return files


def _empty(width, height):
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def nodes(found):
    """Wall time over nodes: as simulated, as cores alone would allow, and what no node makes shorter."""
    year = found["year"]
    figure, axes = _empty(7, 4.2)
    rows = year["nodes"]
    n, walls = [row["nodes"] for row in rows], [row["wall_s"] for row in rows]
    axes.plot(n, walls, "o-", color=BLUE, label="simulated: driver, nodes, queue")
    axes.plot(n, [walls[0] / k for k in n], ":", color=GREY, label="if nodes were all that counts")
    serial_s = rows[0]["terms"]["serial_s"][0]
    axes.axhline(serial_s, color=ORANGE, linestyle="--", label=f"driver alone, start included: {amount(serial_s, 's')}")
    last = year["useful_nodes"]
    axes.axvline(last, color=GREY, linewidth=0.8)
    axes.annotate(
        f"more than {last} node{'s' * (last > 1)}\nbring less than half\nof what they could",
        (last, walls[0]),
        xytext=(6, 0),
        textcoords="offset points",
        va="top",
        fontsize=9,
    )
    axes.set(xscale="log", yscale="log", xlabel=f"nodes of {year['node_cores']} cores", ylabel="wall time [s]")
    axes.set_xticks(n, [str(k) for k in n])
    axes.minorticks_off()
    axes.set_title(f"A SYNTHETIC year: {year['groups']:,} groups, {year['runs']:,} runs", fontsize=11)
    axes.legend(loc="lower left", fontsize=9)
    return figure


def checked(found):
    """Predicted over measured, a row a term, a mark a sweep."""
    figure, axes = _empty(7, 4.6)
    sweeps = found["check"]["sweeps"]
    names = [name for name, term in sweeps[0]["terms"].items() if term["measured"] is not None]
    marks = dict(zip(("pool", "slurm"), ("o", "s"), strict=True))
    for number, sweep in enumerate(sweeps):
        color = BLUE if sweep["executor"] == "pool" else ORANGE
        offset = (number - (len(sweeps) - 1) / 2) * 0.13
        label = where(sweep)
        for row, name in enumerate(names):
            term = sweep["terms"][name]
            if term["measured"]:
                low, value, high = (term[end] / term["measured"] for end in ("low", "predicted", "high"))
                reach = [[max(value - low, 0)], [max(high - value, 0)]]
                axes.errorbar(
                    value, row + offset, xerr=reach, fmt=marks[sweep["executor"]], color=color, markersize=4 + number
                )
        axes.plot([], [], marks[sweep["executor"]], color=color, markersize=4 + number, label=label)
    axes.axvline(1, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(names)), [name.rsplit("_", 1)[0].replace("_", " ") for name in names])
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="predicted / measured")
    ticks = [0.25, 0.5, 0.75, 1, 1.5, 2, 4]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.45), max(high, 2.2))
    title = f"{found['check']['groups']:,} SYNTHETIC groups, {found['check']['runs']:,} runs, really run"
    axes.set_title(title, fontsize=11)
    figure.legend(
        loc="outside lower center", ncols=len(sweeps), fontsize=9, title="the line: 5 to 95 % of the prediction"
    )
    return figure


def work(found):
    """Where the CPU time of the year goes."""
    year = found["year"]
    costs = {name: statistics.median(cost["repeats"]) for name, cost in found["costs"].items()}
    crowding = costs["crowding"]  # every core has a worker
    parts = {
        "runs: submissions read, replayed": crowding * year["runs"] * costs["cell_run_s"],
        "runs: written": crowding * year["runs"] * costs["write_run_s"],
        "groups": crowding * year["groups"] * costs["cell_group_s"],
        "cells, in workers": crowding * year["cells"] * costs["cell_s"],
        "cells, planned by the driver": year["cells"] * costs["plan_cell_s"],
        "submissions, digested by the driver": year["runs"] * costs["plan_run_s"],
        "cells, handed out and noted": year["cells"] * costs["driver_cell_s"],
        "runs, read back by the driver": year["runs"] * costs["driver_run_s"],
    }
    figure, axes = _empty(7, 3.4)
    bars = axes.barh(list(parts), list(parts.values()), color=[BLUE] * 4 + [ORANGE] * 4, hatch=[""] * 4 + ["//"] * 4)
    axes.bar_label(bars, [amount(value, "s") for value in parts.values()], padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, max(parts.values()) * 1.2)
    axes.set_xlabel("CPU time [s]; hatched: by the driver alone")
    axes.set_title("Where the CPU time of a SYNTHETIC year goes", fontsize=11)
    return figure
