"""``simulator grid example``: a plan to begin with."""

from __future__ import annotations

import ast
from itertools import takewhile
from pathlib import Path

import click

from simulator.cli import complete
from simulator.cli.options import as_json, examples, out_path_option, quiet, verbose
from simulator.cli.samples import list_samples, read_samples, write_sample
from simulator.cli.told import tell_next

__all__ = ["example"]


@click.command(
    short_help="Write a plan to begin with.",
    epilog=examples(
        ("simulator grid example", "which there are"),
        ("simulator grid example readme", "write one: readme.py"),
        ("simulator grid run readme.py --dry-run", "what it would run"),
    ),
)
@click.argument(
    "name", required=False, metavar="[NAME]", shell_complete=complete.samples(("explore", "examples"), suffix=".py")
)
@out_path_option("File for the plan.", metavar="FILE", usually="NAME.py")
@as_json
@quiet
@verbose
def example(*, name: str | None, out: Path | None, as_json: bool, quiet: bool) -> None:
    """List the plans that come along, or write the one called NAME."""
    from simulator.errors import GridError

    texts = read_samples("simulator.explore.examples", suffix=".py")
    if name is None:
        list_samples(texts, lambda text: _words(text).partition("\n")[0], as_json=as_json)
        return
    wanted = name.removesuffix(".py")
    file = out or Path(f"{wanted}.py")
    write_sample(texts, wanted, file, GridError, as_json=as_json)
    for step in takewhile(lambda line: " grid run " not in line, _steps(texts[wanted])):
        tell_next(step, as_json=as_json, quiet=quiet)
    tell_next(f"simulator grid run {file} --dry-run", as_json=as_json, quiet=quiet)


def _words(text: str) -> str:
    return ast.get_docstring(ast.parse(text)) or ""


def _steps(text: str) -> list[str]:
    """List the commands that an example's documentation names, without what it says of them."""
    lines = _words(text).splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.strip().startswith("simulator ")]
