"""How a run ended, and what that says of it."""

from __future__ import annotations

import difflib
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulator.collect.run.progress import Progress

__all__ = ["NO_EVENTS", "Ending", "Verdict", "Why", "judge", "memory_kills"]

#: What frameworks say when a GPU's memory is full (torch, CUDA, XLA, cupy).
_OUT_OF_MEMORY = re.compile(
    r"OutOfMemoryError|CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|"
    r"RESOURCE_EXHAUSTED|CUDNN_STATUS_ALLOC_FAILED|CUBLAS_STATUS_ALLOC_FAILED"
)

#: What must be added to a script that says nothing.
NO_EVENTS = (
    "the script reported no epoch. Let it say when epochs begin and end: `from simulator.collect import events`, then "
    "`for epoch in events.epochs(n): ...` and `events.eval_end(accuracy=...)` in it; or, if it cannot be changed, "
    "describe its output in the plan: [output] mllog = true, or patterns with regular expressions"
)


#: Why a run was not followed any longer.
Why = Literal[
    "exit", "enough", "stalled", "gpu_lost", "gpu_silent", "limit_changed", "foreign_process", "sampler", "events"
]


@dataclass(frozen=True)
class Ending:
    """Why a run was not followed any longer.

    Parameters
    ----------
    why
        ``"exit"``: the script ended by itself; ``"enough"``: it has shown what it should; else what went wrong.
    said
        More about that, for people.
    """

    why: Why
    said: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a run counts as: a result's status and reason."""

    status: Literal["done", "infeasible", "failed"]
    reason: str = ""


def memory_kills() -> int | None:
    """Count how often the kernel killed a process because memory was full; None if it does not say."""
    for file in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        with suppress(OSError):
            for line in Path(file).read_text(encoding="utf-8").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill" and count.isdecimal():
                    return int(count)
    return None


def judge(ending: Ending, progress: Progress, exit_code: int | None, output: str, *, killed: bool) -> Verdict:
    """Say what a run counts as.

    Parameters
    ----------
    ending
        Why it was not followed any longer.
    progress
        What it has shown.
    exit_code
        How the script ended: its code, or minus the signal.
    output
        The end of what it printed; its last lines become part of the reason.
    killed
        Whether the kernel may have killed it because memory was full.

    Returns
    -------
    Verdict
        Done, infeasible or failed, and why.
    """
    last_lines = _last_lines(output)
    if ending.why == "enough" or (ending.why == "exit" and progress.enough):
        return _no_metric(progress) or Verdict("done")
    if ending.why == "stalled" and progress.silent:
        return Verdict("failed", f"no_events: {ending.said}; {NO_EVENTS}")
    if ending.why != "exit":
        return Verdict("failed", _joined(f"{ending.why}: {ending.said}", last_lines))
    if exit_code:
        return _of_exit(exit_code, output, killed=killed)
    if progress.silent:
        return Verdict("failed", _joined(f"no_events: {NO_EVENTS}", last_lines))
    return _of_epochs(progress, last_lines)


def _of_exit(exit_code: int, output: str, *, killed: bool) -> Verdict:
    last_lines = _last_lines(output)
    if _OUT_OF_MEMORY.search(output):  # a launcher may say much after it
        return Verdict("infeasible", _joined("out of memory on the GPU", last_lines))
    if exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL) and killed:
        return Verdict("infeasible", _joined("killed, as the kernel does when memory is full", last_lines))
    how = f"signal {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit code {exit_code}"
    return Verdict("failed", _joined(f"exit: the script ended with {how}", last_lines))


def _of_epochs(progress: Progress, last_lines: str) -> Verdict:
    """Judge a script that ended by itself, and well."""
    goal, epochs = progress.goal, progress.epochs
    if goal.steps is not None:
        if stretch := progress.stretch():
            return Verdict("done", f"ended after {stretch.steps} of {goal.steps} steps")
        return Verdict("failed", _joined(f"too_short: it ended before {goal.steps} steps were counted", last_lines))
    needed = progress.warm_up + 1 if goal.epochs is not None else 1
    if len(epochs) < needed:
        return Verdict(
            "failed", _joined(f"too_short: it ended after {len(epochs)} epochs, {needed} are needed", last_lines)
        )
    return _no_metric(progress) or Verdict("done")


def _no_metric(progress: Progress) -> Verdict | None:
    """Refuse a run to the target that never told the metric that the target is about."""
    goal, told = progress.goal, sorted({name for epoch in progress.epochs for name in epoch.metrics})
    if goal.target is None or goal.metric in told or not progress.epochs:
        return None
    alike = difflib.get_close_matches(goal.metric, told, n=1)
    meant = f"; did you mean {alike[0]!r}?" if alike else "."
    return Verdict(
        "failed",
        f"no_metric: the script never reported {goal.metric!r}, which the target is about; it reported "
        f"{', '.join(map(repr, told)) or 'no metric'}{meant} Say metric = ... in the plan, or report it with "
        "events.eval_end(...)",
    )


def _last_lines(output: str) -> str:
    return "\n".join([line for line in output.splitlines() if line.strip()][-8:])


def _joined(what: str, last_lines: str) -> str:
    return f"{what}; its last lines:\n{last_lines}" if last_lines else what
