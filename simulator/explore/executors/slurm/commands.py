"""Asks Slurm, and tells a refusal from silence."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import ExecutorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Seen",
    "SilentError",
    "cancel",
    "cancel_named",
    "exit_of",
    "is_silence",
    "largest_array",
    "look",
    "try_script",
]

#: Slurm's commands give up after 10 s by themselves; this is for those that hang [s].
TIMEOUT_S = 40.0
#: Command lines have an end; this many jobs fit on one.
AT_ONCE = 500
#: What Slurm's commands say when the controller does not answer, or is too busy to.
_SILENCE = re.compile(
    r"unable to contact slurm controller|socket timed out|connection (refused|reset|timed out)|"
    r"temporarily unable|zero bytes were transmitted|communication connection failure|"
    r"unable to (resolve|connect)|transport endpoint|slurm backup controller in standby",
    re.IGNORECASE,
)


class SilentError(Exception):
    """Slurm does not answer; it may later."""


class Seen(NamedTuple):
    """What Slurm says of a task.

    Parameters
    ----------
    state
        A word of Slurm's, such as ``RUNNING``.
    reason
        Why it waits, or ended.
    """

    state: str
    reason: str


def is_silence(words: str) -> bool:
    """Say whether a message of Slurm's means that its controller does not answer."""
    return bool(_SILENCE.search(words))


def _ask(*words: str, stdin: str = "") -> str:
    """Run a command of Slurm's.

    Raises
    ------
    SilentError
        The controller does not answer.
    ExecutorError
        It does, and refuses.
    """
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603  # Slurm's own commands, without a shell
    except subprocess.TimeoutExpired:
        raise SilentError(f"{words[0]} did not end within {TIMEOUT_S:.0f} s") from None
    except FileNotFoundError:
        raise ExecutorError(f"{words[0]} is not on this machine; run this where jobs of Slurm are submitted") from None
    if done.returncode == 0:
        return done.stdout
    message = (done.stderr or done.stdout).strip()
    if is_silence(message):
        raise SilentError(message)
    if "could not establish a configuration source" in message.casefold():
        raise ExecutorError(
            f"{words[0]} finds no Slurm: this machine belongs to no cluster, or SLURM_CONF does not name its "
            "slurm.conf; run this where jobs are submitted"
        )
    raise ExecutorError(f"{words[0]} refuses: {message}")


def look(jobs: Iterable[str]) -> dict[str, Seen]:
    """Ask for the states of all tasks of some jobs, in one call.

    Parameters
    ----------
    jobs
        Numbers of jobs; of arrays, that of the array.

    Returns
    -------
    dict
        By job, or ``array_task``; those that Slurm does not know any more are not in it.

    Raises
    ------
    SilentError
        Slurm does not answer.
    ExecutorError
        Slurm refuses.
    """
    asked = ["squeue", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%r", "--jobs=" + ",".join(jobs)]
    try:
        lines = _ask(*asked).splitlines()
    except ExecutorError as error:
        if "invalid job id" in str(error).casefold():  # it knows none of them any more
            return {}
        raise
    seen = {}
    for line in lines:
        job, task, state, reason = line.split("|", 3)
        seen[job if task == "N/A" else f"{job}_{task}"] = Seen(state, reason)
    return seen


def cancel(jobs: Sequence[str]) -> None:
    """Cancel jobs, or tasks of arrays; those that ended are left alone.

    Raises
    ------
    SilentError
        Slurm does not answer.
    ExecutorError
        Slurm refuses.
    """
    for first in range(0, len(jobs), AT_ONCE):
        _ask("scancel", "--quiet", *jobs[first : first + AT_ONCE])


def cancel_named(name: str) -> None:
    """Cancel the jobs that have a name, if there are any.

    Raises
    ------
    SilentError
        Slurm does not answer.
    ExecutorError
        Slurm refuses.
    """
    _ask("scancel", "--quiet", f"--name={name}", "--me")


def try_script(script: str) -> None:
    """See whether Slurm would take a job, without submitting it.

    Parameters
    ----------
    script
        What would be submitted.

    Raises
    ------
    SilentError
        Slurm does not answer.
    ExecutorError
        Slurm refuses, or has no commands on this machine.
    """
    _ask("sbatch", "--test-only", stdin=script)


def largest_array() -> int:
    """Ask how many tasks an array may have.

    Raises
    ------
    SilentError
        Slurm does not answer.
    ExecutorError
        Slurm refuses.
    """
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", _ask("scontrol", "show", "config"), re.MULTILINE)
    return max(1, int(found.group(1))) if found else 1


def exit_of(job: str) -> str | None:
    """Say how a job ended, in words, if Slurm still knows it.

    Parameters
    ----------
    job
        Job, or ``array_task``.

    Returns
    -------
    str or None
        Such as ``exit code 3``, or ``killed by signal 9``; None if nobody knows.
    """
    try:
        found = re.search(r"\bExitCode=(\d+):(\d+)", _ask("scontrol", "--oneliner", "show", "job", job))
    except (SilentError, ExecutorError):
        return None
    if not found:
        return None
    code, signal = int(found.group(1)), int(found.group(2))
    if signal or code > 128:  # a shell says the signal of its command by adding 128
        return f"killed by signal {signal or code - 128}"
    return f"exit code {code}"
