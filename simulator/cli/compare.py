"""``simulator compare``: which policy is better, and how sure is that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import GPU, as_json, examples, groups_path, quiet, seeds, verbose

if TYPE_CHECKING:
    from simulator.trace.traces import Traces

__all__ = ["compare"]

_FRACTION = click.FloatRange(0, 1, min_open=True, max_open=True)

#: What a difference in each measure is called.
_MEASURES = {"cost": "cost", "energy": "energy_j", "time": "time_s"}


@click.command(
    short_help="Say which policy is better.",
    epilog=examples(
        ("simulator compare -p pruning-gts -p unimodal-ucb", "two policies on every bundled job, v100"),
        ("simulator compare --gpu all -p default+full -p pruning-gts", "on every GPU, against today's practice"),
        ("simulator compare -p gts -p ucb --smallest-difference 5", "differences below 5 % do not matter"),
        ("simulator compare -p gts -p ucb --json -q | jq .verdict", "for programs"),
    ),
)
@click.option(
    "--job", "-j", "jobs", metavar="NAME", multiple=True, show_default="all", help="Dataset, network, or workload."
)
@click.option("--gpu", "gpus", metavar="NAME", multiple=True, show_default="v100", help="Whose power trace; or all.")
@click.option("--traces", "where", metavar="DIR|NAME", help="The traces, as `simulator replay` takes them.")
@click.option(
    "--policy", "-p", "policies", multiple=True, required=True, metavar="NAME[+POWER]", help="Two of them at least."
)
@click.option(
    "--power-policy", metavar="NAME", default="jit", help="Who chooses power limits where --policy does not say."
)
@click.option("--baseline", metavar="NAME[+POWER]", show_default="default+full, or the first", help="The one to beat.")
@click.option("--seeds", type=seeds, metavar="SEEDS", default="0:100", help="0:100 (0 to 99), 0,1,2 or 5 (only 5).")
@click.option("--eta", type=float, metavar="X", default=0.5, help="Energy–time knob η: 1 counts energy alone.")
@click.option("--beta", type=float, metavar="X", default=2.0, help="Stop a run at β times the lowest cost so far.")
@click.option(
    "--recurrences",
    type=click.IntRange(1),
    metavar="N",
    show_default="twice sizes × limits",
    help="How often a job recurs.",
)
@click.option("--window", type=click.IntRange(0), metavar="N", default=0, help="Latest runs that beliefs rest on.")
@click.option("--groups", metavar="FILE|DIR|bundled", help="Compare on overlapping submissions.")
@click.option("--measure", type=click.Choice(list(_MEASURES)), default="cost", help="What differences are said in.")
@click.option(
    "--smallest-difference",
    type=click.FloatRange(0),
    metavar="%",
    default=1.0,
    help="Smallest difference that matters [%].",
)
@click.option("--confidence", type=_FRACTION, metavar="X", default=0.95, help="How often intervals hold the truth.")
@click.option(
    "--correction",
    type=click.Choice(["holm", "benjamini-hochberg", "none"]),
    default="holm",
    help="For many comparisons.",
)
@click.option(
    "--resamples", type=click.IntRange(0), metavar="N", default=200, help="How often recorded runs are drawn again."
)
@click.option("--resample-seeds", type=click.IntRange(2), metavar="N", default=10, help="Seeds of each of these.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("comparison"), help="Folder for tables.")
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
    from simulator.cli.progress import portion, progress
    from simulator.cli.show import json_lines, say
    from simulator.replay.who import split_pair

    traces = _traces(where, gpus, jobs)
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
    for line in found.verdicts(measure=_MEASURES[measure]):
        say(line)
    if not quiet:
        say(f"Wrote to {out}: policies, differences, shares, replays (Parquet), comparison.json", err=True)


def _traces(where: str | None, gpus: tuple[str, ...], jobs: tuple[str, ...]) -> list[Traces]:
    """Read the traces of each GPU, with the jobs that are meant: their default batch sizes differ."""
    from simulator.cli.jobs import choose_jobs
    from simulator.trace.read import list_gpus, read_traces

    known = list_gpus(where)
    wanted = known if gpus == ("all",) else gpus or (GPU if GPU in known else known[0],)
    traces = [read_traces(where, gpu=gpu) for gpu in wanted]
    return [replace(of_gpu, jobs=tuple(choose_jobs(of_gpu, jobs, {}))) for of_gpu in traces]
