"""Training runs that use the service over the network, misbehave, and note all that they were told.

Run as a program, one process is one client after another, until it is killed or its time is over. What it noted before
it was killed stays: each note is a line that one call has written.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

#: Sizes of the jobs here; runs with the first never reach the target.
SIZES, HOPELESS, DEFAULT = (8, 16, 32, 64), 8, 32
TARGET, EPOCHS = 0.5, 3
#: How long the trials of these jobs may be silent, and how long some are [s].
LEASE_S, SILENCE_S = 1.0, 1.4
#: What goes wrong on purpose, and how often.
MISHAPS = {"dropped request": 0.05, "dropped answer": 0.08, "silence": 0.04, "end": 0.04, "repeat": 0.15}
#: A client gives up on a request that had no answer for so long [s].
GIVES_UP_S = 60.0


class UnansweredError(ConnectionError):
    """No whole answer came back; whether the request was heard is unknown."""


class Wire:
    """One connection at a time, HTTP/1.1, opened again where it broke."""

    def __init__(self, url: str, timeout_s: float = 15.0) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, mishap: str = "") -> Any:
        """Send a request, read its answer: status and body.

        Raises
        ------
        UnansweredError
            If the connection broke, by itself or on purpose.
        """
        try:
            return self._ask(_request(method, path, body, key), mishap)
        except (OSError, ValueError) as error:
            self.close()
            raise UnansweredError(f"{method} {path}: {error!r}") from error

    def _ask(self, request: bytes, mishap: str) -> tuple[int, Any]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=self._timeout_s)
        if mishap == "dropped request":
            self._socket.sendall(request[: len(request) * 2 // 3])
            raise OSError("hung up in the middle of the request")
        self._socket.sendall(request)
        if mishap == "dropped answer":
            self._socket.recv(20) if len(request) % 2 else None
            raise OSError("hung up before the answer, or in the middle of it")
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._received()
        head, _, text = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(headers.get("content-length", 0))
        while len(text) < length:
            text += self._received()
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), json.loads(text) if text else None

    def _received(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise OSError("the server hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _request(method: str, path: str, body: Any, key: str | None) -> bytes:
    text = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(text)}"]
    lines += ["Content-Type: application/json"] if text else []
    lines += [f"Idempotency-Key: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + text


def spec(job_id: str, seed: int, **other: Any) -> dict[str, Any]:
    """Describe a job that these clients train."""
    return {
        "job_id": job_id,
        "batch_sizes": list(SIZES),
        "default_batch_size": DEFAULT,
        "beta": None,
        "target_metric": TARGET,
        "max_epochs": EPOCHS,
        "max_power_w": 300.0,
        "gpu": "a40",
        "seed": seed,
        "lease_s": LEASE_S,
        "max_failures": 1000,  # clients are killed so often here that any smaller number would prune all sizes
        **other,
    }


def outcome(job_id: str, number: int, batch_size: int) -> dict[str, float]:
    """Say what a trial uses up and comes to: the same whenever it is asked, with all bits of a number in use."""
    luck = random.Random(hashlib.sha256(f"{job_id} {number}".encode()).digest())
    time_s = 50.0 + 500.0 / batch_size + 20.0 * luck.random()  # so much that sizes are hard to tell apart
    return {
        "energy_j": time_s * (100.0 + batch_size) + luck.random(),
        "time_s": time_s,
        "metric": 0.25 if batch_size == HOPELESS else 0.75,
    }


class Client:
    """One training script after another; each note says what was asked, and what was answered."""

    def __init__(self, url: str, notes: Path, draws: random.Random, *, mishaps: dict[str, float] | None = None) -> None:
        self.draws = draws
        self.wire = Wire(url)
        self.mishaps = MISHAPS if mishaps is None else mishaps
        self._notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, **what: Any) -> None:
        """Write down a line, for good."""
        os.write(self._notes, json.dumps(what).encode() + b"\n")

    def close(self) -> None:
        """Hang up, and close the notes."""
        self.wire.close()
        os.close(self._notes)

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        """Ask until there is an answer that is no server's mishap; the first try may go wrong on purpose."""
        mishap = self._mishap("dropped request", "dropped answer")
        until = time.monotonic() + GIVES_UP_S
        while time.monotonic() < until:
            try:
                status, answer = self.wire.ask(method, path, body, key=key, mishap=mishap)
            except UnansweredError:
                time.sleep(self.draws.uniform(0.0, 0.1))
            else:
                if status < 500:
                    return status, answer
                self.note(op="5xx", status=status, path=path, answer=answer)
                time.sleep(self.draws.uniform(0.02, 0.2))
            mishap = ""
        raise UnansweredError(f"{method} {path} had no answer for {GIVES_UP_S} s")

    def _mishap(self, *kinds: str) -> str:
        for kind in kinds:
            if self.draws.random() < self.mishaps.get(kind, 0.0):
                return kind
        return ""

    def register(self, described: dict[str, Any]) -> None:
        """Register a job; others may have done so."""
        status, answer = self.ask("POST", "/v1/jobs", described)
        self.note(op="registered", job=described["job_id"], status=status)
        if status not in (200, 201):
            raise AssertionError(f"registration was answered {status}: {answer}")

    def train(self, job_id: str, *, legacy: bool = False) -> int:
        """Train once, from the batch size to the final report; returns the trial's number, 0 if there was none."""
        number, batch_size = self._dispatch_legacy(job_id) if legacy else self._dispatch(job_id)
        if not number:
            return 0
        if self._mishap("end"):
            self._end(job_id, number)
            return number
        result = outcome(job_id, number, batch_size)
        last = EPOCHS if batch_size == HOPELESS else self.draws.randrange(1, EPOCHS + 1)
        for epoch in range(1, last):
            part = {key: result[key] * epoch / (last + 1) for key in ("energy_j", "time_s")}
            self._report(job_id, number, batch_size, {**part, "metric": 0.25, "epoch": epoch}, legacy=legacy)
            if self._mishap("silence"):
                time.sleep(SILENCE_S)
        for _ in range(1 + bool(self._mishap("repeat"))):
            self._report(job_id, number, batch_size, {**result, "epoch": last}, legacy=legacy, final=True)
        return number

    def _dispatch(self, job_id: str) -> tuple[int, int]:
        key = str(UUID(int=self.draws.getrandbits(128)))
        self.note(op="asks", job=job_id, key=key)
        path = f"/v1/jobs/{quote(job_id, safe='')}/trials"
        status, answer = self.ask("POST", path, {}, key=key)
        if status not in (200, 201):
            self.note(op="refused", job=job_id, status=status, answer=answer)
            return 0, 0
        trial = answer["trial"]
        self.note(op="given", job=job_id, key=key, number=trial["number"], batch_size=trial["batch_size"])
        if self._mishap("repeat"):
            _, again = self.ask("POST", path, {}, key=key)
            again = again["trial"]
            self.note(op="given", job=job_id, key=key, number=again["number"], batch_size=again["batch_size"])
        return trial["number"], trial["batch_size"]

    def _dispatch_legacy(self, job_id: str) -> tuple[int, int]:
        self.note(op="asks", job=job_id, key=None)
        status, answer = self.ask("GET", f"/jobs/batch_size?job_id={quote(job_id, safe='')}")
        if status != 200:
            self.note(op="refused", job=job_id, status=status, answer=answer)
            return 0, 0
        self.note(op="given", job=job_id, key=None, number=answer["trial_number"], batch_size=answer["batch_size"])
        return answer["trial_number"], answer["batch_size"]

    def _report(self, job_id, number, batch_size, result, *, legacy, final=False) -> None:
        about = {"job": job_id, "number": number, "batch_size": batch_size, "result": result, "final": final}
        self.note(op="reports", **about)
        if legacy:
            body = {"job_id": job_id, "batch_size": batch_size, "trial_number": number, "metric": result["metric"]}
            body |= {"time": result["time_s"], "energy": result["energy_j"], "current_epoch": result["epoch"]}
            status, answer = self.ask("POST", "/report", body)
            stop, converged = (answer.get("stop_train"), answer.get("converged")) if status == 200 else (None, None)
        else:
            path = f"/v1/jobs/{quote(job_id, safe='')}/trials/{number}/report"
            status, answer = self.ask("POST", path, result)
            stop, converged = (answer.get("stop"), answer.get("converged")) if status == 200 else (None, None)
        said = {} if status == 200 else {"answer": answer}
        self.note(op="reported", **about, status=status, stop=stop, converged=converged, **said)

    def _end(self, job_id: str, number: int) -> None:
        status, _ = self.ask("POST", f"/v1/jobs/{quote(job_id, safe='')}/trials/{number}/end")
        self.note(op="ended", job=job_id, number=number, status=status)


def start(url: str, notes: Path, jobs: list[str], seed: float, *, for_s: float, legacy: bool = False) -> Any:
    """Start such clients in a process of their own."""
    words = {"url": url, "notes": str(notes), "jobs": jobs, "seed": seed, "for_s": for_s, "legacy": legacy}
    with notes.with_suffix(".stderr").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-S", __file__, json.dumps(words)], stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )


def main(words: dict[str, Any]) -> None:
    """Train until the time is over."""
    draws = random.Random(words["seed"])
    client = Client(words["url"], Path(words["notes"]), draws)
    until = time.monotonic() + words["for_s"]
    while time.monotonic() < until:
        with suppress(UnansweredError):
            client.train(draws.choice(words["jobs"]), legacy=words["legacy"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
