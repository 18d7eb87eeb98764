"""GPUs and a collection as a person watches them: four lines a GPU, two for the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.cli.cells import NONE, energy, time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from simulator.collect.live import Course, GpuView, View

__all__ = ["as_text", "spark"]

#: From nothing to the limit.
_BARS = "▁▂▃▄▅▆▇█"

#: Processes that are named.
_LISTED = 5

#: Reasons that say nothing bad.
_CALM = {"idle", "applications_clocks_setting", "display_clock_setting"}

_GIB = 2**30


def as_text(view: View) -> Text:
    """Write a view down.

    Parameters
    ----------
    view
        What there is to see.
    """
    from rich.text import Text

    lines = [] if view.course is None else _course(view.course)
    for gpu in view.gpus:
        lines += [Text(""), *_gpu(gpu, view.time_s)] if lines else _gpu(gpu, view.time_s)
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def spark(values_w: Sequence[float | None], top_w: float) -> str:
    """Draw powers as bars between nothing and the top [W], a character each; a gap where there is none.

    Examples
    --------
    >>> spark([0, 50, None, 100, 120], 100)
    '▁▅ ██'
    """
    steps = len(_BARS) - 1
    return "".join(
        " " if value_w is None else _BARS[min(steps, round(steps * value_w / top_w) if top_w > 0 else 0)]
        for value_w in values_w
    )


def _gpu(gpu: GpuView, time_s: float) -> list[Text]:
    from rich.text import Text

    head = Text.assemble((f"GPU {gpu.index}  {gpu.name}", "bold"), f"  {gpu.uuid}")
    past = Text(f"  {_joule(gpu.energy_j)} in {time(round(time_s))}{_BY[gpu.energy_source]}")
    if gpu.lost:
        return [head, Text(f"  lost: it does not answer any more (NVML code {gpu.code})", "bold red"), past]
    top_w = max([gpu.enforced_limit_w or 0.0, *(value_w or 0.0 for value_w in gpu.history_w)])
    past.append("  ").append(spark(gpu.history_w, top_w), "cyan")
    power = Text(f"  {_watts(gpu.power_instant_w)} now   {_watts(gpu.power_average_w)} over 1 s   limit {_limit(gpu)}")
    if gpu.code:
        power.append(f"   power cannot be read (NVML code {gpu.code})", "bold red")
    elif held := [reason.replace("_", " ") for reason in gpu.reasons or ()]:
        calm = _CALM.issuperset(gpu.reasons or ())
        power.append(f"   {', '.join(held)}", "" if calm else "bold yellow")
    state = (
        f"  SM {_unit(gpu.sm_clock_mhz, 'MHz')}   memory {_unit(gpu.memory_clock_mhz, 'MHz')}   "
        f"{_unit(gpu.temperature_c, '°C')}   {_unit(gpu.utilization_pct, '%')} busy   "
        f"{_gib(gpu.memory_used_b)} of {_gib(gpu.memory_total_b)} GiB   {_processes(gpu.pids)}"
    )
    return [head, power, Text(state), past]


#: What an energy is from, where it is not the counter.
_BY = {"counter": "", "power": " (from power)", None: ""}


def _course(course: Course) -> list[Text]:
    from rich.text import Text

    made = f"{course.done} of {course.runs} runs done"
    words = [made, *[f"{n} {what}" for n, what in ((course.failed, "failed"), (course.skipped, "skipped")) if n]]
    if course.done + course.failed + course.skipped < course.runs:
        words.append("time left not known yet" if course.rest_s is None else f"at most {time(course.rest_s)} left")
        words += [] if course.running else ["nobody works on it"]
    lines = [Text.assemble((course.out, "bold"), f"  {'; '.join(words)}")]
    if course.running and course.run is not None:
        lines.append(Text(f"  {course.run}: epoch {course.epoch} of at most {course.most_epochs}"))
    return lines


def _unit(value: float | None, unit: str) -> str:
    return NONE if value is None else f"{value:.0f} {unit}"


def _watts(power_w: float | None) -> str:
    return _unit(power_w, "W")


def _joule(energy_j: float | None) -> str:
    return NONE if energy_j is None else energy(energy_j)


def _gib(memory_b: int | None) -> str:
    return NONE if memory_b is None else f"{memory_b / _GIB:.1f}"


def _limit(gpu: GpuView) -> str:
    holds, asked = _watts(gpu.enforced_limit_w), _watts(gpu.requested_limit_w)
    return holds if asked in (holds, NONE) else f"{holds} ({asked} requested)"


def _processes(pids: Sequence[int] | None) -> str:
    if pids is None:
        return "processes not told"
    if not pids:
        return "no process"
    more = f" and {len(pids) - _LISTED} more" if len(pids) > _LISTED else ""
    return f"process{'' if len(pids) == 1 else 'es'} {', '.join(map(str, pids[:_LISTED]))}{more}"
