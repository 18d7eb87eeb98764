"""The sampling loop: reads every GPU at each deadline, gathers rows, hands them over once a second.

Deadlines are absolute, so that a late tick does not delay the next; a deadline that passed altogether is counted and
not made up, because a reading says how it is now and not how it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from simulator.collect.clock import wall_pair
from simulator.collect.sampling.health import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.nvml.device import FastReader, FastReading, SlowReading

__all__ = ["SAFE_PERIOD_NS", "SECOND_NS", "Gpu", "Loop", "Rows"]

SECOND_NS = 1_000_000_000

#: The period for counters of 100 ms [ns]. Every known GPU bears it: below 50 ms, counters of some read zero at times
#: (zeus, power.py). At 50 ms exactly, readings would keep step with the counter and always be as late as the first.
SAFE_PERIOD_NS = 53_000_000

#: Rows of one kind, in the order of the schema's columns.
Rows: TypeAlias = "list[tuple[Any, ...]]"


class Gpu(Protocol):
    """What a loop needs of a GPU; `simulator.collect.nvml.device.Device` is one."""

    @property
    def uuid(self) -> str:
        """The GPU's UUID."""
        ...

    @property
    def name(self) -> str:
        """What its maker calls it."""
        ...

    def fast_reader(self) -> FastReader:
        """Make what reads power and energy."""
        ...

    def read_slow(self) -> SlowReading:
        """Read everything else."""
        ...


class Loop:
    """Samples GPUs at fixed deadlines.

    Parameters
    ----------
    gpus
        The job's GPUs, in the job's order.
    clock
        Tells the time.
    period_ns
        Time between deadlines [ns]. A shorter period becomes 53 ms as soon as a GPU cannot bear it.
    write
        Called about once a second with the fast and the slow rows gathered since; without it, nothing is kept.
    revive
        Called once, five seconds after a GPU was lost; hands out all GPUs anew, or None if that did not help.
    """

    def __init__(
        self,
        gpus: Sequence[Gpu],
        *,
        clock: Clock,
        period_ns: int,
        write: Callable[[Rows, Rows], None] | None = None,
        revive: Callable[[], Sequence[Gpu] | None] | None = None,
    ) -> None:
        self.period_ns = period_ns
        self.next_ns = clock.monotonic_ns()
        self.ticks = 0
        self.missed = 0
        self.backed_off_ns: int | None = None
        self._clock = clock
        self._write = write
        self._revive = revive
        self._gpus = list(gpus)
        self._readers = [gpu.fast_reader() for gpu in gpus]
        self._health = [Health() for _ in gpus]
        self._tick = 0
        self._late_ns = 0
        self._slow_due_ns = [self.next_ns] * len(gpus)
        self._flush_ns = self.next_ns + SECOND_NS
        self._fast: Rows = []
        self._slow: Rows = []
        self._last_fast: list[FastReading | None] = [None] * len(gpus)
        self._last_slow: list[SlowReading | None] = [None] * len(gpus)

    @property
    def instant_is_mean(self) -> list[bool]:
        """Whether each GPU's instantaneous power is the mean of a second in truth."""
        return [reader.instant_is_mean for reader in self._readers]

    def run_until(self, mono_ns: int) -> None:
        """Sample until the monotonic clock shows ``mono_ns`` [ns]; a deadline at that moment is the next call's."""
        while self.next_ns < mono_ns:
            self._clock.sleep_until(self.next_ns)
            self.tick()
        self._clock.sleep_until(mono_ns)

    def tick(self) -> None:
        """Read every GPU, now; called at, or after, the deadline ``next_ns``.

        Raises
        ------
        CollectError
            What ``write`` raises, once a second at most.
        """
        late_ns = self._clock.monotonic_ns() - self.next_ns
        skipped = max(0, late_ns // self.period_ns)
        self.missed += skipped
        self._tick += skipped
        self.next_ns += skipped * self.period_ns
        self._late_ns = max(self._late_ns, late_ns)
        for place in range(len(self._gpus)):
            self._read_fast(place)
        self._read_slow()
        self._tick += 1
        self.ticks += 1
        self._tend()
        self.next_ns += self.period_ns
        if self.next_ns >= self._flush_ns:
            self.flush()

    def flush(self) -> None:
        """Hand over the rows gathered so far."""
        self._flush_ns = self.next_ns + SECOND_NS
        fast, slow, self._fast, self._slow = self._fast, self._slow, [], []
        if self._write is not None and (fast or slow):
            self._write(fast, slow)

    def heartbeat(self) -> dict[str, Any]:
        """Say how it goes, and what every GPU said last.

        Returns
        -------
        dict
            ``mono_ns``, ``period_ms``, ``ticks``, ``missed``, ``late_ms`` (the latest tick since the heartbeat before),
            ``backed_off_ns`` (when the period became 53 ms, or None) and ``gpus``: for each ``uuid``, whether it is
            ``lost``, and the columns of its last fast and slow sample, as far as there was one.
        """
        now_ns = self._clock.monotonic_ns()
        late_ns, self._late_ns = self._late_ns, 0
        gpus = []
        for gpu, health, fast, slow in zip(self._gpus, self._health, self._last_fast, self._last_slow, strict=True):
            last = (fast._asdict() if fast else {}) | (slow._asdict() if slow else {})
            gpus.append({"uuid": gpu.uuid, "lost": health.lost(now_ns), **last})
        return {
            "mono_ns": now_ns,
            "period_ms": self.period_ns / 1e6,
            "ticks": self.ticks,
            "missed": self.missed,
            "late_ms": late_ns / 1e6,
            "backed_off_ns": self.backed_off_ns,
            "gpus": gpus,
        }

    def _read_fast(self, place: int) -> None:
        before_ns = self._clock.monotonic_ns()
        reading = self._readers[place].read()
        after_ns = self._clock.monotonic_ns()
        self._fast.append((self._tick, place, before_ns, after_ns, *reading))
        self._last_fast[place] = reading
        self._health[place].judge(reading, after_ns)

    def _read_slow(self) -> None:
        """Read the slow values of GPUs whose second is over; spread over ticks, for some of these calls take long."""
        share = max(1, -(-len(self._gpus) * self.period_ns // SECOND_NS))
        due = sorted((due_ns, place) for place, due_ns in enumerate(self._slow_due_ns) if due_ns <= self.next_ns)
        for due_ns, place in due[:share]:
            mono_ns, wall_ns = wall_pair(self._clock)
            reading = self._gpus[place].read_slow()
            self._slow.append((mono_ns, wall_ns, place, *reading))
            self._last_slow[place] = reading
            self._slow_due_ns[place] = due_ns + SECOND_NS * ((self.next_ns - due_ns) // SECOND_NS + 1)

    def _tend(self) -> None:
        """Slow down for GPUs that cannot bear the pace; try once to get lost ones back."""
        now_ns = self._clock.monotonic_ns()
        if self.period_ns < SAFE_PERIOD_NS and any(health.overtaxed for health in self._health):
            self.period_ns = SAFE_PERIOD_NS
            self.backed_off_ns = now_ns
        wanted = [health.wants_revival(now_ns) for health in self._health]  # each counts as tried
        if self._revive is not None and any(wanted):
            gpus = self._revive()
            if gpus is not None:
                self._gpus = list(gpus)
                self._readers = [gpu.fast_reader() for gpu in gpus]
