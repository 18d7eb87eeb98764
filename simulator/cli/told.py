"""What commands say that write files or change something: a sentence for people, an object for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["tell", "tell_files", "tell_next"]


def tell_files(files: Iterable[Path | str], *, as_json: bool, quiet: bool) -> None:
    """Print the files that a command wrote, a path a line.

    Parameters
    ----------
    files
        Their paths.
    as_json
        Whether a program reads it: ``{"file": ...}`` a line.
    quiet
        Whether people want no list; programs get it all the same.
    """
    for file in files:
        if as_json:
            click.echo(json.dumps({"file": str(file)}))
        elif not quiet:
            click.echo(file)


def tell(text: str, *, as_json: bool, **facts: Any) -> None:
    """Print what was done.

    Parameters
    ----------
    text
        For people.
    as_json
        Whether a program reads it.
    facts
        For programs: plain data.
    """
    click.echo(json.dumps(facts) if as_json else text)


def tell_next(command: str, *, as_json: bool = False, quiet: bool = False) -> None:
    """Print on stderr which command comes next, for people that want to know."""
    if not (as_json or quiet):
        click.echo(f"Next: {command}", err=True)
