"""``simulator collect watch``: what GPUs do right now."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.collect.words import gpus_option
from simulator.cli.options import POSITIVE, as_json, examples, verbose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.collect.live import View

__all__ = ["watch"]


@click.command(
    short_help="Watch GPUs, and a collection.",
    epilog=examples(
        ("simulator collect watch", "power, limit, clocks, heat, processes, once a second"),
        ("simulator collect watch a100", "the GPUs of the collection in a100, and how far it is"),
        ("simulator collect watch --once --json", "one line for a program"),
    ),
)
@click.argument("out", type=click.Path(path_type=Path), required=False, metavar="[OUT]")
@gpus_option
@click.option("--seconds", type=POSITIVE, metavar="S", show_default="until Ctrl-C", help="How long to watch [s].")
@click.option("--once", is_flag=True, help="Look once, and end.")
@as_json
@verbose
def watch(*, out: Path | None, gpus: list[int | str] | None, seconds: float | None, once: bool, as_json: bool) -> None:
    """Watch power, limits, clocks, temperature and processes of GPUs, and how far the collection in OUT is.

    Nothing is set. Energy counts from the moment that watching began. Ctrl-C ends it.
    """
    from simulator.collect.live import CourseReader, gpus_of
    from simulator.collect.live import watch as views
    from simulator.collect.nvml import find_gpus, nvml

    if once and seconds is not None:
        raise click.UsageError("--once looks once, --seconds again and again; name one of them")
    course = None if out is None else CourseReader(out)
    wanted = gpus if gpus is not None or out is None else list(gpus_of(out))
    with ExitStack() as stack:
        devices = []
        if wanted is None or wanted:  # a collection that records times only needs no GPU
            stack.enter_context(nvml())
            devices = find_gpus(wanted, allow_shared_sensor=True)
        with suppress(KeyboardInterrupt):  # the usual end
            _show(views(devices, seconds=0 if once else seconds, course=course), as_json=as_json)


def _show(views: Iterable[View], *, as_json: bool) -> None:
    """Show one view after the other: in one place on a terminal, else one below the other."""
    if as_json:
        for view in views:
            click.echo(json.dumps(view.to_json()))
        return
    from rich.live import Live

    from simulator.cli.collect.look import as_text
    from simulator.cli.terminal import can_move, console

    if not can_move():
        for view in views:
            click.echo(f"{as_text(view).plain}\n")
        return
    with Live(console=console(), auto_refresh=False) as live:
        for view in views:
            live.update(as_text(view), refresh=True)
