"""What the command line prints: lists and verdicts, in lines."""

from __future__ import annotations

__all__ = ["list_lines", "summary_line", "verdict_lines"]

#: How a matter of speed is called.
_OF_SPEED = {"better": "faster", "worse": "slower"}
_SPEED_UNITS = ("s", "ms", "us", "1/s")


def list_lines(scenarios):
    """Name every scenario and what it is."""
    width = max(len(name) for name in scenarios)
    return [f"{name:<{width}}  {one.meaning} [{one.unit}, {one.better}]" for name, one in scenarios.items()]


def summary_line(document):
    """Count what is there."""
    counts = {}
    for scenario in document["scenarios"]:
        counts[scenario["state"]] = counts.get(scenario["state"], 0) + 1
    return ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))


def verdict_lines(verdicts, new):
    """Print a verdict a line, and count them in the last."""
    after = {scenario["id"]: scenario for scenario in new["scenarios"]}
    width = max((len(each.id) for each in verdicts), default=0)
    lines = [_line(each, after.get(each.id), width) for each in verdicts]
    counts = {}
    for each in verdicts:
        counts[each.verdict] = counts.get(each.verdict, 0) + 1
    return [*lines, ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) or "nothing to compare"]


def _line(verdict, scenario, width):
    words = verdict.verdict
    if scenario and _is_speed(scenario):
        words = _OF_SPEED.get(words, words)
    told = verdict.why
    if verdict.times_worse is not None:
        better = verdict.times_worse < 1
        times, ends = verdict.times_worse, (verdict.low, verdict.high)
        if better:
            times, ends = 1 / times, (1 / verdict.high, 1 / verdict.low)
        word = "as good" if f"{times:.2f}" == "1.00" else "better" if better else "worse"
        told = f"{times:.2f} times {word} (spread {ends[0]:.2f} to {ends[1]:.2f})"
        told += f"; {verdict.why}" if verdict.why else ""
    return f"{verdict.id:<{width}}  {words:<14}  {told}".rstrip()


def _is_speed(scenario):
    return scenario["unit"] in _SPEED_UNITS or scenario["id"].startswith(("engine/", "replay/"))
