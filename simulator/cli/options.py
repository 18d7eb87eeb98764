"""Options that several commands share, and the words that they take."""

from __future__ import annotations

import functools
import logging
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Anything = TypeVar("Anything", bound=Callable[..., Any] | click.Command)

__all__ = [
    "GPU",
    "NUMBER",
    "POSITIVE",
    "as_json",
    "batch_sizes_option",
    "examples",
    "gpu_option",
    "groups_path",
    "lower_is_better_option",
    "out_path_option",
    "power_limits_option",
    "quiet",
    "seeds",
    "traces_option",
    "usual_gpu",
    "verbose",
    "where_argument",
    "where_option",
    "whole_numbers",
]

#: The GPU that is meant where nobody says, if the traces have it.
GPU = "v100"

#: More replays than anybody waits for: rather a slip of the keyboard.
_MOST_SEEDS = 1_000_000


class _Finite(click.types.FloatParamType):
    """A number that is neither infinite nor NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or refuse it by the name of its option."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


class _FiniteRange(_Finite, click.FloatRange):
    """Such a number within bounds."""


NUMBER = _Finite()
POSITIVE = _FiniteRange(min=0, min_open=True)


def seeds(text: str) -> list[int]:
    """Read seeds, each once and in their order: ``0:100`` (from 0 to 99), ``0,1,2``, or ``5`` (the one seed).

    Raises
    ------
    click.BadParameter
        If they are none, or too many.
    """
    found: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?::(\d+))?\s*", part)
        if not match:
            raise click.BadParameter(f"{part!r} is no seed; write 0:100 (0 to 99), 0,1,2 or 5")
        first = int(match[1])
        last = first + 1 if match[2] is None else int(match[2])
        if not 0 < last - first <= _MOST_SEEDS:
            raise click.BadParameter(
                f"{part!r} are {max(last - first, 0)} seeds; 0:3 stands for 0, 1, 2, and {_MOST_SEEDS} is the most"
            )
        found |= dict.fromkeys(range(first, last))
    return list(found)


def _hear(ctx: click.Context, param: click.Parameter, count: int) -> None:
    if count:
        logging.getLogger("simulator").setLevel(logging.INFO if count == 1 else logging.DEBUG)


verbose = click.option(
    "-v",
    "--verbose",
    count=True,
    expose_value=False,
    callback=_hear,
    show_default=False,
    help="Say more on stderr, with a traceback if something fails; -vv says most.",
)

quiet = click.option("-q", "--quiet", is_flag=True, help="No progress bar, no list of files, no hints.")

as_json = click.option("--json", "as_json", is_flag=True, help="JSON lines on stdout, for programs.")

gpu_option = click.option(
    "--gpu",
    metavar="NAME",
    show_default=f"{GPU}, or the only one there is",
    shell_complete=complete.gpus,
    help="Whose power trace to use.",
)


def whole_numbers(text: str) -> list[int]:
    """Read whole numbers with commas between them.

    Raises
    ------
    click.BadParameter
        If they are none.
    """
    if not re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", text):
        raise click.BadParameter(f"{text!r} are no whole numbers; write 8,16,32")
    return [int(part) for part in text.split(",")]


def _together(ctx: click.Context, param: click.Parameter, lists: Iterable[list[int]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for each in lists for number in each))


batch_sizes_option = click.option(
    "--batch-sizes",
    "--batch-size",
    "batch_sizes",
    type=whole_numbers,
    metavar="N,N",
    multiple=True,
    callback=_together,
    show_default="those recorded",
    help="Batch sizes.",
)

power_limits_option = click.option(
    "--power-limits",
    "--power-limit",
    "power_limits",
    type=whole_numbers,
    metavar="W,W",
    multiple=True,
    callback=_together,
    show_default="those recorded",
    help="Power limits [W].",
)

_TRACES: dict[str, Any] = {
    "metavar": "DIR|NAME",
    "show_default": "the bundled SYNTHETIC traces",
    "shell_complete": complete.traces,
    "help": "Folder of traces, drift (bundled), or zeus-nsdi23 once fetched.",
}

traces_option = click.option("--traces", **_TRACES)

where_option = click.option("--traces", "where", **_TRACES)

lower_is_better_option = click.option(
    "--lower-is-better", is_flag=True, help="The metric falls while training improves the model."
)


def out_path_option(
    what: str, default: str | None = None, *, metavar: str = "DIR", usually: str | None = None, name: str = "out"
) -> Callable[[Anything], Anything]:
    """Let a command take where to write.

    Parameters
    ----------
    what
        What is written there, for the help text.
    default
        Where to if nobody says; None leaves that to the command.
    metavar
        What stands for it in the help text: ``DIR``, ``FILE``, or both.
    usually
        What the help text says of the default, if the command finds it.
    name
        The argument of the command that takes it.
    """
    known: dict[str, Any] = {} if default is None else {"default": Path(default)}
    if usually is not None:
        known["show_default"] = usually
    return click.option("-o", "--out", name, type=click.Path(path_type=Path), metavar=metavar, help=what, **known)


def where_argument(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take traces by place, or by the option that `simulator replay` has."""

    @functools.wraps(command)
    def taking(*args: Any, where: str | None, traces: str | None, **options: Any) -> None:
        if where and traces:
            raise click.UsageError(f"the traces are named twice, {where} and --traces {traces}; name them once")
        command(*args, where=where or traces, **options)

    named = click.argument("where", required=False, metavar="[DIR|NAME]", shell_complete=complete.traces)
    return named(traces_option(taking))


def usual_gpu(where: str | None, gpu: str | None) -> str | None:
    """GPU to use: the one asked for, or the usual one if the traces have it; None leaves it to the reader."""
    from simulator.trace.read import list_gpus

    return gpu or (GPU if GPU in list_gpus(where) else None)


def groups_path(word: str) -> Path:
    """Find the table of submissions that a word means: a file, a folder, or the bundled ones.

    Raises
    ------
    NotInTraceError
        If it means nothing.
    """
    from simulator.errors import NotInTraceError, nearest
    from simulator.trace.locate import locate
    from simulator.trace.published import PUBLISHED

    if not Path(word).exists() and word not in (known := ("bundled", *PUBLISHED)):
        raise NotInTraceError(
            f"--groups {word}: there is no such file or folder; name a table of submissions, a folder that holds one, "
            f"or one of {', '.join(known)}{nearest(word, known)}"
        )
    return Path(word) if Path(word).is_file() else locate(None if word == "bundled" else word)


def examples(*lines: tuple[str, str]) -> str:
    """Lay out commands and what they do, for the end of a help text."""
    width = max(len(command) for command, _ in lines) + 2
    return "\b\nExamples:\n" + "\n".join(f"  {command:{width}}{what}" for command, what in lines)
