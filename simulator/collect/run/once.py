"""One run: hold the limit, measure the idle GPU, launch the script, follow it, measure its epochs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.collect.output import OutputReader
from simulator.collect.plan.command import launched
from simulator.collect.plan.typed import plain
from simulator.collect.protocol import Follower
from simulator.collect.protocol.follow import EVENTS_FILE
from simulator.collect.run.counters import read_counters, risen
from simulator.collect.run.ending import Ending, Verdict, judge, memory_kills
from simulator.collect.run.environment import OUTPUT_FILE, STOP_FILE, job_environment
from simulator.collect.run.follow import Following
from simulator.collect.run.followed import Followed
from simulator.collect.run.idle import busy
from simulator.collect.run.job import JobProcess
from simulator.collect.run.listen import Listener
from simulator.collect.run.outcome import result_of
from simulator.collect.run.progress import Goal, Progress
from simulator.collect.run.watch import Watch
from simulator.errors import EventError

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.plan import RunSpec
    from simulator.collect.result import RunResult
    from simulator.collect.run.rig import Held, Rig

__all__ = ["perform"]


def perform(rig: Rig, spec: RunSpec, directory: Path) -> tuple[RunResult, str]:
    """Make one run.

    Parameters
    ----------
    rig
        What all runs share.
    spec
        The run.
    directory
        Its directory, empty.

    Returns
    -------
    result : RunResult
        What it came to.
    why : str
        Why it was not followed any longer, see `Ending`.

    Raises
    ------
    CollectError, OSError
        If nothing more can be measured, such as on a full disk; power limits are given back by then.
    """
    started = rig.clock.monotonic_ns(), rig.clock.realtime_ns()
    devices = () if rig.sensors is None else rig.sensors.devices
    counted = read_counters(devices)
    with rig.limits_first():
        held = rig.hold_limit(spec)
        if rig.sensors is None:
            followed, baseline = _follow(rig, spec, directory, held), None
        else:
            cooled_s = rig.idle.cool_down(rig.sensors)
            with rig.sensors.recording(directory):
                baseline = {**rig.idle.baseline(rig.sensors), "cooled_s": cooled_s}
                refusal = busy(baseline) if rig.plan.measure.foreign == "refuse" else ""
                followed = _refused(spec, rig, refusal) if refusal else _follow(rig, spec, directory, held)
        result = result_of(rig, spec, directory, held, followed, baseline, started)
        return replace(result, counters=risen(counted, read_counters(devices))), followed.why


def _refused(spec: RunSpec, rig: Rig, why: str) -> Followed:
    verdict = Verdict("failed", f"foreign_process: {why}; end them, or say measure.foreign = 'flag' in the plan")
    return Followed(Progress(Goal.of(rig.plan, spec)), verdict, "foreign_process")


def _follow(rig: Rig, spec: RunSpec, directory: Path, held: Held) -> Followed:
    """Launch the script and follow it to its end."""
    measure, progress, kills = rig.plan.measure, Progress(Goal.of(rig.plan, spec)), memory_kills()
    table = plain(rig.plan.output)
    reader = OutputReader.from_table(table)
    job = JobProcess(
        launched(spec.command),
        workdir=rig.plan.job.workdir,
        environment=job_environment(rig.plan, spec, directory),
        output=directory / OUTPUT_FILE,
        listen=None if reader is None else Listener(reader, directory / EVENTS_FILE),
    )
    with job, rig.limits_first():
        watch = Watch(
            job,
            clock=rig.clock,
            clocks=rig.clocks,
            sensors=rig.sensors,
            held_mw=held.enforced_mw,
            limiter=rig.limiter,
            refuse=measure.foreign == "refuse",
        )
        following = Following(
            job, follower=Follower(directory / EVENTS_FILE), progress=progress, watch=watch, clock=rig.clock
        )
        try:
            ending = following.until_enough(stall_timeout_s=measure.stall_timeout_s)
            if ending.why == "enough":
                following.ask_to_stop(directory / STOP_FILE, within_s=measure.kill_after_s)
            job.end(grace_s=measure.kill_after_s)
            following.read()
            progress.finish()
        except EventError as error:
            ending = Ending("events", str(error))
            job.end(grace_s=measure.kill_after_s)
    verdict = judge(ending, progress, job.exit_code, job.tail, killed=_may_be_memory(kills))
    notes = _notes(following, ending, job.exit_code)
    return Followed(progress, verdict, ending.why, watch.pids, notes)


def _may_be_memory(before: int | None) -> bool:
    """Whether the kernel has killed something meanwhile because memory was full, or does not say."""
    now = memory_kills()
    return before is None or now is None or now > before


def _notes(following: Following, ending: Ending, exit_code: int | None) -> list[str]:
    notes = []
    if following.offset_ns:
        notes.append(
            f"the script's monotonic clock was {following.offset_ns} ns ahead of ours; its times are corrected"
        )
    if ending.why == "exit" and exit_code:
        notes.append(f"the script ended with {exit_code}")
    return notes
