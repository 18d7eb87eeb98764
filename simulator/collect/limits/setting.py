"""Setting the power limit of one GPU: through NVML, or through a command that may do what this process may not."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from simulator.collect.limits.locks import locked
from simulator.errors import GpuError, GpuInUseError, GpuPermissionError, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simulator.collect.nvml.device import Device

__all__ = ["Setter", "check_command"]

#: What a command must say, so that it sets this limit of this GPU.
_PLACEHOLDERS = ("{uuid}", "{watts}")

#: nvidia-smi takes seconds where the driver must be loaded first; nothing takes this long [s].
_COMMAND_TIMEOUT_S = 30.0

#: Boards and commands round; what is further off than this was not set [mW].
_ROUNDING_MW = 1000


def check_command(command: Sequence[str] | None) -> tuple[str, ...] | None:
    """Check the command that sets limits, before anything depends on it.

    Parameters
    ----------
    command
        Program and arguments, with ``{uuid}`` and ``{watts}`` somewhere; no shell reads them. None means NVML.

    Returns
    -------
    tuple of str, or None
        The same, the program as an absolute path, so that it is found from anywhere.

    Raises
    ------
    PlanError
        If it cannot set a limit.

    Examples
    --------
    >>> check_command(["sh", "-c", "exit 0", "{uuid}"])
    Traceback (most recent call last):
        ...
    simulator.errors.PlanError: the command that sets power limits, sh -c 'exit 0' '{uuid}', lacks {watts}; ...
    """
    if command is None:
        return None
    import shlex

    said = f"the command that sets power limits, {shlex.join(command)}," if command else "the command that sets limits"
    missing = [name for name in _PLACEHOLDERS if not any(name in word for word in command)]
    if missing:
        raise PlanError(
            f"{said} lacks {' and '.join(missing)}; an example is sudo -n nvidia-smi -i {{uuid}} -pl {{watts}}"
        )
    program = shutil.which(command[0])
    if program is None:
        raise PlanError(f"{said} cannot run: there is no program {command[0]}; install it, or name it by its path")
    return (str(os.path.abspath(program)), *command[1:])  # noqa: PTH100 - a link may be what gives the right, keep it


class Setter:
    """Sets limits, and makes sure that they were set.

    Parameters
    ----------
    folder
        Where locks lie: commands for one GPU run one after the other, also those of a process that was killed.
    command
        What sets a limit, as `check_command` gives it; None means NVML.
    """

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        self._folder = folder
        self._command = command

    def wait(self, uuid: str) -> None:
        """Wait until no command runs that may still set a limit of this GPU.

        Raises
        ------
        GpuError
            If one does not end.
        """
        if self._command is not None:
            with self._alone(uuid):
                pass

    def set(self, device: Device, limit_mw: int) -> None:
        """Set the limit of one GPU, in `limit_mw` [mW].

        Raises
        ------
        GpuError
            If it was not set; GpuPermissionError where only an administrator may.
        """
        if self._command is None:
            device.set_limit(limit_mw)
        else:
            self._run(device.uuid, limit_mw)
        now_mw = device.limits().requested_mw
        if now_mw is not None and abs(now_mw - limit_mw) >= _ROUNDING_MW:
            by = f"{self._command[0]} ended well" if self._command else "NVML says that it was done"
            raise GpuError(
                f"the power limit of {device.uuid} was to be {limit_mw / 1000:g} W and is {now_mw / 1000:g} W, "
                f"although {by}: something else sets it at the same time, or the command does something else"
            )

    def _run(self, uuid: str, limit_mw: int) -> None:
        """Run the command for one GPU."""
        watts = f"{limit_mw / 1000:.3f}".rstrip("0").rstrip(".")
        words = [word.replace("{uuid}", uuid).replace("{watts}", watts) for word in self._command or ()]
        with self._alone(uuid) as lock:
            code, said = _call(words, lock)
        if code:
            raise GpuPermissionError(
                f"{words[0]} did not set the power limit of {uuid} to {watts} W; it ended with {code} and said: {said}"
            )

    @contextmanager
    def _alone(self, uuid: str) -> Iterator[int]:
        """Keep other commands for the GPU from running; yields the lock as an open file, at its end."""
        with ExitStack() as stack:
            try:
                (lock,) = stack.enter_context(locked(self._folder, [f"{uuid}.command"], wait_s=_COMMAND_TIMEOUT_S))
            except GpuInUseError as error:
                raise GpuError(f"an earlier command for the power limit of {uuid} does not end: {error}") from error
            except OSError as error:
                raise GpuError(f"no lock for commands in {self._folder}: {error.strerror}") from error
            os.lseek(lock, 0, os.SEEK_END)
            yield lock


def _call(words: Sequence[str], lock: int) -> tuple[int, str]:
    """Run a command to its end; its exit code, and what it said.

    It has no terminal, as the guardian has none: what needs a password fails now and not when it matters. Its standard
    input is the lock, at its end: it holds the lock as long as it runs, even if this process is killed meanwhile.
    """
    try:
        process = subprocess.Popen(
            words, stdin=lock, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    except OSError as error:
        raise GpuPermissionError(f"{words[0]} did not run: {error.strerror}") from error
    try:
        said, _ = process.communicate(timeout=_COMMAND_TIMEOUT_S)
    except BaseException as error:
        with suppress(
            OSError, subprocess.TimeoutExpired
        ):  # it may belong to root: then only its lock says that it runs
            process.kill()
            process.communicate(timeout=1)
        if isinstance(error, subprocess.TimeoutExpired):
            raise GpuError(f"{words[0]} did not end within {_COMMAND_TIMEOUT_S:g} s") from error
        raise
    return process.returncode, said.decode(errors="replace").strip() or "nothing"
