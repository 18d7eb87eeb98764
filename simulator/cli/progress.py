"""A bar with an estimate, on stderr, for a person who waits."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Share", "portion", "progress", "sharing"]


@dataclass(frozen=True)
class Share:
    """What one command is of a longer wait, in any unit.

    Parameters
    ----------
    name
        What it is called.
    done
        How much was done before it.
    worth
        How much of the wait it is.
    of
        How much there is in all.
    quiet
        Whether to show nothing.
    """

    name: str
    done: float
    worth: float
    of: float
    quiet: bool = False


_SHARE: ContextVar[Share | None] = ContextVar("share", default=None)


@contextmanager
def sharing(share: Share) -> Iterator[None]:
    """Let bars of commands that run within show how far all is, and not how far they are."""
    token = _SHARE.set(share)
    try:
        yield
    finally:
        _SHARE.reset(token)


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """Offer a function to call with how much of ``total`` is done, and what is being done.

    Nothing is shown if ``quiet``, or if stderr is no terminal. Within `sharing`, the share says whether to be quiet,
    and what there is to do in all.

    Parameters
    ----------
    total
        How much there is to do.
    quiet
        Whether to show nothing.

    Yields
    ------
    callable
        Called with the amount done and a word.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from simulator.cli.terminal import can_move, console

    share = _SHARE.get() or Share("", 0.0, total, total, quiet)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console(err=True),
        transient=True,
        disable=share.quiet or not can_move(err=True),
    )
    with bar:
        # What was done before must not count as done at once, or the estimate is far too short.
        before: Any = share.done  # rich says int, and takes any number
        task = bar.add_task(share.name, total=share.of, completed=before)

        def tell(done: float, what: str) -> None:
            described = ": ".join(filter(None, (share.name, what)))
            bar.update(task, completed=share.done + share.worth * done / (total or 1), description=described)

        yield tell


def portion(
    tell: Callable[[float, str], None], done: float, what: str, *, worth: float = 1
) -> Callable[[int, int], None]:
    """Turn "n of m" of what comes next into how much is done of all; what comes next is worth so much of it."""
    tell(done, what)
    return lambda n, of: tell(done + worth * n / of, what)
