"""The controller's end of the sampler: starts the process, tells it what to do, notices when it is dead or hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from simulator import errors
from simulator.collect.sampling.probe import Probe
from simulator.errors import CollectError, SamplerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import IO

__all__ = ["SILENCE_S", "Sampler"]

#: How long a sampler may say nothing before it counts as hung [s]; it says something every second.
SILENCE_S = 15.0

#: How long an answer may take [s]: the driver may take long to start where nothing keeps it loaded, a disk to write.
ANSWER_S = 60.0

#: How long the process may take to end [s], and to die when it is killed.
END_S, KILL_S = 10.0, 5.0


class Sampler:
    """A process that samples GPUs, seen from the controller; a context manager that starts and stops it.

    Parameters
    ----------
    uuids
        UUIDs of the job's GPUs; their order is that of ``gpu`` in the samples.
    period_ms
        Time between two samples [ms]; without it, it follows from `probe`, and is 53 ms before that.
    environment
        Variables to set for the process, besides those of this one.

    Notes
    -----
    It samples always: into files between `open` and `close`, else once a second for `latest`. It ends when its stdin
    is closed, so also when this process is killed.
    """

    def __init__(
        self, uuids: Sequence[str], *, period_ms: float | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._uuids = list(uuids)
        self._period_ms = period_ms
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[Thread] = []
        self._answers: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._words: deque[str] = deque(maxlen=20)
        self._latest: dict[str, Any] | None = None
        self._heard_s = 0.0

    def __enter__(self) -> Sampler:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id; None before `start` and after `stop`."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, and let it find the GPUs; after a `stop`, or if it died, it may be started again.

        Raises
        ------
        SamplerError
            If it cannot be started, or dies.
        GpuError
            If it finds no NVML, or not all of the GPUs.
        """
        self.stop()
        self._answers = SimpleQueue()
        self._words.clear()
        self._latest = None
        self._heard_s = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "simulator.collect.sampling"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is for the controller, which needs samples until the job has ended
            )
        except OSError as error:
            raise SamplerError(f"the sampler cannot be started: {error}") from error
        listeners = {self._listen: self._process.stdout, self._overhear: self._process.stderr}
        self._threads = [
            Thread(target=listener, args=(pipe, self._answers), daemon=True) for listener, pipe in listeners.items()
        ]
        for thread in self._threads:
            thread.start()
        try:
            self._ask({"do": "start", "uuids": self._uuids, "period_ms": self._period_ms})
        except CollectError:
            self.stop()
            raise

    def probe(self, seconds: float = 1.5) -> Probe:
        """Find out what the sensors are, and choose the period to sample with from the next `open` on.

        Parameters
        ----------
        seconds
            How long to read each GPU [s]. Files that are open are written meanwhile.

        Returns
        -------
        Probe
            What was found; where it is ``constant``, probe again while a job runs.
        """
        return Probe.from_json(self._ask({"do": "probe", "seconds": seconds}, seconds * len(self._uuids)))

    def open(self, directory: Path) -> list[str]:
        """Record from now on into new files of a directory.

        Parameters
        ----------
        directory
            A run's directory; it is made if it does not exist.

        Returns
        -------
        list of str
            The files, fast and slow: a second pair if the directory holds one already.

        Raises
        ------
        CollectError
            If they cannot be made.
        """
        files: list[str] = self._ask({"do": "open", "directory": str(directory)})["files"]
        return files

    def close(self) -> dict[str, Any]:
        """End the files; they are on the disk then.

        Returns
        -------
        dict
            ``rows`` and ``slow_rows``, deadlines ``missed``, ``period_ms`` at the end, and ``backed_off_ns``: when it
            became 53 ms because a GPU could not bear the pace, or None.

        Raises
        ------
        CollectError
            If not everything could be written, as on a full disk; what was written is whole.
        """
        return self._ask({"do": "close"})

    def latest(self) -> dict[str, Any] | None:
        """Hand out the last heartbeat; None before the first.

        Returns
        -------
        dict or None
            What `simulator.collect.sampling.loop.Loop.heartbeat` says, whether it is ``recording``, and as ``error``
            why it stopped recording, or None.
        """
        return self._latest

    def alive(self) -> bool:
        """Whether the process runs and has said something lately."""
        running = self._process is not None and self._process.poll() is None
        return running and time.monotonic() - self._heard_s < SILENCE_S

    def trouble(self) -> CollectError | None:
        """Say why sampling cannot go on: the process died or hangs, or the disk is full; None if all is well."""
        if not self.alive():
            return self._dead()
        error = (self._latest or {}).get("error")
        return None if error is None else CollectError(error)

    def stop(self) -> None:
        """End the process, kill it if it does not; files are whole in either case. A second time does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(OSError):  # what was not flushed to a dead process
                process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            with suppress(subprocess.TimeoutExpired):  # stuck in the driver: not even SIGKILL ends that
                process.wait(KILL_S)
        for thread in self._threads:
            thread.join(KILL_S)

    def _ask(self, command: dict[str, Any], longer_s: float = 0.0) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        process = self._process
        if process is None or process.stdin is None:
            raise SamplerError("the sampler does not run; call start() first")
        try:
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise self._dead() from None
        try:
            answer = self._answers.get(timeout=ANSWER_S + longer_s)
        except Empty:
            process.kill()  # an answer that came later would be taken for that of the next command
            waited_s = ANSWER_S + longer_s
            raise SamplerError(
                f"the sampler gave no answer to {command['do']!r} for {waited_s:g} s and was killed: "
                f"its driver, or its disk, may hang"
            ) from None
        if answer is None:
            raise self._dead()
        if "error" in answer:
            raise getattr(errors, answer["error"])(answer["message"])
        content: dict[str, Any] = answer["answer"]
        return content

    def _dead(self) -> SamplerError:
        """Say what became of the process, in its own words if it left any."""
        if self._process is None:
            return SamplerError("the sampler does not run; call start() first")
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

    def _listen(self, pipe: IO[bytes], answers: SimpleQueue[dict[str, Any] | None]) -> None:
        with pipe:
            for line in pipe:
                if not line.endswith(b"\n"):
                    break  # the torn last line of a process that was killed
                message = json.loads(line)
                self._heard_s = time.monotonic()
                if "heartbeat" in message:
                    self._latest = message["heartbeat"]
                else:
                    answers.put(message)
        answers.put(None)

    def _overhear(self, pipe: IO[bytes], _: object) -> None:
        with pipe:
            for line in pipe:
                self._words.append(line.decode(errors="replace").rstrip())
