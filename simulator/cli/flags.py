"""Flags that every command knows, which may stand before its name as well: ``simulator -q replay``."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Anything = TypeVar("Anything", bound=Callable[..., Any])

__all__ = ["Section", "behind_name", "early_flags", "is_flag"]

_FLAG = re.compile(r"-[qv]+|--(quiet|verbose|json)")

#: What a group says of flags that are its commands'.
_EXPLAINED = {
    ("--json",): "JSON lines on stdout, for programs; as the flag of a command.",
    ("-q", "--quiet"): "No progress bar, no list of files, no hints; likewise.",
}

#: What a command that shows nothing on the way needs not to be told.
_NEEDLESS = ("-q", "--quiet")


def is_flag(word: str) -> bool:
    """Whether a word is a flag that may stand before a command.

    Examples
    --------
    >>> is_flag("-qv"), is_flag("--json"), is_flag("--seeds")
    (True, True, False)
    """
    return _FLAG.fullmatch(word) is not None


def behind_name(words: Sequence[str], commands: Mapping[str, click.Command]) -> list[str]:
    """Move flags from before a command's name to behind it.

    Parameters
    ----------
    words
        What the user typed.
    commands
        The commands that there are, by name.

    Returns
    -------
    list of str
        The same words, unless flags are followed by the name of a command. ``--quiet`` gets lost where a command has
        nothing that it could leave out.
    """
    flags = list(takewhile(is_flag, words))
    if not flags or len(flags) == len(words) or words[len(flags)] not in commands:
        return list(words)
    name, *rest = words[len(flags) :]
    return [name, *_taken(commands[name], _single(flags)), *rest]


def _single(flags: Sequence[str]) -> list[str]:
    """Part flags that were written as one: ``-qv``."""
    return [part for flag in flags for part in ([flag] if flag.startswith("--") else [f"-{x}" for x in flag[1:]])]


def _taken(command: click.Command, flags: Sequence[str]) -> list[str]:
    if isinstance(command, click.Group):
        return list(flags)
    known = {word for option in command.params for word in option.opts}
    return [flag for flag in flags if flag in known or flag not in _NEEDLESS]


def early_flags(group: Anything) -> Anything:
    """Let a group's help say which flags its commands take; each command takes them itself, see `behind_name`."""
    for words, what in _EXPLAINED.items():
        group = click.option(*words, is_flag=True, expose_value=False, help=what)(group)
    return group


class Section(click.Group):
    """Commands before whose names flags may stand, listed in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, those first that are used first."""
        return list(self.commands)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Take the words, with the flags where the command looks for them."""
        return super().make_context(info_name, behind_name(args, self.commands), parent, **extra)
