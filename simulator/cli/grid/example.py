"""``simulator grid example``: a plan to begin with."""

from __future__ import annotations

import ast
from itertools import takewhile
from pathlib import Path

import click

from simulator.cli.options import examples, verbose

__all__ = ["example"]


@click.command(
    short_help="Write a plan to begin with.",
    epilog=examples(
        ("simulator grid example", "which there are"),
        ("simulator grid example readme", "write one: readme.py"),
        ("simulator grid run readme.py --dry-run", "what it would run"),
    ),
)
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", show_default="NAME.py", help="Where to.")
@verbose
def example(*, name: str | None, out: Path | None) -> None:
    """List the plans that come along, or write the one called NAME."""
    from importlib.resources import files

    from simulator.errors import GridError, nearest
    from simulator.trace.files import whole_file

    here = files("simulator.explore.examples")
    texts = {
        each.name.removesuffix(".py"): each.read_text(encoding="utf-8")
        for each in sorted(here.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".py") and not each.name.startswith("_")
    }
    if name is None:
        width = max(map(len, texts), default=0)
        for each, text in texts.items():
            click.echo(f"{each:{width}}  {(ast.get_docstring(ast.parse(text)) or '').partition(chr(10))[0]}")
        return
    wanted = name.removesuffix(".py")
    if wanted not in texts:
        raise GridError(f"no example is called {name!r}; there are {', '.join(texts)}{nearest(wanted, texts)}")
    file = out or Path(f"{wanted}.py")
    if file.exists():
        raise GridError(f"{file} exists already; name another file with out=..., or remove it")
    with whole_file(file) as temporary:
        temporary.write_text(texts[wanted], encoding="utf-8")
    click.echo(f"Wrote {file}")
    for step in takewhile(lambda line: " grid run " not in line, _steps(texts[wanted])):
        click.echo(f"Next: {step}")
    click.echo(f"Next: simulator grid run {file} --dry-run")


def _steps(text: str) -> list[str]:
    """List the commands that an example's documentation names, without what it says of them."""
    lines = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.strip().startswith("simulator ")]
