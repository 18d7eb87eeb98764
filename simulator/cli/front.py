"""``simulator front``: which configurations, values of η, or policies are worth choosing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.knobs import (
    beta_option,
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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from simulator.trace.traces import Traces

__all__ = ["front"]


@click.command(
    short_help="Find what is worth choosing: the fronts of time and energy.",
    epilog=examples(
        ("simulator front", "recorded batch sizes and power limits"),
        ("simulator front --slowdown 10", "the least energy, at most 10 % slower than the fastest"),
        ("simulator front -p default+full -p gts -p unimodal-ucb", "policies"),
        ("simulator front --eta-of unimodal-ucb -j squad", "what a policy makes of each η"),
        ("simulator front --gpu all --json -q | jq 'select(.on_front)'", "for programs"),
    ),
)
@jobs_option
@gpus_option()
@where_option
@policies_option("The front is of these policies.")
@click.option(
    "--eta-of",
    "eta_of",
    multiple=True,
    metavar="NAME[+POWER]",
    shell_complete=complete.policies,
    help="The front is of this policy over η from 0 to 1.",
)
@click.option(
    "--slowdown",
    type=click.FloatRange(0),
    metavar="%",
    help="Find the least energy, at most so much slower than the fastest [%].",
)
@power_policy_option
@seeds_option("0:100")
@eta_option
@beta_option
@recurrences_option
@groups_option
@out_option("front")
@as_json
@quiet
@verbose
def front(
    *,
    jobs: tuple[str, ...],
    gpus: tuple[str, ...],
    where: str | None,
    policies: tuple[str, ...],
    eta_of: tuple[str, ...],
    slowdown: float | None,
    power_policy: str,
    groups: str | None,
    eta: float,
    out: Path,
    as_json: bool,
    quiet: bool,
    **knobs: Any,
) -> None:
    """Find what no other choice beats in both time and energy: configurations, or policies, or values of η.

    A configuration is a recorded batch size and power limit; it is tried again until it reaches the target. Policies
    are replayed: their energy and time are those of a recurrence, with all that they try. Options from --power-policy
    to --groups are about them alone, and --eta-of has an η of its own.
    """
    if policies and eta_of:
        raise click.UsageError("--policy and --eta-of ask for two fronts; ask for one at a time")
    if len(policies) == 1:
        raise click.UsageError(f"a front takes two policies at least; add another --policy, or --eta-of {policies[0]}")

    import simulator
    from simulator.cli.front_report import report
    from simulator.cli.outputs import check_usable, save_found
    from simulator.cli.places import made_from, read_places
    from simulator.cli.progress import portion, progress
    from simulator.cli.show import json_lines, say
    from simulator.compare import eta_front, least_energies
    from simulator.replay.who import split_pair

    traces = read_places(where, gpus, jobs)
    submissions = None if groups is None else simulator.read_groups(groups_path(groups))
    who = [split_pair(word, power_policy=power_policy) for word in policies or eta_of]
    check_usable(out)
    with progress(1, quiet=quiet) as tell:
        share = portion(tell, 0, "replays")
        if eta_of:
            found = eta_front(None, traces, policies=who, groups=submissions, progress=share, **knobs)
        elif policies:
            found = _over_policies(traces, who, share, groups=submissions, eta=eta, **knobs)
        else:
            found = _over_configurations(traces)
    tables = {"front": found}
    if slowdown is not None:
        tables["least_energy"] = least_energies(found, slowdown=slowdown / 100)
    made = made_from(traces, submissions if who else None)
    options = {"policies": policies, "eta_of": eta_of, "slowdown_pct": slowdown, "power_policy": power_policy}
    files = save_found(out, "front", tables, made=made, options={**options, "eta": eta, **knobs})
    if as_json:
        json_lines(tables.get("least_energy", found))
    else:
        report(found, tables.get("least_energy"), slowdown=slowdown, made=made)
    if not quiet:
        say(f"Wrote to {out}: {', '.join(files)}", err=True)


def _over_configurations(traces: Sequence[Traces]) -> pd.DataFrame:
    """Put the recorded configurations of all jobs and GPUs under one another."""
    import pandas as pd

    from simulator.compare import configurations

    parts = []
    for of_gpu in traces:
        for job in of_gpu.jobs:
            part = configurations(of_gpu.table(job))
            part.insert(0, "job", str(job))
            part.insert(1, "gpu", of_gpu.gpu)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _over_policies(
    traces: Sequence[Traces], who: list[tuple[str, str]], tell: Callable[[int, int], None], **knobs: Any
) -> pd.DataFrame:
    """Replay policies with the same luck, and find their front."""
    import pandas as pd

    import simulator
    from simulator.compare import policy_front
    from simulator.compare.sweep import each_policy

    contenders = each_policy(who, overlapping=knobs["groups"] is not None)
    todo = [(of_gpu, each) for of_gpu in traces for each in contenders]
    parts = []
    for of_gpu, each in todo:
        both: dict[str, Any] = {"policy": each.policy, "power_policy": each.power_policy}
        parts.append(
            simulator.replay(of_gpu.jobs, of_gpu, **both, draws="keyed", on_failure="keep", detail="replays", **knobs)
        )
        tell(len(parts), len(todo))
    return policy_front(pd.concat(parts, ignore_index=True))
