"""What is said to somebody who typed what a command does not take: what is wrong, what exists, where to read on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
from click.exceptions import NoSuchCommand

from simulator.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["message_of", "where_to_read"]


def message_of(error: click.UsageError) -> str:
    """Say what is wrong with the words of a command, and what there is instead.

    Parameters
    ----------
    error
        What click found.
    """
    if isinstance(error, NoSuchCommand):
        return _no_command(error)
    if isinstance(error, click.NoSuchOption):
        return f"no option {error.option_name}{nearest(error.option_name, _options(error.ctx))}"
    if isinstance(error, click.MissingParameter):
        return _missing(error)
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    if isinstance(error, click.BadOptionUsage):
        return _bad_use(error)
    if extra := re.match(r"Got unexpected extra arguments? \((.*)\)", error.format_message()):
        return f"{extra[1]}: more words than `{_usage(error.ctx)}` takes"
    return _small(error.format_message())


def where_to_read(ctx: click.Context | None) -> str:
    """Name the command that explains what can be typed; empty where nobody knows which one was meant."""
    if ctx is None or ctx.command.get_help_option(ctx) is None:
        return ""
    return f"`{ctx.command_path} --help` says more"


def _no_command(error: NoSuchCommand) -> str:
    command = error.ctx.command if error.ctx else None
    known = list(command.commands) if isinstance(command, click.Group) else []
    return f"no command {error.command_name!r}; there are {', '.join(known)}{nearest(error.command_name, known)}"


def _missing(error: click.MissingParameter) -> str:
    param = error.param
    if not isinstance(param, click.Option):
        return f"missing argument {param.make_metavar(error.ctx) if param and error.ctx else ''}".rstrip()
    message = f"missing option {max(param.opts, key=len)}"
    return f"{message}: {_small(param.help)}" if param.help else message


def _bad_value(error: click.BadParameter) -> str:
    message = _small(error.message)
    param = error.param
    if param is None:
        return message
    name = max(param.opts, key=len) if isinstance(param, click.Option) else (param.name or "").upper()
    if isinstance(param.type, click.Choice) and (wrong := re.match(r"'(.*)' is not one of", error.message)):
        known = [str(choice) for choice in param.type.choices]
        message = f"{wrong[1]!r} is not one of {', '.join(known)}{nearest(wrong[1], known)}"
    elif match := re.fullmatch(r"('.*') is not a valid (integer|float)( range)?\.?", message):
        message = f"{match[1]} is no {'whole ' if match[2] == 'integer' else ''}number"
    return f"{name}: {message.rstrip('.')}"


def _bad_use(error: click.BadOptionUsage) -> str:
    ctx = error.ctx
    for param in ctx.command.params if ctx else ():
        if isinstance(param, click.Option) and error.option_name in param.opts and ctx and not param.is_flag:
            explained = f": {_small(param.help)}" if param.help else ""
            return f"{error.option_name} needs a value, {param.make_metavar(ctx)}{explained}"
    return _small(error.format_message()).rstrip(".")


def _options(ctx: click.Context | None) -> Iterable[str]:
    if ctx is None:
        return []
    return [name for param in ctx.command.get_params(ctx) if isinstance(param, click.Option) for name in _names(param)]


def _names(param: click.Option) -> list[str]:
    return [] if param.hidden else [*param.opts, *param.secondary_opts]


def _usage(ctx: click.Context | None) -> str:
    if ctx is None:
        return "this command"
    return f"{ctx.command_path} {' '.join(ctx.command.collect_usage_pieces(ctx))}"


def _small(sentence: str) -> str:
    """Begin a sentence in the middle of another: its first letter small, unless it is a name."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence
