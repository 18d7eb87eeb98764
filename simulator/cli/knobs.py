"""Options of every command that replays or compares: what, where, under which knobs, and where the tables go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli.options import GPU, seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    Anything = TypeVar("Anything", bound=Callable[..., Any] | click.Command)

__all__ = [
    "MEASURES",
    "beta_option",
    "confidence_option",
    "eta_option",
    "gpus_option",
    "groups_option",
    "jobs_option",
    "measure_option",
    "out_option",
    "power_policy_option",
    "recurrences_option",
    "seeds_option",
    "where_option",
]

#: What a difference in each measure is called.
MEASURES = {"cost": "cost", "energy": "energy_j", "time": "time_s"}

jobs_option = click.option(
    "--job", "-j", "jobs", metavar="NAME", multiple=True, show_default="all", help="Dataset, network, or workload."
)

where_option = click.option(
    "--traces", "where", metavar="DIR|NAME", help="The traces, as `simulator replay` takes them."
)

power_policy_option = click.option(
    "--power-policy", metavar="NAME", default="jit", help="Who chooses power limits where --policy does not say."
)

eta_option = click.option(
    "--eta", type=float, metavar="X", default=0.5, help="Energy–time knob η: 1 counts energy alone, 0 time alone."
)

beta_option = click.option(
    "--beta", type=float, metavar="X", default=2.0, help="Stop a run at β times the lowest cost so far; inf: never."
)

recurrences_option = click.option(
    "--recurrences",
    type=click.IntRange(1),
    metavar="N",
    show_default="twice sizes × limits",
    help="How often a job recurs.",
)

groups_option = click.option(
    "--groups", metavar="FILE|DIR|bundled", help="Overlapping submissions instead of recurrences."
)

confidence_option = click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="X",
    default=0.95,
    help="How often intervals hold the truth.",
)

measure_option = click.option(
    "--measure", type=click.Choice(list(MEASURES)), default="cost", help="What differences are said in."
)


def gpus_option(usual: str = GPU) -> Callable[[Anything], Anything]:
    """Let a command take GPUs, those of the traces as a rule or the usual one."""
    return click.option(
        "--gpu", "gpus", metavar="NAME", multiple=True, show_default=usual, help="Whose power trace; or all."
    )


def seeds_option(default: str) -> Callable[[Anything], Anything]:
    """Let a command take seeds."""
    return click.option(
        "--seeds", type=seeds, metavar="SEEDS", default=default, help="0:100 (0 to 99), 0,1,2 or 5 (only 5)."
    )


def out_option(default: str) -> Callable[[Anything], Anything]:
    """Let a command take the folder for its tables."""
    return click.option(
        "--out", type=click.Path(path_type=Path), default=Path(default), help="Folder for tables (Parquet, JSON)."
    )
