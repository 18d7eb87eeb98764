"""Options of every command that replays or compares: what, where, under which knobs, and where the tables go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli import complete
from simulator.cli.options import GPU, out_path_option, seeds, where_option

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
    "policies_option",
    "power_policy_option",
    "recurrences_option",
    "seeds_option",
    "where_option",
    "window_option",
    "workers_option",
]

#: What a difference in each measure is called.
MEASURES = {"cost": "cost", "energy": "energy_j", "time": "time_s"}

jobs_option = click.option(
    "-j",
    "--job",
    "jobs",
    metavar="NAME",
    multiple=True,
    show_default="all",
    shell_complete=complete.jobs,
    help="Dataset, network, or workload (dataset,network,optimizer).",
)

power_policy_option = click.option(
    "--power-policy",
    metavar="NAME",
    default="jit",
    shell_complete=complete.power_policies,
    help="Who chooses power limits where --policy does not say.",
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

window_option = click.option(
    "--window",
    type=click.IntRange(0),
    metavar="N",
    default=0,
    help="Latest runs that beliefs of pruning-gts and the like rest on; 0: all.",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    show_default="as many as cores",
    help="How many work at the same time.",
)

groups_option = click.option(
    "--groups",
    metavar="FILE|DIR|bundled",
    shell_complete=complete.groups,
    help="Replay overlapping submissions instead of recurrences.",
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
        "--gpu",
        "gpus",
        metavar="NAME",
        multiple=True,
        show_default=usual,
        shell_complete=complete.gpus,
        help="Whose power trace to use; or all.",
    )


def policies_option(more: str = "", *, name: str = "--policy", **settings: Any) -> Callable[[Anything], Anything]:
    """Let a command take policies.

    Parameters
    ----------
    more
        A sentence for the end of the help text.
    name
        What the option is called.
    settings
        As `click.option` takes them.
    """
    said = "Who chooses batch sizes, and power limits too if it says +POWER."
    return click.option(
        *(["-p", name, "policies"] if name == "--policy" else [name]),
        multiple=True,
        metavar="NAME[+POWER]",
        shell_complete=complete.policies,
        help=f"{said} {more}".strip(),
        **settings,
    )


def seeds_option(default: str) -> Callable[[Anything], Anything]:
    """Let a command take seeds."""
    return click.option(
        "--seeds", type=seeds, metavar="SEEDS", default=default, help="Seeds: 0:100 (0 to 99), 0,1,2 or 5 (only 5)."
    )


def out_option(default: str) -> Callable[[Anything], Anything]:
    """Let a command take the folder for its tables."""
    return out_path_option("Folder for tables (Parquet, JSON).", default)
