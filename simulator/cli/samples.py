"""Files that come along as examples: listed, and written where the user wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.cli.told import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["list_samples", "read_samples", "write_sample"]


def read_samples(package: str, *, suffix: str = "") -> dict[str, str]:
    """Read the files of a package that do not begin with ``_``, by their names without the suffix, in order."""
    from importlib.resources import files

    return {
        each.name.removesuffix(suffix): each.read_text(encoding="utf-8")
        for each in sorted(files(package).iterdir(), key=lambda each: each.name)
        if each.is_file() and each.name.endswith(suffix) and not each.name.startswith("_")
    }


def list_samples(texts: Mapping[str, str], summary: Callable[[str], str], *, as_json: bool = False) -> None:
    """Print names, and what a function finds to say of each text in a line."""
    width = max(map(len, texts), default=0)
    for name, text in texts.items():
        tell(f"{name:{width}}  {summary(text)}", as_json=as_json, name=name, description=summary(text))


def write_sample(
    texts: Mapping[str, str], name: str, file: Path, error: type[Exception], *, as_json: bool = False
) -> None:
    """Write a text into a new file, and say so.

    Parameters
    ----------
    texts
        All texts, by their names.
    name
        Which of them.
    file
        Where to.
    error
        What to raise if there is no such text, or the file is there already.
    as_json
        Whether a program reads what is said.
    """
    from simulator.errors import nearest
    from simulator.trace.files import whole_file

    if name not in texts:
        raise error(f"no example is called {name!r}; there are {', '.join(texts)}{nearest(name, texts)}")
    if file.exists():
        raise error(f"{file} exists already; name another file with out=..., or remove it")
    with whole_file(file) as temporary:
        temporary.write_text(texts[name], encoding="utf-8")
    tell(f"Wrote {file}", as_json=as_json, file=str(file))
