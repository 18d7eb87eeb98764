"""``simulator policies``: who can be replayed."""

from __future__ import annotations

import click

from simulator.cli.options import as_json, examples, verbose

__all__ = ["policies"]


@click.command(
    short_help="List the policies.",
    epilog=examples(
        ("simulator policies", "what there is"),
        ("simulator replay --policy gts+full", "a batch size policy, with a power policy of its own"),
        ("simulator replay --policy epsilon-greedy:0.2", "a policy with an option"),
    ),
)
@as_json
@verbose
def policies(*, as_json: bool) -> None:
    """List batch size and power policies, stock ones and those of installed packages."""
    import pandas as pd

    from simulator.cli.show import json_lines, show
    from simulator.policy import describe, describe_power, names, power_names

    rows = [(name, "batch size", describe(name)) for name in names()]
    rows += [(name, "power limit", describe_power(name)) for name in power_names()]
    table = pd.DataFrame(rows, columns=["policy", "chooses", "description"])
    if as_json:
        json_lines(table)
    else:
        show(table)
