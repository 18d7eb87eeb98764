"""``simulator policies``: who can be replayed."""

from __future__ import annotations

from inspect import Parameter
from typing import Any

import click

from simulator.cli.options import as_json, examples, verbose

__all__ = ["policies"]


@click.command(
    short_help="List the policies.",
    epilog=examples(
        ("simulator policies", "what there is"),
        ("simulator replay --policy gts+full", "a batch size policy, with a power policy of its own"),
        ("simulator replay --policy gts:num_exploration=3", "a policy with an option"),
        ("simulator replay --policy epsilon-greedy:0.2", "the same, for a policy that has but one"),
    ),
)
@as_json
@verbose
def policies(*, as_json: bool) -> None:
    """List batch size and power policies, stock ones and those of installed packages."""
    import pandas as pd

    from simulator.cli.show import json_lines, show
    from simulator.policy import describe, describe_power, names, power_names
    from simulator.policy.registry import options, power_options

    rows = [(name, "batch size", _words(options(name)), describe(name)) for name in names()]
    rows += [(name, "power limit", _words(power_options(name)), describe_power(name)) for name in power_names()]
    table = pd.DataFrame(rows, columns=["policy", "chooses", "options", "description"])
    if as_json:
        json_lines(table)
    else:
        show(table.assign(options=table["options"].map(", ".join)))


def _words(options: dict[str, Any]) -> list[str]:
    """Write options as --policy takes them; ... stands for what has no default."""
    return [f"{name}={'...' if default is Parameter.empty else default}" for name, default in options.items()]
