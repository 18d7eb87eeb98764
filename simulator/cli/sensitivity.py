"""``simulator sensitivity``: what becomes of a policy as one knob is turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.knobs import (
    beta_option,
    confidence_option,
    eta_option,
    gpus_option,
    groups_option,
    jobs_option,
    out_option,
    policies_option,
    power_policy_option,
    recurrences_option,
    seeds_option,
    where_option,
)
from simulator.cli.options import as_json, examples, groups_path, quiet, verbose

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["sensitivity"]


def _grids(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> dict[str, list[float] | None] | None:
    """Read knobs and their values: ``beta``, ``beta=1.5,2``; none named means all, with the values of the library."""
    grids: dict[str, list[float] | None] = {}
    for word in words:
        name, _, values = word.partition("=")
        try:
            grids[name.replace("-", "_")] = [float(value) for value in values.split(",")] if values else None
        except ValueError:
            raise click.BadParameter(f"{word!r} is no knob with numbers; write beta, or beta=1.5,2,inf") from None
    return grids or None


@click.command(
    short_help="Turn one knob at a time.",
    epilog=examples(
        ("simulator sensitivity -p unimodal-ucb", "η, β, window and default batch size, on every bundled job"),
        ("simulator sensitivity -p gts -p pruning-gts --knob beta", "two policies, one knob"),
        ("simulator sensitivity -p gts --knob beta=1.5,2,inf", "values of your own"),
        ("simulator sensitivity -p gts --json -q | jq .regret_pct", "for programs"),
    ),
)
@jobs_option
@gpus_option()
@where_option
@policies_option("Its knobs are turned.", required=True)
@power_policy_option
@click.option(
    "--knob",
    "grids",
    multiple=True,
    callback=_grids,
    metavar="NAME[=X,X]",
    show_default="all",
    shell_complete=complete.knobs,
    help="A knob, eta, beta, window or default-bs; and its values.",
)
@seeds_option("0:100")
@eta_option
@beta_option
@recurrences_option
@groups_option
@confidence_option
@out_option("sensitivity")
@as_json
@quiet
@verbose
def sensitivity(
    *,
    jobs: tuple[str, ...],
    gpus: tuple[str, ...],
    where: str | None,
    policies: tuple[str, ...],
    power_policy: str,
    grids: dict[str, list[float] | None] | None,
    groups: str | None,
    out: Path,
    as_json: bool,
    quiet: bool,
    **knobs: Any,
) -> None:
    """Turn one knob of a policy at a time: what it takes, and how far it is from the best fixed configuration.

    The other knobs stand at their options. Every value meets the same luck.
    """
    import simulator
    from simulator.cli.outputs import check_usable, save_found
    from simulator.cli.places import made_from, read_places, title
    from simulator.cli.progress import portion, progress
    from simulator.cli.show import json_lines, say, show
    from simulator.compare.sensitivity import GRIDS
    from simulator.compare.sensitivity import sensitivity as turn
    from simulator.replay.who import split_pair

    traces = read_places(where, gpus, jobs)
    submissions = None if groups is None else simulator.read_groups(groups_path(groups))
    who = [split_pair(word, power_policy=power_policy) for word in policies]
    turned = None if grids is None else {name: values or GRIDS.get(name) for name, values in grids.items()}
    check_usable(out)
    with progress(1, quiet=quiet) as tell:
        share = portion(tell, 0, "replays")
        found = turn(None, traces, policies=who, grids=turned, groups=submissions, progress=share, **knobs)
    made = made_from(traces, submissions)
    options = {"policies": policies, "power_policy": power_policy, "grids": grids, **knobs}
    files = save_found(out, "sensitivity", {"sensitivity": found}, made=made, options=options)
    if as_json:
        json_lines(found)
    else:
        for (job, gpu), of_place in found.groupby(["job", "gpu"], sort=False):
            table, optional = _for_people(of_place)
            show(table, title=title(made, str(job), str(gpu)), optional=optional)
            say("")
        say(
            f"Regret: mean cost above that of the best fixed configuration at that η. Energy, time: mean of a "
            f"recurrence. Other knobs: η = {knobs['eta']:g}, β = {knobs['beta']:g}, all rewards count, the job's own "
            "default batch size. –: some seeds did not get through, or no such knob. More: sensitivity.parquet."
        )
    if not quiet:
        say(f"Wrote to {out}: {', '.join(files)}", err=True)


def _for_people(found: pd.DataFrame) -> tuple[pd.DataFrame, list[list[str]]]:
    """Put policies side by side, a row for each value; and name the columns that a narrow terminal does without."""
    import pandas as pd

    from simulator.cli.cells import change, number
    from simulator.compare.units import energy_unit, time_unit

    energies, times = energy_unit(found["energy_j"].median()), time_unit(found["time_s"].median())
    table = found[["knob", "value"]].drop_duplicates(ignore_index=True)
    at = pd.MultiIndex.from_frame(table)
    optional: dict[str, list[str]] = {"time": [], "energy": []}  # times go first
    for policy, of_policy in found.groupby("policy", sort=False):
        rows = of_policy.set_index(["knob", "value"]).reindex(at)
        through = rows["failed_seeds"] == 0
        cells = {
            "regret": rows["regret_pct"].map(change),
            f"energy [{energies.symbol}]": (rows["energy_j"] / energies.size).where(through).map(number),
            f"time [{times.symbol}]": (rows["time_s"] / times.size).where(through).map(number),
        }
        for name, column in cells.items():
            table[f"{policy}\n{name}"] = column.to_numpy()
            for what, columns in optional.items():
                if name.startswith(what):
                    columns.append(f"{policy}\n{name}")
    table["value"] = table["value"].map("{:g}".format).replace("inf", "∞")
    table["knob"] = table["knob"].where(~table["knob"].duplicated(), "")
    return table, list(optional.values())
