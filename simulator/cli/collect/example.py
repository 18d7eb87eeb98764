"""``simulator collect example``: a plan to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import as_json, examples, quiet, verbose
from simulator.cli.told import tell, tell_next

__all__ = ["example"]


@click.command(
    short_help="Write a plan to begin with.",
    epilog=examples(
        ("simulator collect example", "write digits.toml"),
        ("simulator collect digits.toml --dry-run", "what it would run"),
        ("simulator collect digits.toml --no-gpu", "a minute without a GPU: times only"),
    ),
)
@click.argument("file", type=click.Path(path_type=Path), default="digits.toml", metavar="[FILE]")
@as_json
@quiet
@verbose
def example(*, file: Path, as_json: bool, quiet: bool) -> None:
    """Write the plan of a job that comes along: a small network that learns handwritten digits.

    It trains in seconds, on a GPU if PyTorch is installed and finds one. Its script shows what a script has to say of
    itself: two lines an epoch.
    """
    from importlib.resources import files

    from simulator.errors import PlanError
    from simulator.trace.files import whole_file

    if file.exists():
        raise PlanError(f"{file} exists already; name another file, or remove it")
    here = files("simulator.collect.examples")
    with whole_file(file) as temporary:
        temporary.write_text(here.joinpath("digits.toml").read_text(encoding="utf-8"), encoding="utf-8")
    script = str(here.joinpath("digits.py"))
    tell(f"Wrote {file}; its script: {script}", as_json=as_json, file=str(file), script=script)
    tell_next(f"simulator collect {file} --dry-run", as_json=as_json, quiet=quiet)
