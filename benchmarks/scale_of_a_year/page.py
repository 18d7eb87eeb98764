"""Tables of what was measured and laid out, in Markdown, and the pieces of a page that hold them."""

from __future__ import annotations

import statistics

from scale_of_a_year.model import TERMS

__all__ = ["amount", "check_table", "cost_table", "renew", "where", "year_table"]


def amount(value, unit):
    """Write a figure in a unit that suits it."""
    if value is None:
        return "-"
    if unit == "bytes":
        for name, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.0f} B"
    if unit == "s":
        for name, size in (("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3)):
            if value >= size * (2 if size > 1 else 1):
                return f"{value / size:.3g} {name}"
        return f"{value * 1e6:.3g} us"
    if unit == "J" and value >= 3.6e6:
        return f"{value / 3.6e6:.3g} kWh"
    return f"{value:,.0f}" if unit == "files" else f"{value:.3g} {unit}"


def cost_table(found):
    """Lay out what each step costs."""
    lines = ["| cost | median | repeats from | to | name |", "|---|--:|--:|--:|---|"]
    for name, cost in found["costs"].items():
        repeats = cost["repeats"]
        cells = [amount(value, cost["unit"]) for value in (statistics.median(repeats), min(repeats), max(repeats))]
        lines.append(f"| {cost['meaning']} | {' | '.join(cells)} | `{name}` |")
    lines += [f"| {name} | not measured: {why} | | | `{name}` |" for name, why in found["missing"].items()]
    return lines


def check_table(found):
    """Lay predictions beside what was measured, a line a term and sweep."""
    checked = found["check"]
    lines = [
        f"{checked['groups']:,} SYNTHETIC groups, {checked['runs']:,} submissions:",
        "",
        "| term | sweep on | predicted | 5 to 95 % | measured | error |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name, (_, unit) in TERMS.items():
        for sweep in checked["sweeps"]:
            term = sweep["terms"].get(name)
            if term is None or term["measured"] is None:
                continue
            ends = f"{amount(term['low'], unit)} to {amount(term['high'], unit)}"
            cells = [
                amount(term["predicted"], unit),
                ends,
                amount(term["measured"], unit),
                f"{term['error_pct']:+.0f} %",
            ]
            lines.append(f"| {name} | {where(sweep)} | {' | '.join(cells)} |")
    for sweep in checked["sweeps"]:
        simulated, measured = sweep["simulated"], sweep["terms"]["wall_s"]["measured"]
        cells = [amount(simulated["wall_s"], "s"), "", amount(measured, "s"), f"{simulated['error_pct']:+.0f} %"]
        lines.append(f"| wall_s, simulated | {where(sweep)} | {' | '.join(cells)} |")
    return lines


def where(sweep):
    """Say on what a sweep ran."""
    one, several = ("process", "processes") if sweep["executor"] == "pool" else ("Slurm node", "Slurm nodes")
    return f"{sweep['workers']} {one if sweep['workers'] == 1 else several}"


def year_table(found):
    """Lay out the year on one machine, and how long it takes on n nodes."""
    year = found["year"]
    one = year["one_machine"]
    lines = [
        f"{year['groups']:,} groups, {year['runs']:,} runs, {year['cells']:,} cells,",
        f"on one machine with {one['cores']} cores:",
        "",
        "| term | formula | value | 5 to 95 % |",
        "|---|---|--:|--:|",
    ]
    for name, (value, low, high) in one["terms"].items():
        formula, unit = TERMS[name]
        ends = f"{amount(low, unit)} to {amount(high, unit)}"
        lines.append(f"| {name} | {formula} | {amount(value, unit)} | {ends} |")
    worst = year["largest_uncertainty"]
    lines += [
        "",
        f"Largest uncertainty of the wall time there: {worst['cost']},",
        f"whose repeats move it by {worst['moves_wall_pct']:.0f} %.",
        "",
        f"| nodes of {year['node_cores']} cores | wall, formula | 5 to 95 % | wall, simulated | times faster"
        " | driver busy | workers busy |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in year["nodes"]:
        value, low, high = row["terms"]["wall_s"]
        cells = [amount(value, "s"), f"{amount(low, 's')} to {amount(high, 's')}", amount(row["wall_s"], "s")]
        cells += [f"{row['speedup']:.1f}", f"{row['driver_busy']:.1%}", f"{row['workers_busy']:.1%}"]
        lines.append(f"| {row['nodes']:,} | {' | '.join(cells)} |")
    plural = "s" * (year["useful_nodes"] > 1)
    lines += ["", f"Doubling helps by at least half of what it could up to {year['useful_nodes']:,} node{plural}."]
    return lines


def renew(page, pieces):
    """Write the pieces of a page anew that lie between its marks, ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""
    text = page.read_text()
    for name, lines in pieces.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"{page}: there must be one {begin} and one {end}")
        before, _, rest = text.partition(begin)
        text = before + "\n".join([begin, "", *lines, "", ""]) + end + rest.partition(end)[2]
    page.write_text(text)
