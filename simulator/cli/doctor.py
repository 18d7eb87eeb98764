"""``simulator doctor``: what this machine can do."""

from __future__ import annotations

import json
import logging
import os
import shutil
import textwrap
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, quiet, verbose
from simulator.cli.terminal import can_move, coloured, on_terminal

if TYPE_CHECKING:
    from simulator.doctor import Finding

__all__ = ["doctor"]

_COLOURS = {"ok": "green", "missing": "yellow", "problem": "red"}

#: Room for a state, and for a name [characters].
_STATE, _NAME = 9, 16
_INDENT = 2 + _STATE + _NAME

#: Lines are not broken into shorter ones than this [characters].
_LEAST = 30


@click.command(
    short_help="Say what this machine can do.",
    epilog=examples(
        ("simulator doctor", "engines, cores, GPUs, Slurm, database, extras, traces, folders"),
        ("simulator doctor -v", "and what each line means"),
        ("simulator doctor -q", "only what is missing or broken"),
        ("simulator doctor --database postgresql://me@db/jobs", "and whether this database answers"),
        ("simulator doctor --json | jq 'select(.state == \"problem\")'", "for programs"),
    ),
)
@click.option(
    "--database",
    metavar="URL",
    envvar="SIMULATOR_SERVICE_DATABASE",
    show_envvar=True,
    help="The database, such as postgresql://user@host/name.",
)
@as_json
@quiet
@verbose
def doctor(*, database: str | None, as_json: bool, quiet: bool) -> None:
    """Look at this machine: what works, what is missing, what that means, and what to do about it.

    Nothing is changed, and nothing is waited for long. Missing means that something optional is not here. The exit code
    is 1 if something that should work is broken, else 0.
    """
    from simulator.doctor import examine

    counts: Counter[str] = Counter()
    topic = ""
    for finding in (*examine(database_url=database), _terminal()):
        counts[finding.state] += 1
        if as_json:
            click.echo(json.dumps(asdict(finding)))
        elif not (quiet and finding.state == "ok"):
            if finding.topic != topic:
                click.echo(click.style(finding.topic, bold=True), color=coloured())
                topic = finding.topic
            _say(finding)
    if not (as_json or quiet):
        click.echo(f"{counts['ok']} ok, {counts['missing']} missing, {counts['problem']} broken.")
    if counts["problem"]:
        click.get_current_context().exit(1)


def _say(finding: Finding) -> None:
    """Print a finding; what it means only if there is something to it, or if the user wants to hear all."""
    state = click.style(f"{finding.state:{_STATE}}", fg=_COLOURS[finding.state])
    name = f"{finding.name:{_NAME}}" if len(finding.name) < _NAME else f"{finding.name}  "
    all_of_it = logging.getLogger("simulator").isEnabledFor(logging.INFO)
    lines = _wrapped(finding.found)
    lines += _wrapped(finding.means) if all_of_it or finding.state != "ok" else []
    lines += [f"→ {finding.todo}"] if finding.todo else []
    click.echo(f"  {state}{name}" + f"\n{' ' * _INDENT}".join(lines), color=coloured())


def _wrapped(text: str) -> list[str]:
    """Break a text into lines that fit a terminal; a file or a pipe has room for any."""
    if not on_terminal():
        return [text] if text else []
    room = shutil.get_terminal_size().columns - _INDENT
    return textwrap.wrap(text, max(room, _LEAST), break_long_words=False, break_on_hyphens=False)


def _terminal() -> Finding:
    """Say what the terminal can show."""
    from simulator.doctor import Finding

    if not on_terminal():
        return Finding("terminal", "terminal", "ok", "none: stdout is a file or a pipe", "no colours, and no bars")
    said = [f"{shutil.get_terminal_size().columns} columns", "colours" if coloured() else "no colours"]
    said += [] if can_move(err=True) else ["no bars"]
    return Finding("terminal", os.environ.get("TERM", "terminal"), "ok", ", ".join(said))
