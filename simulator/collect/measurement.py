"""Energy and time of a block of code, on this machine's GPUs: for a notebook, or a function under study."""

from __future__ import annotations

import logging
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import psutil

from simulator.collect.energy import INVALID, Meter, notes
from simulator.collect.events import synchronize
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling import Sampler, read_samples
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from simulator.collect.energy import Window

__all__ = ["Measurement", "measure"]

_LOG = logging.getLogger("simulator.collect")

#: Sampled before the block and after it [s]: what power was on the other side of an edge tells where the edge fell.
AROUND_S = 1.0

#: How often is looked which processes the block has started [s]: they are the block's own also once they have ended.
LOOK_S = 0.25


class Measurement:
    """What a block came to; `measure` fills it in when the block is over.

    Parameters
    ----------
    gpus
        Names of the GPUs that are measured, in the order of ``gpu`` in the samples.
    """

    def __init__(self, gpus: Sequence[str]) -> None:
        self.gpus = tuple(gpus)
        self._window: Window | None = None
        self._time_s: float | None = None
        self._why = "the block is not over yet; read the measurement after the with statement"
        self._flags: tuple[str, ...] = ()
        self._samples: pd.DataFrame | None = None

    @property
    def window(self) -> Window:
        """Energy, edges and cross-checks, in all and for each GPU; `CollectError` while the block runs."""
        if self._window is None:
            raise CollectError(self._why)
        return self._window

    @property
    def energy_j(self) -> float | None:
        """Energy of all GPUs [J], idle power included; None if it is unknown."""
        return self.window.energy_j

    @property
    def uncertainty_j(self) -> float | None:
        """Half the width of the interval that holds the energy in nearly all cases [J]."""
        return self.window.uncertainty_j

    @property
    def time_s(self) -> float:
        """Time that the block took [s]; it is known also if sampling broke off."""
        return self.window.time_s if self._time_s is None else self._time_s

    @property
    def average_power_w(self) -> float | None:
        """Mean power of all GPUs together [W]; None if the energy is unknown."""
        return self.window.average_power_w

    @property
    def flags(self) -> tuple[str, ...]:
        """What stands against the numbers: names out of `simulator.collect.FLAGS`, sorted."""
        return self._flags if self.window else ()

    @property
    def valid(self) -> bool:
        """Whether the energy is known and may be used."""
        return self.window.valid and not INVALID.intersection(self._flags)

    @property
    def samples(self) -> pd.DataFrame:
        """The fast samples, from 1 s before the block to 1 s after it; see `read_samples`."""
        if self._samples is None:
            raise CollectError(self._why)
        return self._samples

    def __repr__(self) -> str:
        """Say it in one line."""
        on = ", ".join(self.gpus)
        if self._window is None:
            return f"<measuring {on}>" if self._time_s is None else f"<energy unknown, {self._time_s:.3f} s on {on}>"
        against = f", {', '.join(self.flags)}" if self.flags else ""
        if self.energy_j is None:
            return f"<energy unknown, {self.time_s:.3f} s on {on}{against}>"
        return (
            f"<{self.energy_j:.1f} ± {self.uncertainty_j:.1f} J, {self.time_s:.3f} s, "
            f"{self.average_power_w:.1f} W on {on}{against}>"
        )

    def _end(self, start_ns: int, end_ns: int) -> None:
        self._time_s = (end_ns - start_ns) / 1e9
        self._why = "sampling broke off, so nothing is known of this block but its time"

    def _finish(self, start_ns: int, end_ns: int, folder: Path, pids: set[int]) -> None:
        self._samples = read_samples(folder)
        window = Meter(self._samples, update_period_s=[None] * len(self.gpus)).window(start_ns, end_ns)
        slow = read_samples(folder, "slow")
        self._flags = tuple(sorted({*window.flags, *notes(slow, start_ns, end_ns, job_pids=pids)}))
        self._window = window


@contextmanager
def measure(
    gpus: int | str | Sequence[int | str] | None = None,
    *,
    period_ms: float | None = None,
    allow_shared_sensor: bool = False,
    folder: str | Path | None = None,
) -> Iterator[Measurement]:
    """Measure the energy and time of a block.

    A process of its own samples the GPUs, for 1 s before the block and 1 s after it as well. Work that torch, jax or
    cupy have queued is waited for at both edges. Idle power is part of what is measured. No setting is changed.

    Parameters
    ----------
    gpus
        Index of NVML, UUID, or several. None means those in ``CUDA_VISIBLE_DEVICES``, or all where that is not set.
    period_ms
        Time between two samples [ms]; without it 53 ms.
    allow_shared_sensor
        Whether GPUs will do whose sensors measure more than the block, as under MIG.
    folder
        Where to keep the samples, which must not hold any yet; without it they are kept in memory only.

    Yields
    ------
    Measurement
        Filled in when the block is over, also if it raised.

    Raises
    ------
    NvmlMissingError
        If this machine has no NVML or no GPU.
    GpuError
        If a GPU was not found or does not answer.
    CollectError
        If sampling broke off, unless the block itself raised: that error is the one that comes through. If the folder
        holds samples already.

    Notes
    -----
    Method, uncertainty and flags are those of `simulator.collect.energy.Meter`. Blocks below a second are flagged
    ``short`` or ``uncertain``, since energy counters update about every 100 ms: repeat what is to be measured.

    Examples
    --------
    >>> with measure() as measured:  # doctest: +SKIP
    ...     train_one_epoch()
    >>> measured  # doctest: +SKIP
    <1234.5 ± 1.9 J, 5.021 s, 245.9 W on NVIDIA A100-SXM4-40GB>
    """
    with nvml():
        devices = find_gpus(gpus, allow_shared_sensor=allow_shared_sensor)
    measurement = Measurement([device.name for device in devices])
    resolved = None if folder is None else _unused(Path(folder).resolve())
    with ExitStack() as stack:
        kept = resolved or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sampler = stack.enter_context(Sampler([device.uuid for device in devices], period_ms=period_ms))
        sampler.open(kept)
        family = stack.enter_context(_Family())
        time.sleep(AROUND_S)
        synchronize()
        start_ns = time.monotonic_ns()
        try:
            yield measurement
        except BaseException:
            with _said_only():
                _close(measurement, sampler, family, start_ns, kept)
            raise
        _close(measurement, sampler, family, start_ns, kept)


def _close(measurement: Measurement, sampler: Sampler, family: _Family, start_ns: int, kept: Path) -> None:
    """End the block, and fill in what it came to."""
    synchronize()
    end_ns = time.monotonic_ns()
    measurement._end(start_ns, end_ns)
    family.look()
    time.sleep(AROUND_S)
    sampler.close()
    measurement._finish(start_ns, end_ns, kept, family.pids)


@contextmanager
def _said_only() -> Iterator[None]:
    """Log what goes wrong with sampling: the error of the block is the one to tell."""
    try:
        yield
    except (CollectError, OSError) as error:
        _LOG.warning("the block raised, and its energy is unknown: %s", error)


def _unused(folder: Path) -> Path:
    """Refuse a folder with samples: those of two blocks would be taken for one."""
    there = sorted(file.name for file in folder.glob("*.arrows"))
    if there:
        raise CollectError(f"{folder} holds samples already ({', '.join(there)}); give each block a folder of its own")
    return folder


class _Family:
    """The processes whose work is the block's: this one and all children that it ever has meanwhile.

    Attributes
    ----------
    pids
        Those seen so far.
    """

    def __init__(self) -> None:
        self.pids: set[int] = set()
        self._ended = Event()
        self._thread = Thread(target=self._watch, name="processes of the block", daemon=True)

    def __enter__(self) -> _Family:
        self.look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Add the processes of this moment."""
        this = psutil.Process()
        self.pids |= {this.pid, *(child.pid for child in this.children(recursive=True))}

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            self.look()
