"""What was found, in sentences: every figure that a page says outside its tables is written here, anew each time."""

from __future__ import annotations

from scale_of_a_year.model import TERMS
from scale_of_a_year.page import amount

__all__ = ["check_sentences", "machine_sentence", "year_sentences"]

#: Cells that took so many times their CPU time by the clock had to share their cores with others.
SHARED = 1.1


def machine_sentence(found):
    """Say on what it was measured, how busy that was, and how long it took."""
    facts = found["machine"]
    told = (
        f"Measured on {facts['cpu']}, {facts['cores_used']} cores, {facts['python']}, "
        f"load {facts['load_start'][0]:.1f} before and {facts['load_end'][0]:.1f} after, "
        f"in {amount(found['seconds'], 's')}"
    )
    return told + (
        "; **in a hurry (`--quick`): these figures show that it runs, and mean little**." * found["quick"] or "."
    )


def year_sentences(found):
    """Say what a year costs on one machine and on the nodes that are worth having, and what is serial in it."""
    year = found["year"]
    one = year["one_machine"]["terms"]

    def told(name):
        return amount(one[name][0], TERMS[name][1])

    useful = next(row for row in year["nodes"] if row["nodes"] == year["useful_nodes"])
    most = year["nodes"][-1]
    plural = "s" * (useful["nodes"] > 1)
    return [
        f"On this machine's {year['one_machine']['cores']} cores a year takes {told('wall_s')} and writes "
        f"{told('result_bytes')}, after {told('input_bytes')} of submissions were read. On {useful['nodes']:,} "
        f"node{plural} of {year['node_cores']} cores, the most that are worth having, it takes "
        f"{amount(useful['wall_s'], 's')}; on {most['nodes']:,} still {amount(most['wall_s'], 's')}, since the driver "
        f"alone needs {told('serial_s')}: {told('plan_s')} to plan, {told('driver_s')} to read results back and note "
        "them.",
        "",
        f"At a thousandth of that size, which was really run, wall times were off by {_off(found, 'wall_s')} and CPU "
        f"times by {_off(found, 'cpu_s')} (below). A minus says that it took more than predicted: expect no less of "
        "the year.",
    ]


def check_sentences(found):
    """Say how far off each prediction was, and how busy the machine was meanwhile."""
    sweeps = found["check"]["sweeps"]
    lines = []
    for name in TERMS:
        terms = _compared(found, name)
        if terms:
            inside = sum(term["low"] <= term["measured"] <= term["high"] for term in terms)
            how = f"was off by {_off(found, name)}; {inside} of {len(terms)} measured values lie in its interval."
            lines.append(f"* `{name}` {how}")
    most = max(sweep["clock_over_cpu"] for sweep in sweeps)
    if most > SHARED:
        lines += [
            "",
            f"While it ran, cells took up to {most:.1f} times their CPU time by the clock: other programs used the "
            "cores, or more workers than cores wanted them. Wall times and shards, which are made by the clock, are "
            "then higher than predicted for an idle machine; CPU times and sizes are what the check is about.",
        ]
    return lines


def _compared(found, name):
    """List what was predicted of one term, of each sweep that could measure it."""
    terms = [sweep["terms"].get(name) for sweep in found["check"]["sweeps"]]
    return [term for term in terms if term and term["error_pct"] is not None]


def _off(found, name):
    """Tell the range of one term's errors."""
    off = [term["error_pct"] for term in _compared(found, name)]
    low, high = (f"{end:+.0f} %" for end in (min(off), max(off)))
    return low if low == high else f"{low} to {high}"
