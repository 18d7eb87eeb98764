"""``simulator compare``: which policy is better, and how sure is that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.knobs import (
    MEASURES,
    beta_option,
    confidence_option,
    eta_option,
    gpus_option,
    groups_option,
    jobs_option,
    measure_option,
    out_option,
    policies_option,
    power_policy_option,
    recurrences_option,
    seeds_option,
    where_option,
    window_option,
)
from simulator.cli.options import as_json, examples, groups_path, quiet, verbose

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compare"]


@click.command(
    short_help="Say which policy is better.",
    epilog=examples(
        ("simulator compare -p pruning-gts -p unimodal-ucb", "two policies on every bundled job, v100"),
        ("simulator compare --gpu all -p default+full -p pruning-gts", "on every GPU, against today's practice"),
        ("simulator compare -p gts -p ucb --smallest-difference 5", "differences below 5 % do not matter"),
        ("simulator compare -p gts -p ucb --json -q | jq .verdict", "for programs"),
    ),
)
@jobs_option
@gpus_option()
@where_option
@policies_option("Two of them at least.", required=True)
@power_policy_option
@click.option(
    "--baseline",
    metavar="NAME[+POWER]",
    show_default="default+full, or the first",
    shell_complete=complete.policies,
    help="The policy to beat.",
)
@seeds_option("0:100")
@eta_option
@beta_option
@recurrences_option
@window_option
@groups_option
@measure_option
@click.option(
    "--smallest-difference",
    type=click.FloatRange(0),
    metavar="%",
    default=1.0,
    help="Smallest difference that matters [%].",
)
@confidence_option
@click.option(
    "--correction",
    type=click.Choice(["holm", "benjamini-hochberg", "none"]),
    default="holm",
    help="How many comparisons at once are allowed for.",
)
@click.option(
    "--resamples", type=click.IntRange(0), metavar="N", default=200, help="How often recorded runs are drawn again."
)
@click.option("--resample-seeds", type=click.IntRange(2), metavar="N", default=10, help="Seeds of each of these.")
@out_option("comparison")
@as_json
@quiet
@verbose
def compare(
    *,
    jobs: tuple[str, ...],
    gpus: tuple[str, ...],
    where: str | None,
    policies: tuple[str, ...],
    power_policy: str,
    groups: str | None,
    measure: str,
    smallest_difference: float,
    out: Path,
    as_json: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """Compare policies on recorded jobs: better, worse, equivalent, or one cannot tell.

    All meet the same luck, and the recorded runs are drawn again many times, since other runs could have been recorded.
    """
    import simulator
    from simulator.cli.outputs import check_usable, usable
    from simulator.cli.places import read_places
    from simulator.cli.progress import portion, progress
    from simulator.cli.show import json_lines, say
    from simulator.replay.who import split_pair

    traces = read_places(where, gpus, jobs)
    pairs = [split_pair(word, power_policy=power_policy) for word in policies]
    check_usable(out)
    with progress(1, quiet=quiet) as tell:
        found = simulator.compare(
            None,
            traces,
            policies=pairs,
            groups=None if groups is None else groups_path(groups),
            smallest_difference=smallest_difference / 100,
            progress=portion(tell, 0, "replays"),
            **asked,
        )
    with usable(out):
        found.save(out)
    if as_json:
        json_lines(found.differences)
        return
    for line in found.verdicts(measure=MEASURES[measure]):
        say(line)
    if not quiet:
        say(f"Wrote to {out}: policies, differences, shares, replays (Parquet), comparison.json", err=True)
