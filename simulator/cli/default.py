"""A group with a command that is meant where the first word is none of its commands."""

from __future__ import annotations

import os
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from simulator.cli.flags import behind_name, is_flag
from simulator.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DefaultCommand", "GroupWithDefault"]


class DefaultCommand(click.Command):
    """A command that a group takes for its default; its help lists the others, too."""

    group: click.Group

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options, and the commands that may stand in their place."""
        super().format_options(ctx, formatter)
        self.group.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Offer the other commands, too."""
        offered = super().shell_complete(ctx, incomplete)
        names = [name for name in self.group.commands if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self.group.commands[name].get_short_help_str()) for name in names]
        return [*commands, *offered]


class GroupWithDefault(click.Group):
    """Commands, and one that needs no name.

    Parameters
    ----------
    default
        The command that is meant where no other is named.
    commands
        The others.
    """

    def __init__(self, default: DefaultCommand, commands: Sequence[click.Command]) -> None:
        super().__init__(default.name, commands=list(commands), short_help=default.short_help)
        self.default = default
        default.group = self

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, those first that are used first."""
        return list(self.commands)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Take the words as they are if they name a command, and as those of the default otherwise."""
        args = behind_name(args, self.commands)
        if args and args[0] in self.commands:
            return super().make_context(info_name, args, parent, **extra)
        first = next(filterfalse(is_flag, args), "")
        if self._is_slip(first) and not extra.get("resilient_parsing"):
            raise NoSuchCommand(first, possibilities=self.commands, ctx=click.Context(self, parent, info_name))
        return self.default.make_context(info_name, args, parent, **extra)

    def _is_slip(self, word: str) -> bool:
        """Whether a word, which is none of the commands, was meant to be one rather than a word of the default."""
        if not word or word.startswith("-"):
            return False
        takes_words = any(isinstance(param, click.Argument) for param in self.default.params)
        return not takes_words or bool(
            "." not in word and nearest(word, self.commands) and not any(map(os.path.lexists, (word, f"{word}.py")))
        )
