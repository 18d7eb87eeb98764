"""What a shell offers for a word that is half typed: names of jobs, GPUs, policies, traces, grids and examples.

A shell asks at every press of a key, so nothing here reads tables or loads pandas: names are those of files, of the
registry, and of ``trace.json``. Where a name cannot be found quickly, or at all, nothing is offered.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import click

    Items = list[CompletionItem[Any]]
    Offer = Callable[[click.Context, click.Parameter, str], Items]

__all__ = [
    "engines",
    "first_words",
    "gpus",
    "grids",
    "groups",
    "jobs",
    "knobs",
    "offering",
    "policies",
    "power_policies",
    "samples",
    "tariffs",
    "traces",
]

#: Name of the published traces, which lie in the user's data folder once they are fetched.
_PUBLISHED = "zeus-nsdi23"

#: Name of the traces of a drifting job, which lie in a folder of the bundled ones.
_DRIFT = "drift"

_POWER = re.compile(r"(?:summary_)?power_(?P<gpu>.+?)\.(?:csv|parquet)(?:\.\w+)?", re.IGNORECASE)


def offering(names: Callable[[click.Context, str], Iterable[str]], *, also: str = "") -> Offer:
    """Make a completion of a function that lists names.

    Parameters
    ----------
    names
        Given what was typed so far, and the word, lists what may be meant; whatever it raises means nothing.
    also
        ``dir`` or ``file`` if folders or files will do as well.
    """

    @functools.wraps(names)
    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        try:
            found = [name for name in dict.fromkeys(names(ctx, incomplete)) if name.startswith(incomplete)]
        except Exception:  # a shell has no place for a traceback, nor has who types
            found = []
        paths: Items = [CompletionItem(incomplete, type=also)] if also else []
        return [*paths, *(CompletionItem(name) for name in found)]  # bash forgets what comes before paths

    return offer


def _traces(ctx: click.Context, incomplete: str) -> list[str]:
    return [_DRIFT, _PUBLISHED]


def _groups(ctx: click.Context, incomplete: str) -> list[str]:
    return ["bundled"]


def _policies(ctx: click.Context, incomplete: str) -> list[str]:
    from simulator.policy.registry import names, power_names

    policy, plus, _ = incomplete.partition("+")
    return [f"{policy}+{power}" for power in power_names()] if plus else names()


def _power_policies(ctx: click.Context, incomplete: str) -> list[str]:
    from simulator.policy.registry import power_names

    return power_names()


def _jobs(ctx: click.Context, incomplete: str) -> list[str]:
    about = json.loads((_folder(ctx) / "trace.json").read_text(encoding="utf-8"))
    return [job[key] for key in ("dataset", "network") for job in about["jobs"]]


def _gpus(ctx: click.Context, incomplete: str) -> list[str]:
    found = [match["gpu"] for file in _folder(ctx).iterdir() if (match := _POWER.fullmatch(file.name))]
    several = any(param.name == "gpus" and param.multiple for param in ctx.command.params)
    return [*sorted(found), *(["all"] if several else [])]


def _grids(ctx: click.Context, incomplete: str) -> list[str]:
    return sorted(folder.name for folder in (Path(ctx.params.get("folder") or "sweeps") / "grids").iterdir())


def _folder(ctx: click.Context) -> Path:
    """Find the traces that the command so far means, without reading them."""
    where: str | None = ctx.params.get("where") or ctx.params.get("traces")
    if where == _PUBLISHED:
        import platformdirs

        data = os.environ.get("SIMULATOR_DATA_DIR") or platformdirs.user_data_dir("trace-simulator", appauthor=False)
        return Path(data) / where
    if where not in (None, "bundled", _DRIFT):
        return Path(where)
    package = Path(__file__).resolve().parents[1]
    installed = package / "trace" / "bundled"
    bundled = installed if installed.is_dir() else package.parent / "traces"
    return bundled / _DRIFT if where == _DRIFT else bundled


def _first_words(ctx: click.Context, incomplete: str) -> list[str]:
    """List the commands that may stand in the place of a plan, as long as nothing does."""
    group = getattr(ctx.command, "group", None)
    return [] if group is None or ctx.params.get("words") else list(group.commands)


def samples(package: Sequence[str], *, suffix: str = "") -> Offer:
    """Offer the examples that a package holds, without loading it.

    Parameters
    ----------
    package
        Folders from ``simulator`` to the package.
    suffix
        What their files end in; it is left out.
    """

    def names(ctx: click.Context, incomplete: str) -> list[str]:
        folder = Path(__file__).resolve().parents[1].joinpath(*package)
        files = sorted(file.name for file in folder.iterdir() if file.is_file() and file.name.endswith(suffix))
        return [name.removesuffix(suffix) for name in files if not name.startswith("_")]

    return offering(names)


traces = offering(_traces, also="dir")
groups = offering(_groups, also="file")
first_words = offering(_first_words, also="file")
policies = offering(_policies)
power_policies = offering(_power_policies)
jobs = offering(_jobs)
gpus = offering(_gpus)
grids = offering(_grids)
tariffs = offering(lambda ctx, word: ["example-price", "example-carbon"], also="file")
engines = offering(lambda ctx, word: ["auto", "event", "vectorized", "service"])
knobs = offering(lambda ctx, word: ["eta", "beta", "window", "default-bs"])
