"""A process that runs one chunk after another; forked, never started anew.

A thread reads what the driver sends, so that the next chunk is here before this one is done. Which chunk may begin is
said by a second pipe, the claims: the driver writes the number of each chunk into it and the worker takes one out when
it is free; so the driver can take a number back, and then surely nobody begins that chunk.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, NoReturn

from simulator.explore.executors.pool.wire import BEGUN, CHUNK, CLAIM_BYTES, LOST, REPORT, UNREADABLE, Frames, frame
from simulator.explore.work.failure import full_of, line_of
from simulator.explore.work.run import run_chunk
from simulator.explore.work.travel import learn, unpacked

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from simulator.explore.chunk import Report

__all__ = ["work"]


def work(connection: socket.socket, claims: int, folder: Path) -> NoReturn:
    """Run chunks until the driver is gone.

    Parameters
    ----------
    connection
        To the driver; blocks.
    claims
        File descriptor of the pipe of claims; does not block, because it is the driver's as well.
    folder
        The sweep's folder.
    """
    # Ctrl-C is for the driver. Children of cells are not to inherit this, which they would from SIG_IGN.
    signal.signal(signal.SIGINT, lambda *_: None)
    frames: SimpleQueue[tuple[int, bytes, bytes]] = SimpleQueue()
    threading.Thread(target=_read, args=(connection, frames), name="driver", daemon=True).start()
    while True:
        number = _claim(claims)
        setups = []
        while (got := frames.get())[:2] != (number, CHUNK):
            if got[1] != CHUNK:  # other chunks were taken back
                setups.append(got[2])
        connection.sendall(frame(number, BEGUN, str(os.getpid()).encode()))
        _run(connection, number, setups, got[2], folder)


def _read(connection: socket.socket, frames: SimpleQueue[tuple[int, bytes, bytes]]) -> NoReturn:
    """Take in what the driver sends; without a driver there is nothing to live for."""
    incoming = Frames()
    try:
        while data := connection.recv(1 << 18):
            for got in incoming.fed(data):
                frames.put(got)
    finally:
        os._exit(0)


def _claim(claims: int) -> int:
    """Wait for the number of a chunk that may begin, and take it."""
    poll = select.poll()
    poll.register(claims, select.POLLIN)
    while True:
        poll.poll()
        try:
            number = os.read(claims, CLAIM_BYTES)
        except BlockingIOError:  # the driver was quicker
            continue
        if not number:
            os._exit(0)
        return int.from_bytes(number)


def _run(connection: socket.socket, number: int, setups: list[bytes], packed: bytes, folder: Path) -> None:
    def tell(report: Report) -> None:
        if report.kind != "started":  # said already, before anything was read
            connection.sendall(frame(number, REPORT, pickle.dumps(report)))

    try:
        for setup in setups:
            path, classes = pickle.loads(setup)  # noqa: S301  # comes from our own driver
            sys.path[:] = path
            learn(classes)
        chunk = unpacked(packed)
    except BaseException as error:  # unpickling runs a user's code
        connection.sendall(frame(number, UNREADABLE, pickle.dumps((line_of(error), full_of(error)))))
        return
    try:
        run_chunk(chunk, folder, tell, own_process=True, passes=lambda _: False)
    except Exception as error:  # what cells raise is an outcome; this is the disk, say
        what = "its results could not be written" if isinstance(error, OSError) else "it broke outside of its cells"
        connection.sendall(frame(number, LOST, f"{what}: {line_of(error)}".encode()))
        os._exit(1)  # whatever a cell did to this process, the next chunk begins in another
