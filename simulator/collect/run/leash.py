"""Runs a training script, and ends it and all that it started if the controller dies.

A job left alone would keep the GPU busy and spoil whatever is measured next. So the controller does not start it
itself: this small process does, in a process group of its own, and watches a pipe that only the controller holds open.
It ends as the job ended, by the same exit code or the same signal, and otherwise does nothing.

Standard library only, and started without site packages: it is up in some 20 ms.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

#: How long a job may take to end by itself once the controller is gone [s].
GRACE_S = 10.0

NOT_FOUND = 127


def main(arguments: list[str]) -> int:
    """Run a command until it ends, or until nobody holds the other end of standard input.

    Parameters
    ----------
    arguments
        The command, as a list of arguments.

    Returns
    -------
    int
        The command's exit code, or 127 if it cannot be started. If a signal ended it, that signal ends this process.
    """
    leash = os.dup(0)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    # Handlers, and not SIG_IGN: what is ignored would be ignored by the job as well.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        job = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return NOT_FOUND
    while job.poll() is None:
        ready, _, _ = select.select([leash, woken], [], [], 1.0)
        if woken in ready:
            os.read(woken, 4096)
        if leash in ready and not os.read(leash, 4096):
            _end(job)
    return _like(job.returncode)


def _end(job: subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, and then not; this process is in it and goes as well."""
    os.killpg(0, signal.SIGTERM)
    until = time.monotonic() + GRACE_S
    while job.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


def _like(code: int) -> int:
    if code < 0:
        number = -code
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
