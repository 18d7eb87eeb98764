"""A process that answers JSON lines with JSON lines, and what is known of it when it no longer does."""

from __future__ import annotations

import json
import subprocess
import time
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import simulator.errors as errors
from simulator.errors import SamplerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

__all__ = ["ANSWER_S", "SILENCE_S", "Child"]

#: How long the process may say nothing before it counts as hung [s]; it says something every second.
SILENCE_S = 15.0

#: How long an answer may take [s]: the driver may take long to start where nothing keeps it loaded, a disk to write.
ANSWER_S = 60.0

#: How long the process may take to end [s], and to die when it is killed.
END_S, KILL_S = 10.0, 5.0


class Child:
    """The sampler's process: asked, listened to, ended.

    Parameters
    ----------
    command
        What to start, without a shell.
    environment
        All of its variables.

    Attributes
    ----------
    latest
        Its last heartbeat; None before the first.

    Raises
    ------
    SamplerError
        If it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.latest: dict[str, Any] | None = None
        self._answers: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._words: deque[str] = deque(maxlen=20)
        self._heard_s = time.monotonic()
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C is for the controller, which needs samples until the job has ended
            )
        except OSError as error:
            raise SamplerError(f"the sampler cannot be started: {error}") from error
        self.pid = self._process.pid
        self._threads = [
            Thread(target=self._listen, args=(self._process.stdout,), name="sampler's answers", daemon=True),
            Thread(target=self._overhear, args=(self._process.stderr,), name="sampler's complaints", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def alive(self) -> bool:
        """Whether it runs and has said something lately."""
        return self._process.poll() is None and time.monotonic() - self._heard_s < SILENCE_S

    def ask(self, command: dict[str, Any], *, longer_s: float = 0.0) -> dict[str, Any]:
        """Send one command and wait for its answer.

        Parameters
        ----------
        command
            The command, to become a line of JSON.
        longer_s
            How much longer than usual the answer may take [s].

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        SamplerError
            If the process died, or does not answer; it is killed then.
        CollectError
            What the process raised, by its type.
        """
        assert self._process.stdin is not None  # it was asked for
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self.dead() from None
        waits_s = ANSWER_S + longer_s
        try:
            answer = self._answers.get(timeout=waits_s)
        except Empty:
            self._process.kill()  # an answer that came later would be taken for that of the next command
            raise SamplerError(
                f"the sampler gave no answer to {command['do']!r} for {waits_s:g} s and was killed: "
                f"its driver, or its disk, may hang"
            ) from None
        if answer is None:
            raise self.dead()
        if "error" in answer:
            raise getattr(errors, answer["error"])(answer["message"])
        content: dict[str, Any] = answer["answer"]
        return content

    def dead(self) -> SamplerError:
        """Say what became of it, in its own words if it left any."""
        with suppress(subprocess.TimeoutExpired):  # its pipes close a moment before it ends
            self._process.wait(1.0)
        code = self._process.poll()
        if code is None:
            silent_s = time.monotonic() - self._heard_s
            return SamplerError(f"the sampler has said nothing for {silent_s:.0f} s: its driver may hang")
        self._threads[1].join(1.0)
        words = "\n".join(self._words) or "it left no message"
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return SamplerError(f"the sampler {ended}: {words}")

    def stop(self) -> None:
        """End it, by the end of its stdin; kill it if it does not end."""
        if self._process.stdin is not None:
            with suppress(OSError):  # what was not flushed to a dead process
                self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # stuck in the driver: not even SIGKILL ends that
                self._process.wait(KILL_S)
        for thread in self._threads:
            thread.join(KILL_S)

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                if not line.endswith(b"\n"):
                    break  # the torn last line of a process that was killed
                message = json.loads(line)
                self._heard_s = time.monotonic()
                if "heartbeat" in message:
                    self.latest = message["heartbeat"]
                else:
                    self._answers.put(message)
        self._answers.put(None)

    def _overhear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._words.append(line.decode(errors="replace").rstrip())
