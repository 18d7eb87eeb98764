"""How far a run is, and when it has shown enough: decided from events alone, one after the other.

What is decided depends on what was said and not on when it was read, so a run that is made again with the same seed
lasts as many epochs. Epochs may last milliseconds, and there may be tens of thousands: an epoch that is over is looked
at once.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.collect.protocol import epochs_of, settled_epochs
from simulator.collect.run.steps import LEAST_NS, Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.collect.plan import Plan, RunSpec
    from simulator.collect.protocol import Epoch, Event
    from simulator.collect.run.steps import Stretch

__all__ = ["Goal", "Progress"]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a run is to show.

    Parameters
    ----------
    metric, target, higher_is_better
        It is enough once this metric has reached this target; None: that does not matter.
    warm_up, epochs, window_ns
        It is enough once so many epochs after the warm-up have lasted so long; None: that does not matter.
    train_only
        Whether the time of an epoch is that of its training.
    steps
        It is enough once so many steps after the warm-up were made; None: epochs count.
    most
        Epochs after which it is enough in any case.
    """

    most: int
    metric: str = ""
    target: float | None = None
    higher_is_better: bool = True
    warm_up: int = 0
    epochs: int | None = None
    window_ns: int = 0
    train_only: bool = False
    steps: int | None = None

    @classmethod
    def of(cls, plan: Plan, spec: RunSpec) -> Goal:
        """Read the goal of a run out of its plan."""
        measure = plan.measure
        if spec.kind == "power":
            return cls(
                most=spec.epochs,
                warm_up=measure.warm_up_epochs,
                epochs=measure.epochs,
                window_ns=round(measure.min_window_s * 1e9),
                train_only=measure.window == "train",
                steps=measure.steps,
            )
        return cls(
            most=spec.epochs,
            metric=plan.metric,
            target=plan.stop_target,
            higher_is_better=plan.job.higher_is_better,
            warm_up=measure.warm_up_epochs,
        )

    def reached(self, metrics: dict[str, float]) -> bool:
        """Whether metrics pass the target; what is not finite passes nothing."""
        value = metrics.get(self.metric, math.nan)
        if self.target is None or not math.isfinite(value):
            return False
        return value >= self.target if self.higher_is_better else value <= self.target


class Progress:
    """What a run has shown so far.

    Parameters
    ----------
    goal
        What it is to show.
    """

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        #: Why it is enough: ``"target"``, ``"window"``, ``"steps"`` or ``"epochs"``; empty while it is not.
        self.enough = ""
        self.hello: Event | None = None
        self.from_output = False
        self._steps = Steps()
        self._over: list[Epoch] = []
        self._told: list[Event] = []  # of the last epoch that is over, and since
        self._judged = self._judged_ns = 0
        self._last: int | None = None
        self._ended = self._evaluates = False

    @property
    def silent(self) -> bool:
        """Whether not a word was said about training."""
        return not (self._steps or self._over or self._told)

    @property
    def unknown(self) -> int:
        """How many epochs nobody knows the length of: the first, if its start was not told."""
        first = next(iter(self._over or self._open()), None)
        return int(first is not None and not first.start_known)

    @property
    def warm_up(self) -> int:
        """How many epochs are no part of a window."""
        return max(self.goal.warm_up, self.unknown)

    @property
    def epochs(self) -> list[Epoch]:
        """Epochs that are over, up to the one that was enough."""
        return [epoch for epoch in self._over + self._open() if self._last is None or epoch.number <= self._last]

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._ended = True
        self._decide()

    def stretch(self) -> Stretch | None:
        """Find the steps after the warm-up; None if there are none."""
        return self._steps.stretch()

    def step_times_s(self, start_ns: int, end_ns: int) -> list[float]:
        """Mean duration of a step between each two words about steps inside a window [s].

        Without such words, the mean over the training of each epoch inside whose number of steps was told.
        """
        told = self._steps.times_s(start_ns, end_ns)
        if told:
            return told
        first, last = (bisect_left(self._over, edge, key=lambda epoch: epoch.start_ns) for edge in (start_ns, end_ns))
        return [
            (epoch.train_end_ns - epoch.start_ns) / epoch.steps / 1e9
            for epoch in [*self._over[first:last], *self._open()]
            if epoch.steps and epoch.train_end_ns and start_ns <= epoch.start_ns < epoch.train_end_ns <= end_ns
        ]

    def take(self, events: Iterable[Event], *, offset_ns: int = 0) -> None:
        """Take in what was said, in order; once it is enough, only what belongs to the epochs that count.

        Parameters
        ----------
        events
            Events of all ranks; those of the first rank count.
        offset_ns
            What to take off their times [ns].
        """
        for event in events:
            if event.rank == 0:
                self._take(replace(event, mono_ns=event.mono_ns - offset_ns) if offset_ns else event)
        self._decide()

    def _take(self, event: Event) -> None:
        self.from_output |= event.data.get("source") == "output"
        if event.kind == "hello":
            self.hello = self.hello or event
            return
        if not self.enough:
            self._steps.take(event)
        if event.kind not in ("steps", "note"):
            self._told.append(event)
            self._ended |= event.kind == "run_end"
            self._evaluates |= event.kind == "eval_end"
            if event.kind == "epoch_start" and len({each.pid for each in self._told}) == 1:
                over, self._told = settled_epochs(self._told)
                self._over += self._numbered(over)

    def _open(self) -> list[Epoch]:
        """Epochs among the last words; those may still get their validation."""
        return self._numbered(epochs_of(self._told, over=self._ended))

    def _numbered(self, epochs: list[Epoch]) -> list[Epoch]:
        return [replace(epoch, number=len(self._over) + epoch.number) for epoch in epochs]

    def _decide(self) -> None:
        if self.enough:
            return
        if self.goal.steps is not None:
            stretch = self.stretch()
            if stretch is not None and stretch.steps >= self.goal.steps and stretch.time_ns >= LEAST_NS:
                self.enough = "steps"
            return
        for epoch in self._over[self._judged :]:
            if self._is_enough(epoch, self._judged_ns):
                return
            self._judged += 1
            self._judged_ns += self._counted_ns(epoch)
        before_ns = self._judged_ns
        for epoch in (opened := self._open()):
            last = epoch is opened[-1]  # nobody waits for the validation of one before another that is over
            if (last and self._awaits_validation(epoch)) or self._is_enough(epoch, before_ns):
                return
            before_ns += self._counted_ns(epoch)

    def _awaits_validation(self, epoch: Epoch) -> bool:
        """Whether the validation of an epoch is still to come: others had theirs, and no further epoch began."""
        if not self._evaluates or epoch.evaluations or self._ended:
            return False
        return not any(event.kind == "epoch_start" and event.mono_ns > epoch.start_ns for event in self._told)

    def _is_enough(self, epoch: Epoch, before_ns: int) -> bool:
        """Judge an epoch; those before it lasted so long."""
        goal, measured = self.goal, epoch.number - self.warm_up
        if goal.reached(epoch.metrics):
            self.enough = "target"
        elif (
            goal.epochs is not None
            and measured >= goal.epochs
            and before_ns + self._counted_ns(epoch) >= goal.window_ns
        ):
            self.enough = "window"
        elif epoch.number >= goal.most:
            self.enough = "epochs"
        self._last = epoch.number if self.enough else None
        return bool(self.enough)

    def _counted_ns(self, epoch: Epoch) -> int:
        """Tell what an epoch adds to the window [ns]."""
        if epoch.number <= self.warm_up:
            return 0
        ended_ns = epoch.train_end_ns if self.goal.train_only else None
        return (ended_ns or epoch.end_ns) - epoch.start_ns
