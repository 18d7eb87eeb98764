"""The sampler: a process that reads the GPUs, told what to do by JSON lines on stdin.

===========================================  ==========================================================================
``{"do": "start", "uuids", "period_ms"}``     initialise NVML and find the GPUs; answers their ``names``
``{"do": "probe", "seconds"}``               find out what the sensors are; answers a `Probe`
``{"do": "open", "directory"}``              record into new files there; answers their names as ``files``
``{"do": "close"}``                          end the files; answers ``rows``, ``slow_rows``, ``missed``, ``period_ms``
===========================================  ==========================================================================

An answer is ``{"answer": …}`` or ``{"error": name of the error, "message": …}``; once a second there is a
``{"heartbeat": …}``. The end of stdin ends the process, and its files are whole then. So it cannot outlive the one who
started it, however that ends.
"""

from __future__ import annotations

import gc
import logging
import os
import platform
import signal
import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.collect.clock import SystemClock, wall_pair
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling.loop import SAFE_PERIOD_NS, SECOND_NS, Loop
from simulator.collect.sampling.pipes import Pipes
from simulator.collect.sampling.probe import probe
from simulator.collect.sampling.recorder import Recorder
from simulator.errors import CollectError, SamplerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.collect.nvml import Device
    from simulator.collect.sampling.probe import Probe

__all__ = ["Service", "main"]

LOG = logging.getLogger("simulator.collect")


class Service:
    """Carries out commands, and samples meanwhile: at the chosen period into files, or once a second for heartbeats.

    Parameters
    ----------
    pipes
        Where commands come from and answers go to.
    """

    def __init__(self, pipes: Pipes) -> None:
        self.ended = False
        self._pipes = pipes
        self._clock = SystemClock()
        self._nvml = ExitStack()
        self._parent = os.getppid()
        self._gpus: Sequence[Device] = ()
        self._uuids: list[str] = []
        self._period_ms: float | None = None
        self._probe: Probe | None = None
        self._recorder: Recorder | None = None
        self._failure: CollectError | None = None
        self._loop = self._new_loop(SECOND_NS)
        self._beat_ns = self._clock.monotonic_ns()

    def run(self) -> None:
        """Serve until stdin ends, the parent is gone, or `stop` is called; files are whole afterwards."""
        while not (self.ended or self._pipes.closed):
            for command in self._pipes.receive(self._loop.next_ns):
                self._obey(command)
            self._keep_up()
        try:
            if self._recorder is not None:
                self._end_recording(self._recorder)
        except CollectError as error:
            LOG.warning("%s", error)
        finally:
            self._nvml.close()

    def stop(self) -> None:
        """Ask `run` to return soon; a signal handler may call it."""
        self.ended = True

    def _keep_up(self) -> None:
        """Sample if the deadline has come, and tell how it goes once a second."""
        self._pipes.push()
        if self._clock.monotonic_ns() < self._loop.next_ns:
            return
        try:
            self._loop.tick()
        except CollectError as error:  # the disk is full: sampling goes on, for the heartbeats
            self._failure = error
            self._recorder = None
            self._loop = self._new_loop(SECOND_NS)
        if self._loop.next_ns >= self._beat_ns:
            self._beat_ns = self._loop.next_ns + SECOND_NS
            self._pipes.mention({"heartbeat": self._heartbeat()})
            self.ended = self.ended or os.getppid() != self._parent

    def _heartbeat(self) -> dict[str, Any]:
        error = None if self._failure is None else str(self._failure)
        return {**self._loop.heartbeat(), "recording": self._recorder is not None, "error": error}

    def _obey(self, command: dict[str, Any]) -> None:
        commands: dict[str, Callable[..., dict[str, Any]]] = {
            "start": self._start,
            "probe": self._find_periods,
            "open": self._open,
            "close": self._close,
        }
        try:
            answer = commands[command.pop("do")](**command)
        except CollectError as error:
            self._pipes.send({"error": type(error).__name__, "message": str(error)})
        else:
            self._pipes.send({"answer": answer})

    def _start(self, uuids: list[str], period_ms: float | None) -> dict[str, Any]:
        self._nvml.enter_context(nvml())
        self._uuids = uuids
        self._gpus = find_gpus(uuids, allow_shared_sensor=True)  # whoever started this has decided
        self._period_ms = period_ms
        self._loop = self._new_loop(SECOND_NS)
        return {"names": [gpu.name for gpu in self._gpus]}

    def _find_periods(self, seconds: float) -> dict[str, Any]:
        self._probe = probe(
            self._gpus, clock=self._clock, seconds=seconds, period_ms=self._period_ms, between=self._keep_up
        )
        return self._probe.to_json()

    def _open(self, directory: str) -> dict[str, Any]:
        if self._recorder is not None:
            raise SamplerError(f"the sampler already records into {self._recorder.files[0]}; close that first")
        period_ns = self._period_ns()
        mono_ns, wall_ns = wall_pair(self._clock)
        metadata = {
            "uuids": self._uuids,
            "names": [gpu.name for gpu in self._gpus],
            "period_ns": period_ns,
            "probe": None if self._probe is None else self._probe.to_json(),
            "instant_is_mean": self._loop.instant_is_mean,
            "mono_ns": mono_ns,
            "wall_ns": wall_ns,
            "host": platform.node(),
            "simulator": version("trace-simulator"),
        }
        self._failure = None
        self._recorder = Recorder(Path(directory), metadata)
        self._loop = self._new_loop(period_ns, self._recorder)
        return {"files": [str(path) for path in self._recorder.files]}

    def _close(self) -> dict[str, Any]:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._recorder is None:
            raise SamplerError("the sampler records nothing that could be closed; open a directory first")
        return self._end_recording(self._recorder)

    def _end_recording(self, recorder: Recorder) -> dict[str, Any]:
        loop, self._loop, self._recorder = self._loop, self._new_loop(SECOND_NS), None
        loop.flush()
        counts = recorder.close()
        return {
            **counts,
            "missed": loop.missed,
            "period_ms": loop.period_ns / 1e6,
            "backed_off_ns": loop.backed_off_ns,
        }

    def _period_ns(self) -> int:
        if self._period_ms is not None:
            return round(self._period_ms * 1e6)
        return SAFE_PERIOD_NS if self._probe is None else round(self._probe.period_ms * 1e6)

    def _new_loop(self, period_ns: int, recorder: Recorder | None = None) -> Loop:
        write = None if recorder is None else recorder.write
        return Loop(self._gpus, clock=self._clock, period_ns=period_ns, write=write, revive=self._revive)

    def _revive(self) -> Sequence[Device] | None:
        """Initialise NVML anew: it may find a GPU again that was lost. The others need new handles, too."""
        self._nvml.close()
        try:
            self._nvml.enter_context(nvml())
        except CollectError as error:
            LOG.warning("NVML cannot be initialised anew: %s", error)
            return None
        self._gpus = [self._found_again(gpu) for gpu in self._gpus]
        return self._gpus

    def _found_again(self, gpu: Device) -> Device:
        try:
            return find_gpus([gpu.uuid], allow_shared_sensor=True)[0]
        except CollectError as error:
            LOG.warning("%s is still lost after NVML was initialised anew: %s", gpu.uuid, error)
            return gpu  # its readings go on to say that it is lost


def main() -> None:
    """Sample until stdin ends or SIGTERM comes."""
    service = Service(Pipes())
    # Ctrl-C goes to everybody in the terminal; the one who started this decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: service.stop())
    sys.setswitchinterval(0.0005)  # the thread that writes shall not delay a tick by the usual 5 ms
    gc.freeze()  # what is loaded now stays: a full collection would look at all of it, and delay a tick
    service.run()
