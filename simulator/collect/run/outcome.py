"""From what was recorded of a run to its result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.collect.result import RunResult
from simulator.collect.run.ending import Verdict
from simulator.collect.run.idle import busy
from simulator.collect.run.steps import LEAST_NS
from simulator.collect.run.windows import train_only, windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.collect.plan import RunSpec
    from simulator.collect.result import EpochResult
    from simulator.collect.run.followed import Followed
    from simulator.collect.run.rig import Held, Rig
    from simulator.collect.run.windows import Windows

__all__ = ["result_of"]

#: What a script may call the steps of an epoch, where it says so.
_STEPS_PER_EPOCH = "steps_per_epoch"


def result_of(
    rig: Rig,
    spec: RunSpec,
    directory: Path,
    held: Held,
    followed: Followed,
    baseline: dict[str, Any] | None,
    started: tuple[int, int],
) -> RunResult:
    """Measure what a run has shown.

    Parameters
    ----------
    rig
        What all runs share.
    spec
        The run.
    directory
        Its directory, with all that was recorded.
    held
        The limits that held.
    followed
        How the script went.
    baseline
        What was seen of the idle GPUs before.
    started
        When it began: monotonic and wall time [ns].

    Returns
    -------
    RunResult
        What it came to.
    """
    rig.clocks.look()
    always = {"from_output"} if followed.progress.from_output else set()
    always |= {"clock_step"} if rig.clocks.stepped(started[0], rig.clock.monotonic_ns()) else set()
    flags = {*always, *held.flags}
    notes = [*held.notes, *followed.notes]
    if short := _cut_short(followed):
        flags.add("cut_short")
        notes.append(short)
    windows, why = windows_of(
        directory,
        sensors=rig.sensors,
        held_mw=held.enforced_mw,
        pids=followed.pids,
        progress=followed.progress,
        always=always,
    )
    notes += [why] if why else []
    if baseline is not None:
        if who := busy(baseline):
            flags.add("foreign_process")
            notes.append(who)
        baseline = {**baseline, **_power(windows, baseline)}
    if rig.sensors is not None:
        _tell_sampler(rig.sensors.counts, flags, notes, interrupted=rig.sensors.interrupted)
    result = RunResult(
        spec=spec,
        status=followed.verdict.status,
        reason=followed.verdict.reason,
        started_wall_ns=started[1],
        ended_wall_ns=rig.clock.realtime_ns(),
        requested_mw=held.requested_mw,
        enforced_mw=held.lowest_mw,
        num_gpus=0 if rig.sensors is None else len(rig.sensors.devices),
        epochs=tuple(windows.epoch(epoch) for epoch in followed.progress.epochs),
        flags=tuple(sorted(flags)),
        notes=tuple(notes),
        baseline=baseline,
        reported=None if followed.progress.hello is None else dict(followed.progress.hello.data),
    )
    return _with_window(rig, result, windows, followed)


def _cut_short(followed: Followed) -> str:
    """Say what is missing of a run that is done but has not shown what it should; empty if nothing is."""
    progress = followed.progress
    goal, epochs = progress.goal, len(progress.epochs)
    if followed.verdict.status != "done" or progress.enough in ("target", "window", "steps"):
        return ""
    if goal.steps is not None:
        return f"it ended before {goal.steps} steps and {LEAST_NS / 1e9:g} s of training were measured"
    if goal.epochs is not None:
        return (
            f"it ended after {epochs} epochs, {progress.warm_up} of them to warm up: {goal.epochs} epochs and "
            f"{goal.window_ns / 1e9:g} s were to be measured after those; a script that stops by itself, as at "
            "{target_metric}, may not do so in a run that measures power"
        )
    if progress.enough:
        return ""
    return f"it ended by itself after {epochs} of {goal.most} epochs, without reaching {goal.metric} = {goal.target:g}"


def _power(windows: Windows, baseline: dict[str, Any]) -> dict[str, float | None]:
    """Idle energy and power."""
    if baseline["end_ns"] <= baseline["start_ns"]:
        return {"time_s": 0.0, "energy_j": None, "power_w": None}
    window = windows.between(baseline["start_ns"], baseline["end_ns"], epochs=1)
    return {"time_s": window.time_s, "energy_j": window.energy_j, "power_w": window.average_power_w}


def _tell_sampler(counts: dict[str, Any], flags: set[str], notes: list[str], *, interrupted: bool) -> None:
    """Say where samples are missing."""
    if interrupted:
        notes.append("the sampler died and was started again: there is a gap without samples")
    missed, rows = counts.get("missed") or 0, counts.get("rows") or 0
    if missed > rows / 100:
        flags.add("late")
        notes.append(f"the sampler missed {missed} of its deadlines")
    if counts.get("backed_off_ns") is not None:
        notes.append("a sensor gave no values when it was read that often, so it was read less often")


def _with_window(rig: Rig, result: RunResult, windows: Windows, followed: Followed) -> RunResult:
    """Add the window that makes the power row, if the run is done."""
    if result.status != "done":
        return result
    progress, spec = followed.progress, result.spec
    if progress.goal.steps is not None:
        return _scaled(rig, result, windows, followed)
    epochs, warm_up = progress.epochs, progress.unknown if spec.kind == "epochs" else progress.warm_up
    notes = result.notes
    if progress.unknown:
        notes = (*notes, "nobody said when its first epoch began (run_start or epoch_start), so it is in no window")
    if len(epochs) <= warm_up:  # it reached its target before it was warm
        notes = (*notes, f"its {len(epochs)} epochs include the warm-up: there are no others")
        warm_up = progress.unknown
    whole = windows.contiguous(epochs[warm_up:])
    train = train_only(result.epochs[warm_up:])
    window = train if rig.plan.measure.window == "train" else whole
    if window is None and whole is not None and spec.kind != "epochs":
        why = "no_train_end: window = 'train' needs the end of training told in each epoch: train_end, or eval_start"
        return replace(result, status="failed", reason=why, notes=notes)
    return replace(result, window=window, whole_window=whole, train_window=train, notes=notes)


def _scaled(rig: Rig, result: RunResult, windows: Windows, followed: Followed) -> RunResult:
    """Measure some steps, and say which share of an epoch they are."""
    stretch = followed.progress.stretch()
    size = result.spec.batch_size
    per_epoch = _said(followed) or _known(result.epochs) or rig.steps_per_epoch.get(size)
    if stretch is None or not per_epoch:
        why = (
            f"too_short: nobody said how many steps an epoch has at batch size {size}: report it with "
            f"events.hello({_STEPS_PER_EPOCH}=...), or make a run to the target first, with events.steps() in it"
        )
        verdict = Verdict("failed", why)
        return replace(result, status=verdict.status, reason=verdict.reason)
    window = windows.stretch(stretch, per_epoch=per_epoch)
    window = replace(window, flags=tuple(sorted({*window.flags, "scaled"})))
    notes = (*result.notes, f"{stretch.steps} steps, of {per_epoch} in an epoch, were measured, without validation")
    flags = tuple(sorted({*result.flags, "scaled"}))
    return replace(result, window=window, train_window=window, notes=notes, flags=flags)


def _said(followed: Followed) -> int | None:
    hello = followed.progress.hello
    return None if hello is None else hello.whole(_STEPS_PER_EPOCH)


def _known(epochs: Sequence[EpochResult]) -> int | None:
    return next((epoch.steps for epoch in epochs if epoch.steps), None)
