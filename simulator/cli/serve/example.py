"""``simulator serve example``: how to deploy the service."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import examples, verbose

__all__ = ["example"]


@click.command(
    short_help="Write examples of a deployment.",
    epilog=examples(
        ("simulator serve example", "which there are"),
        ("simulator serve example Dockerfile", "a container image"),
        ("simulator serve example simulator.service", "a unit of systemd"),
    ),
)
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", show_default="NAME", help="Where to.")
@verbose
def example(*, name: str | None, out: Path | None) -> None:
    """List the examples that come along, or write the one called NAME; its remarks say how it is used."""
    from importlib.resources import files

    from simulator.errors import SettingsError, nearest
    from simulator.trace.files import whole_file

    here = files("simulator.service.deploy")
    texts = {
        each.name: each.read_text(encoding="utf-8")
        for each in sorted(here.iterdir(), key=lambda each: each.name)
        if each.is_file() and not each.name.startswith("_")
    }
    if name is None:
        width = max(map(len, texts))
        for each, text in texts.items():
            click.echo(f"{each:{width}}  {text.partition(chr(10))[0].lstrip('# ')}")
        return
    if name not in texts:
        raise SettingsError(f"no example is called {name!r}; there are {', '.join(texts)}{nearest(name, texts)}")
    file = out or Path(name)
    if file.exists():
        raise SettingsError(f"{file} exists already; name another file with out=..., or remove it")
    with whole_file(file) as temporary:
        temporary.write_text(texts[name], encoding="utf-8")
    click.echo(f"Wrote {file}")
