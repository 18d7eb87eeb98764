"""How every command ends: its exit code, and what it says when something is in its way.

`EXIT_CODES` says what each code means; docs/reference/exit-codes.md says which command ends with which, and when.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from contextlib import contextmanager
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import NoArgsIsHelpError

from simulator.cli.characters import write_similar
from simulator.cli.flags import Section, is_flag
from simulator.cli.misuse import message_of, where_to_read
from simulator.cli.signals import INTERRUPTED, TERMINATED, ended_by, signals
from simulator.cli.terminal import coloured
from simulator.errors import NvmlMissingError, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["EXIT_CODES", "Program"]

#: What the exit codes mean.
EXIT_CODES = {
    0: "done",
    1: "done, but not all of it came out well",
    2: "not done: wrong words, bad input, or nowhere to write",
    3: "not done: a GPU is needed, and there is none",
    INTERRUPTED: "interrupted, by Ctrl-C",
    TERMINATED: "told to end, by SIGTERM",
}

#: Where a context keeps that of the command that the user asked for.
_INVOKED = f"{__name__}.invoked"

_logger = logging.getLogger("simulator")


class Refused(click.ClickException):
    """Bad input, said in one message."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message on stderr."""
        _say_error(self.message)


class Misused(click.UsageError):
    """Words that a command does not take, said as all that is refused."""

    def show(self, file: Any = None) -> None:
        """Print the message on stderr, and where to read what can be typed."""
        _say_error(self.message)
        if where := where_to_read(self.ctx):
            click.echo(where, err=True)


class NoGpu(Refused):
    """What was asked for needs a GPU."""

    exit_code = 3


class Program(Section):
    """The outermost command: what goes wrong in any other ends here."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the program, on whatever kind of terminal."""
        write_similar()
        return super().main(*args, **options)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Take the words; of wrong ones say so as of all else."""
        with _in_one_voice():
            return super().make_context(info_name, args, parent, **extra)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the command that words mean, and remember it: its options are what messages may name."""
        name, command, rest = super().resolve_command(ctx, args)
        ctx.meta[_INVOKED] = _innermost(ctx, command, rest)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn what it raises into a message and an exit code."""
        with _logs_on_stderr(), signals(), _in_one_voice(ctx):
            try:
                result = super().invoke(ctx)
                sys.stdout.flush()  # here, a reader that has gone away is still click's business: a quiet end
            except KeyboardInterrupt:
                click.echo("interrupted; the files that were written are whole", err=True)
                ctx.exit(INTERRUPTED)
            except BrokenPipeError:
                raise
            except (SimulatorError, OSError) as error:
                if _logger.isEnabledFor(logging.INFO):
                    traceback.print_exc()
                refused = NoGpu if isinstance(error, NvmlMissingError) else Refused
                raise refused(_said(error, _options(ctx.meta[_INVOKED].command))) from error
            except Exception as error:  # whatever a library made of a signal; all else goes on as it came
                if code := ended_by(error):
                    ctx.exit(code)
                raise
            return result


@contextmanager
def _in_one_voice(ctx: click.Context | None = None) -> Iterator[None]:
    """Say what click refuses as our own refusals are said; but who types no command at all gets the help.

    Parameters
    ----------
    ctx
        The program's context, which knows what was asked for where click does not say.
    """
    try:
        yield
    except (NoArgsIsHelpError, Misused):
        raise
    except click.UsageError as error:
        if error.ctx is None and ctx is not None:
            error.ctx = ctx.meta.get(_INVOKED)
        raise Misused(message_of(error), error.ctx) from error


def _say_error(message: str) -> None:
    word = click.style("error:", fg="red", bold=True) if coloured(err=True) else "error:"
    click.echo(f"{word} {message}", err=True, color=coloured(err=True))


def _said(error: Exception, options: Mapping[str, str]) -> str:
    """Say what went wrong in the words of a command's options, and what it can do without a GPU."""
    message = _in_options(_message(error), options)
    if isinstance(error, NvmlMissingError) and "no_gpu" in options:
        message += f"; {options['no_gpu']} records times only"
    return re.sub(r"(?<=')\?; ([a-z])", lambda match: f"? {match[1].upper()}", message)


def _message(error: Exception) -> str:
    """Say what went wrong; of the operating system's errors without their number."""
    if isinstance(error, OSError) and not isinstance(error, SimulatorError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _innermost(ctx: click.Context, command: click.Command | None, words: Sequence[str]) -> click.Context:
    """Follow words from group to group, down to a command; a group may have one that needs no word."""
    if command is not None:
        ctx = click.Context(command, parent=ctx, info_name=command.name)
    for word in filterfalse(is_flag, words):
        if not isinstance(ctx.command, click.Group):
            break
        if (found := ctx.command.commands.get(word)) is None:
            break
        ctx = click.Context(found, parent=ctx, info_name=word)
    if (default := getattr(ctx.command, "default", None)) is not None:
        ctx = click.Context(default, parent=ctx.parent, info_name=default.name)
    return ctx


def _options(command: click.Command) -> dict[str, str]:
    """All options of a command, by the names that their values have in Python."""
    return {item.name or "": max(item.opts, key=len) for item in command.params if isinstance(item, click.Option)}


def _in_options(message: str, options: Mapping[str, str]) -> str:
    """Turn the names of Python's arguments, in a message of the library, into those of options."""
    names = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    if not names:
        return message

    def given(match: re.Match[str]) -> str:  # name=value, name=..., or name= before a gap
        return options[match[1]] + ("" if match[2] is not None else " ")

    def named(match: re.Match[str]) -> str:  # name, or name and name, or name is value and name
        return re.sub(rf"\b({names})\b", lambda name: options[name[1]], match[0])

    message = re.sub(rf"Job\(\.\.\., ((?:{names})=)\.\.\.\)", r"\1", message)
    message = re.sub(rf"(?<![\w.:,-])({names})=(\.\.\.|(?=[\s,;)]|$))?", given, message)
    message = re.sub(
        rf"(?:^|(?<=raise ))({names})\b((?: is \S+)?(?:, | and | or )({names})\b)*(?! [\w']+:)", named, message
    )
    return re.sub(r"\bmax_bytes\b", "max_bytes in Python", message)


@contextmanager
def _logs_on_stderr() -> Iterator[None]:
    """Show what the package logs, warnings and worse unless ``--verbose`` says more."""
    handler = _Echo()
    _logger.addHandler(handler)
    try:
        yield
    finally:
        _logger.removeHandler(handler)
        _logger.setLevel(logging.NOTSET)


class _Echo(logging.Handler):
    """Writes to whatever stderr is at the time, which a progress bar may have taken over."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        click.echo(f"{record.levelname.lower()}: {record.getMessage()}", err=True)
