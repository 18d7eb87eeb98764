"""A bar with an estimate, on stderr, for a person who waits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["portion", "progress"]


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """Offer a function to call with how much of ``total`` is done, and what is being done.

    Nothing is shown if ``quiet``, or if stderr is no terminal.

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

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console(err=True),
        transient=True,
        disable=quiet or not can_move(err=True),
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda done, what: bar.update(task, completed=done, description=what)


def portion(
    tell: Callable[[float, str], None], done: float, what: str, *, worth: float = 1
) -> Callable[[int, int], None]:
    """Turn "n of m" of what comes next into how much is done of all; what comes next is worth so much of it."""
    tell(done, what)
    return lambda n, of: tell(done + worth * n / of, what)
