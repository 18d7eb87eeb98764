"""How far a run is, and when it has shown enough: decided from events alone, one after the other.

What is decided depends on what was said and not on when it was read, so a run that is made again with the same seed
lasts as many epochs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.collect.protocol import epochs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.collect.plan import Plan, RunSpec
    from simulator.collect.protocol import Epoch, Event

__all__ = ["Goal", "Progress"]

#: Events after which a run may have shown enough.
_TELLING = frozenset({"epoch_start", "epoch_end", "eval_end", "run_end"})

#: A stretch of steps is measured from this many steps and this time on [ns], and lasts at least so long [ns].
WARM_STEPS, WARM_NS, LEAST_NS = 10, 5_000_000_000, 20_000_000_000


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
        self.ended = False
        self.from_output = False
        self._told: list[Event] = []
        self._steps: list[Event] = []
        self._last: int | None = None
        self._evaluates = False

    def __len__(self) -> int:
        return len(self._told) + len(self._steps)

    @property
    def epochs(self) -> list[Epoch]:
        """Epochs that are over, up to the one that was enough."""
        return [epoch for epoch in epochs_of(self._told) if self._last is None or epoch.number <= self._last]

    def stretch(self) -> tuple[int, int, int] | None:
        """Steps after the warm-up: when they began and ended [ns], and how many; None if there are none."""
        warm = 0
        start_ns = next((event.mono_ns for event in self._told if event.kind == "epoch_start"), None)
        for at, event in enumerate(self._steps):
            warm += event.whole("n") or 0
            if start_ns is not None and warm >= WARM_STEPS and event.mono_ns - start_ns >= WARM_NS:
                after = self._steps[at + 1 :]
                return (
                    (event.mono_ns, after[-1].mono_ns, sum(each.whole("n") or 0 for each in after)) if after else None
                )
        return None

    def step_times_s(self, start_ns: int, end_ns: int) -> list[float]:
        """Mean duration of a step between each two words about steps inside a window [s]."""
        inside = [event for event in self._steps if start_ns <= event.mono_ns <= end_ns]
        return [
            (later.mono_ns - earlier.mono_ns) / n / 1e9
            for earlier, later in zip(inside, inside[1:], strict=False)
            if (n := later.whole("n")) and earlier.data.get("epoch") == later.data.get("epoch")
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

    def _take(self, event: Event) -> None:
        self.from_output |= event.data.get("source") == "output"
        if event.kind == "hello":
            self.hello = self.hello or event
        elif event.kind == "steps":
            self._steps += [] if self.enough else [event]
            if self.goal.steps is not None and not self.enough:
                self._count_steps(self.goal.steps)
        else:
            self._told.append(event)
            self.ended |= event.kind == "run_end"
            self._evaluates |= event.kind == "eval_end"
            if event.kind in _TELLING and not self.enough:
                self._decide(event)

    def _count_steps(self, wanted: int) -> None:
        stretch = self.stretch()
        if stretch is not None and stretch[2] >= wanted and stretch[1] - stretch[0] >= LEAST_NS:
            self.enough = "steps"

    def _decide(self, event: Event) -> None:
        over = epochs_of(self._told)
        goal = self.goal
        for epoch in over:
            if goal.reached(epoch.metrics):
                self._conclude("target", epoch.number)
                return
        if over and event.kind == "epoch_end" and self._evaluates and not over[-1].evaluations:
            return  # its validation is still to come
        lasted_ns = window_ns(over[goal.warm_up :], train_only=goal.train_only)
        if goal.epochs is not None and goal.steps is None and len(over) >= goal.warm_up + goal.epochs:
            if lasted_ns >= goal.window_ns:
                self._conclude("window", over[-1].number)
                return
        if len(over) >= goal.most:
            self._conclude("epochs", goal.most)

    def _conclude(self, why: str, last: int) -> None:
        self.enough, self._last = why, last


def window_ns(epochs: Sequence[Epoch], *, train_only: bool) -> int:
    """Time that epochs lasted: together from the first start to the last end, or their training alone [ns]."""
    if not epochs:
        return 0
    if train_only:
        return sum((epoch.train_end_ns or epoch.end_ns) - epoch.start_ns for epoch in epochs)
    return epochs[-1].end_ns - epochs[0].start_ns
