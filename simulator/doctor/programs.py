"""Other programs, asked a question; one that does not answer in time is left."""

from __future__ import annotations

import subprocess

__all__ = ["TIMEOUT_S", "SilentProgramError", "ask"]

#: How long a program may take for its answer [s].
TIMEOUT_S = 2.0


class SilentProgramError(Exception):
    """A program did not answer, or not well; the message says how."""


def ask(*words: str) -> str:
    """Run a program and return what it prints.

    Parameters
    ----------
    words
        The program and its arguments.

    Raises
    ------
    SilentProgramError
        If it cannot be started, fails, or takes longer than `TIMEOUT_S`.

    Examples
    --------
    >>> ask("echo", "hello")
    'hello'
    """
    try:
        done = subprocess.run(  # noqa: S603  (programs of the system, without a shell)
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise SilentProgramError(f"{words[0]} did not answer within {TIMEOUT_S:g} s") from None
    except OSError as error:
        raise SilentProgramError(f"{words[0]} cannot be started: {error.strerror or error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise SilentProgramError(f"{words[0]} ended with {done.returncode}{f': {said[-1]}' if said else ''}")
    return done.stdout.strip()
