"""What a training script says of itself while it is collected: when epochs begin and end, and what was measured.

Outside a collection (``SIMULATOR_EVENTS`` is not set) every function does nothing, so the calls may stay in a script.
This file needs nothing but Python, and nothing else of this package: whoever wants no dependency copies it.

::

    from simulator.collect import events

    batch_size, learning_rate = events.batch_size(64), events.learning_rate(0.01)
    for epoch in events.epochs(60):
        train(...)
        events.eval_start()
        events.eval_end(accuracy=validate(...))

A line per event is appended to the file by one ``write(2)`` of less than 4 KiB, so processes and threads never tear
each other's lines (on a local disk; NFS promises no such thing). Of several ranks only the first speaks; the others
say that they are there. Before a boundary the GPU is waited for, if torch, jax or cupy use one already: work that is
still queued belongs to the epoch that queued it. Names follow MLPerf's mllog where it has one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import platform
import struct
import sys
import threading
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "BOUNDARIES",
    "KINDS",
    "VERSION",
    "Stop",
    "active",
    "agreed",
    "batch_size",
    "epoch_end",
    "epoch_start",
    "epochs",
    "eval_end",
    "eval_start",
    "hello",
    "learning_rate",
    "max_epochs",
    "note",
    "run_end",
    "run_start",
    "seed",
    "send",
    "slice_number",
    "steps",
    "stop_requested",
    "synchronize",
    "target",
    "train_end",
]

#: Version of the protocol, in every line.
VERSION = 1
#: Moments that energy and time are measured between: the GPU is waited for.
BOUNDARIES = ("run_start", "epoch_start", "train_end", "eval_start", "eval_end", "epoch_end", "run_end")
#: All kinds of events.
KINDS = ("hello", *BOUNDARIES, "steps", "note")

#: What each line begins with.
_HEAD = ("v", "k", "mono_ns", "wall_ns", "pid", "rank")
#: A line is shorter than this [bytes]: the least that POSIX lets a file system write at once, for pipes, and a page.
_LINE_BYTES = 4096
#: Steps are told at most this often [ns].
_STEPS_NS = 1_000_000_000
#: Where launchers say which rank a process has, most telling first.
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK")
#: Frameworks whose versions are worth a word, if a script has imported them.
_FRAMEWORKS = ("torch", "jax", "cupy", "tensorflow", "keras", "transformers", "lightning", "pytorch_lightning", "numpy")

_T = TypeVar("_T", int, float)
_log = logging.getLogger("simulator.collect")


class Stop(SystemExit):
    """The collection wants no further epoch. A script that does not catch it ends as if it were done, with code 0."""

    def __init__(self) -> None:
        super().__init__(0)


class _Process:
    """What this process has open and counted. A forked child begins anew: it must not wait for its parent's lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.path: str | None = None
        self.file = -1
        self.torn = False
        self.epoch: int | None = None
        self.open = False
        self.steps = self.samples = self.untold = 0
        self.told_ns = 0
        self.reached = False

    def greets(self, path: str) -> bool:
        """Whether this is the first word to this file, which is opened."""
        with self.lock:
            if path == self.path:
                return False
            self.path, self.file = path, -1
            try:
                self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            except OSError as error:
                _log.warning("events are lost, and training goes on: %s", error)
            return True

    def write(self, line: bytes) -> None:
        """Append a line at once. Measuring must not end the training that it measures: a full disk is only logged."""
        if self.file < 0:
            return
        line = b"\n" + line if self.torn else line  # what is left of a line that did not fit stands alone
        try:
            self.torn = os.write(self.file, line) < len(line)
        except OSError as error:
            _log.warning("an event is lost, and training goes on: %s", error)


_process = _Process()


def _begin_anew() -> None:
    global _process  # noqa: PLW0603  a fork copies it, whatever state its lock is in
    _process = _Process()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def active() -> bool:
    """Whether a collection listens."""
    return bool(os.environ.get("SIMULATOR_EVENTS"))


def batch_size(default: int) -> int:
    """Batch size that the collection asks for, or the default outside a collection."""
    return _asked("BATCH_SIZE", int, default)


def learning_rate(default: float) -> float:
    """Learning rate that the collection asks for, or the default."""
    return _asked("LR", float, default)


def seed(default: int) -> int:
    """Random seed that the collection asks for, or the default."""
    return _asked("SEED", int, default)


def max_epochs(default: int) -> int:
    """Most epochs that the collection asks for, or the default."""
    return _asked("MAX_EPOCHS", int, default)


def target(default: float) -> float:
    """Value of the validation metric that counts as trained, or the default."""
    return _asked("TARGET", float, default)


def slice_number(default: int) -> int:
    """Slice of a drifting dataset that the collection asks for, or the default."""
    return _asked("SLICE", int, default)


def _asked(name: str, kind: Callable[[str], _T], default: _T) -> _T:
    text = os.environ.get("SIMULATOR_" + name)
    return kind(text) if text else default


def hello(framework: str | None = None, **facts: Any) -> None:
    """Say who trains: framework, versions, devices, world size, and any facts that are worth keeping.

    Sent by itself before anything else; may be repeated.
    """
    told = {"run_id": os.environ.get("SIMULATOR_RUN_ID"), "framework": framework, "python": platform.python_version()}
    versions = {name: getattr(sys.modules[name], "__version__", "") for name in _FRAMEWORKS if name in sys.modules}
    world = os.environ.get("WORLD_SIZE") or os.environ.get("SLURM_NTASKS")
    size = int(world) if world and world.isdecimal() else None
    send("hello", **{**told, "versions": versions, "devices": _devices(), "world_size": size, **facts})


def run_start() -> None:
    """Training begins; loading and compiling are over."""
    send("run_start")


def epoch_start(epoch: int, *, may_stop: bool = True) -> None:
    """Begin an epoch.

    Parameters
    ----------
    epoch
        Its number. Readers count on their own, so it may begin at 0 or 1.
    may_stop
        Whether this may end the script. A framework that is asked to stop in its own way says False.

    Raises
    ------
    Stop
        If the collection wants no further epoch.
    """
    if may_stop and stop_requested():
        run_end("stopped")
        raise Stop
    _process.epoch, _process.open = epoch, True
    _process.steps = _process.samples = _process.untold = 0
    send("epoch_start", epoch=epoch)
    _process.told_ns = time.monotonic_ns()


def steps(n: int = 1, *, samples: int = 0) -> None:
    """Count steps that were done since the last call, and the samples in them.

    Told at most once a second, and not waited for, so it may be called after each.
    """
    if not active():
        return
    now = time.monotonic_ns()
    with _process.lock:
        _process.steps += n
        _process.samples += samples
        _process.untold += n
        if now - _process.told_ns < _STEPS_NS:
            return
        untold, _process.untold, _process.told_ns = _process.untold, 0, now
    send("steps", n=untold, epoch=_process.epoch)


def _tell_rest() -> None:
    """Tell the steps that were not told yet, once they are really made: no later word may count them."""
    with _process.lock:
        untold, _process.untold = _process.untold, 0
    if untold and active():
        synchronize()
        send("steps", n=untold, epoch=_process.epoch)


def train_end(epoch: int | None = None, *, steps: int | None = None, samples: int | None = None) -> None:
    """End the training part of an epoch: of the one that is open, with what was counted, as far as left out."""
    _tell_rest()
    counted = {"steps": steps or _process.steps or None, "samples": samples or _process.samples or None}
    send("train_end", epoch=_epoch(epoch), **counted)


def eval_start(epoch: int | None = None) -> None:
    """Begin to validate."""
    _tell_rest()
    send("eval_start", epoch=_epoch(epoch))


def eval_end(epoch: int | None = None, metrics: Mapping[str, Any] | None = None, **named: Any) -> None:
    """End validation, and say what it found.

    Parameters
    ----------
    epoch
        Number of the epoch; the one that is open if left out.
    metrics, **named
        Metrics by name. Numbers, also those of numpy, torch and jax; NaN and infinities are kept. A number that came
        out of float32 is taken as the shortest decimal that it stands for: 0.95, not 0.949999988079071.
    """
    send("eval_end", epoch=_epoch(epoch), **_told({**(metrics or {}), **named}))


def epoch_end(epoch: int | None = None, metrics: Mapping[str, Any] | None = None, **named: Any) -> None:
    """End an epoch, with metrics if they were not told by then. Nothing, if it has ended already."""
    if _process.open:
        epoch, _process.open = _epoch(epoch), False
        send("epoch_end", epoch=epoch, **_told({**(metrics or {}), **named}))


def note(text: str, /, **facts: Any) -> None:
    """Leave a word for whoever reads the log."""
    send("note", text=text, **facts)


def run_end(status: str = "done") -> None:
    """Training is over: "done", "stopped" by the collection, or whatever happened."""
    _process.open = False
    send("run_end", status=status)


def stop_requested() -> bool:
    """Whether the collection wants no further epoch: it says so, or the metric that it waits for was told."""
    path = os.environ.get("SIMULATOR_STOP")
    return _process.reached or bool(path and Path(path).exists())


def epochs(n: int) -> Iterator[int]:
    """Count epochs from 1, and tell when each begins and ends; the loop ends early when the collection has enough.

    With ``torch.distributed`` every rank must run this loop: they agree before each epoch whether there is one.

    Parameters
    ----------
    n
        Number of epochs; the collection may ask for another number.

    Yields
    ------
    int
        Number of the epoch.
    """
    status = "left"  # by break, return or an exception
    run_start()
    try:
        for epoch in range(1, max_epochs(n) + 1):
            if agreed(stop_requested()):
                status = "stopped"
                return
            epoch_start(epoch, may_stop=False)
            yield epoch
            epoch_end(epoch)
        status = "done"
    finally:
        run_end(status)


def agreed(stop: bool) -> bool:
    """Have the first rank of ``torch.distributed`` decide for all; every rank must ask. Alone, one decides alone.

    One rank that stops while the others go on would leave them waiting for its gradients.
    """
    distributed = _distributed()
    if not active() or distributed is None or distributed.get_world_size() == 1:
        return stop
    decision = [stop]
    distributed.broadcast_object_list(decision, src=0)
    return decision[0]


def send(kind: str, /, **fields: Any) -> None:
    """Send one event of any of the `KINDS`; the functions above do it in a script, frameworks' callbacks call this.

    Fields are what JSON can say. None is left out; what makes the line too long is cut, and said.
    """
    path = os.environ.get("SIMULATOR_EVENTS")
    if not path:
        return
    if _process.greets(path) and kind != "hello":
        hello()
    rank = _rank()
    if rank and kind != "hello":
        return
    if kind in BOUNDARIES:
        synchronize()
    head = dict(zip(_HEAD, (VERSION, kind, time.monotonic_ns(), time.time_ns(), os.getpid(), rank), strict=True))
    told = {name: _plain(value) for name, value in fields.items() if value is not None and name not in head}
    _process.write(_fit({**head, **told}) + b"\n")


def _epoch(epoch: int | None) -> int | None:
    return _process.epoch if epoch is None and _process.open else epoch


def _told(metrics: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Put metrics as JSON can say them, and see whether one is what the collection waits for."""
    told: dict[str, dict[str, Any]] = {"metrics": {}, "not_finite": {}, "not_numbers": {}}
    if not active():
        return {}
    wanted, value, rises = _wanted()
    named = [(_text(name), metric) for name, metric in metrics.items()]
    for name, metric in sorted(named, key=lambda pair: pair[0] != wanted):  # a line that is cut keeps this one
        number = _number(metric)
        if number is None:
            told["not_numbers"][name] = _text(metric)[:100]
        elif math.isfinite(number):
            told["metrics"][name] = number
            _process.reached |= name == wanted and (number >= value if rises else number <= value)
        else:
            told["metrics"][name] = None
            told["not_finite"][name] = str(number)
    return {name: values or None for name, values in told.items()}


def _wanted() -> tuple[str, float, bool]:
    """Read the metric to stop at, its value, and whether it rises, out of ``accuracy>=0.95`` or ``loss<=0.1``."""
    text = os.environ.get("SIMULATOR_STOP_AT", "")
    for sign in (">=", "<="):
        name, found, value = text.rpartition(sign)
        if found:
            return name.strip(), float(value), sign == ">="
    return "", 0.0, True


def _number(value: Any) -> float | None:
    """Turn a number of any make into one of Python's, as short as it was in float32; None if it is none."""
    with contextlib.suppress(Exception):  # whatever it is, it must not end training
        value = value.item() if hasattr(value, "item") else value
        number = math.nan if isinstance(value, str) else float(value)
        for digits in (6, 7, 8, 9) if math.isfinite(number) and not number.is_integer() else ():
            short = float(f"{number:.{digits}g}")
            if struct.unpack("f", struct.pack("f", short))[0] == number:
                return short
        return None if isinstance(value, str) else number
    return None


def _fit(record: dict[str, Any]) -> bytes:
    """Write a line that is short enough: fewer and fewer items of each field, and of fields, and the line says so."""
    line, most = _json(record), _LINE_BYTES
    note = f"the line had {len(line)} bytes; {_LINE_BYTES - 1} fit"
    while len(line) >= _LINE_BYTES:
        most //= 2
        fields = islice(record.items(), len(_HEAD) + most)
        line = _json({**{name: _first(value, most) for name, value in fields}, "cut": note})
    return line


def _first(value: Any, most: int) -> Any:
    if isinstance(value, dict):
        return dict(islice(value.items(), most))
    return value[:most] if isinstance(value, (str, list, tuple)) else value


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_other).encode()


def _other(value: Any) -> Any:
    """Put what JSON does not know: the number in it, else text."""
    with contextlib.suppress(Exception):
        return value.item()
    return _text(value)


def _plain(value: Any) -> Any:
    """Leave what JSON can say as it is; the rest as text."""
    with contextlib.suppress(Exception):
        _json(value)
        return value
    return _text(value)


def _text(value: Any) -> str:
    with contextlib.suppress(Exception):
        return str(value)
    return f"<{type(value).__name__}>"


def _distributed() -> Any:
    """Torch's distributed package if the script uses it, or None."""
    distributed: Any = sys.modules.get("torch.distributed")
    with contextlib.suppress(AttributeError):  # there is none, or it is being imported
        if distributed.is_available() and distributed.is_initialized():
            return distributed
    return None


def _rank() -> int:
    """Which of several processes this is; 0 is the one that speaks."""
    distributed = _distributed()
    if distributed is not None:
        return int(distributed.get_rank())
    for name in _RANKS:
        text = os.environ.get(name, "")
        if text.isdecimal():
            return int(text)
    return 0


def _devices() -> list[str] | None:
    """UUIDs of the GPUs that torch sees, if it uses any."""
    torch: Any = sys.modules.get("torch")
    with contextlib.suppress(Exception):
        if torch.cuda.is_initialized():
            return [f"GPU-{torch.cuda.get_device_properties(i).uuid}" for i in range(torch.cuda.device_count())]
    return None


def synchronize() -> None:
    """Wait for what was queued on GPUs, where a framework has begun to use one; start none."""
    torch, jax, cupy = (sys.modules.get(name) for name in ("torch", "jax", "cupy"))
    with contextlib.suppress(Exception):  # a GPU that fails says so to the training itself
        if torch is not None and torch.cuda.is_initialized():
            for i in range(torch.cuda.device_count()):
                if i == torch.cuda.current_device() or torch.cuda.memory_reserved(i):
                    torch.cuda.synchronize(i)
    with contextlib.suppress(Exception):
        if jax is not None and sys.modules["jax._src.xla_bridge"].backends_are_initialized():
            jax.block_until_ready(jax.live_arrays())
    with contextlib.suppress(Exception):
        if cupy is not None and cupy.get_default_memory_pool().total_bytes():
            cupy.cuda.Device().synchronize()
