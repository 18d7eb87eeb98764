"""``simulator collect restore``: power limits that a killed collection left behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, verbose

if TYPE_CHECKING:
    from simulator.collect.limits import Restored

__all__ = ["restore"]

#: What happened, in words, by what the library calls it.
_WORDS = {
    "restored": "has its earlier limit of {limit} again; it was at {found}",
    "unchanged": "has its earlier limit of {limit} already",
    "rebooted": "lost all limits when the machine started again; nothing to give back",
    "in use": "is in use: {reason}",
    "elsewhere": "is not of this machine: {reason}",
    "failed": "could NOT be set back to {limit}: {reason}",
    "unreadable": "{reason}",
}


@click.command(
    short_help="Give back power limits after a crash.",
    epilog=examples(
        ("simulator collect restore", "after a collection and its guardian were killed together"),
        ("simulator collect restore --json", "a GPU a line: journal, outcome, uuid, limit_mw, found_mw, reason"),
    ),
)
@as_json
@verbose
@click.pass_context
def restore(ctx: click.Context, *, as_json: bool) -> None:
    """Give back the power limits and persistence modes that a killed collection left behind.

    A collection gives them back by itself, also when it is killed. Only where its guardian is killed too, for example
    by a batch system at the end of a job, a journal stays, and this command does what it says. Collections that still
    run are left alone. What cannot be given back stays in the journal, and the exit code is 2.
    """
    from simulator.collect.limits import restore as restored

    found = restored()
    for each in found:
        click.echo(json.dumps(_plain(each)) if as_json else _say(each))
    if not found and not as_json:
        click.echo("Nothing to give back: no collection left a power limit behind.")
    if not all(each.ok for each in found):
        ctx.exit(2)


def _plain(each: Restored) -> dict[str, str | int | None]:
    return {
        "journal": str(each.journal),
        "outcome": each.outcome,
        "uuid": each.uuid,
        "limit_mw": each.limit_mw,
        "found_mw": each.found_mw,
        "reason": each.reason,
    }


def _say(each: Restored) -> str:
    what = _WORDS[each.outcome].format(limit=_watts(each.limit_mw), found=_watts(each.found_mw), reason=each.reason)
    rest = "" if each.outcome != "failed" else f"; kept in {each.journal}"
    return f"{each.uuid} {what}{rest}" if each.uuid else f"{what}{rest}"


def _watts(limit_mw: int | None) -> str:
    return "an unknown limit" if limit_mw is None else f"{limit_mw / 1000:g} W"
