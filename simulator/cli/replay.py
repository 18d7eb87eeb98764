"""``simulator replay``: what would each policy have cost for each job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.knobs import (
    beta_option,
    eta_option,
    groups_option,
    jobs_option,
    policies_option,
    power_policy_option,
    recurrences_option,
    seeds_option,
    where_option,
    window_option,
    workers_option,
)
from simulator.cli.options import (
    NUMBER,
    POSITIVE,
    as_json,
    examples,
    gpu_option,
    groups_path,
    out_path_option,
    quiet,
    usual_gpu,
    verbose,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["replay"]


@click.command(
    short_help="Replay jobs under policies.",
    epilog=examples(
        ("simulator replay", "every stock policy on every bundled job"),
        ("simulator replay --job librispeech --seeds 0:100", "one job, a hundred seeds"),
        ("simulator replay --policy default+full --policy gts", "two policies, one with a power policy of its own"),
        ("simulator replay --eta 1 --beta inf", "energy alone, no early stopping"),
        ("simulator replay --job squad --groups bundled", "submissions that overlap"),
        ("simulator replay --json -q | jq .energy_j", "for programs"),
    ),
)
@jobs_option
@gpu_option
@where_option
@policies_option(show_default="all, and default+full")
@power_policy_option
@seeds_option("0:10")
@eta_option
@beta_option
@recurrences_option
@window_option
@click.option(
    "--draws",
    type=click.Choice(["published", "keyed"]),
    default="published",
    help="Chance as in the published simulator, or the same luck for every policy.",
)
@click.option(
    "--engine",
    metavar="NAME",
    default="auto",
    shell_complete=complete.engines,
    help="auto: compiled code where that is worth it; event; vectorized; service: a rehearsal. Results do not differ.",
)
@workers_option
@groups_option
@click.option(
    "--target-metric",
    "--target",
    "target_metric",
    type=NUMBER,
    metavar="X",
    show_default="that of the traces",
    help="Value of the metric that counts as trained.",
)
@click.option(
    "--max-epochs",
    type=click.IntRange(1),
    metavar="N",
    show_default="those of the traces",
    help="Epochs after which a run is given up.",
)
@click.option(
    "--default-bs",
    type=click.IntRange(1),
    metavar="N",
    show_default="that of the traces",
    help="Default batch size.",
)
@click.option(
    "--default-lr",
    type=POSITIVE,
    metavar="X",
    show_default="that of the traces",
    help="Learning rate at the default batch size; scaled for the others.",
)
@click.option(
    "--on-failure",
    type=click.Choice(["keep", "raise"]),
    default="keep",
    help="If a replay cannot reach its target: note it and go on, or end with an error.",
)
@out_path_option("Folder for tables and plots.", "results")
@click.option("--plots/--no-plots", default=True, help="Whether to draw a PNG for each job.")
@click.option("--all-lines", is_flag=True, help="Draw every policy as a line, not the six with most to see in them.")
@as_json
@quiet
@verbose
def replay(
    *,
    jobs: tuple[str, ...],
    gpu: str | None,
    where: str | None,
    policies: tuple[str, ...],
    power_policy: str,
    window: int,
    out: Path,
    plots: bool,
    all_lines: bool,
    as_json: bool,
    quiet: bool,
    groups: str | None,
    **asked: Any,
) -> None:
    """Replay recorded jobs under policies: a table on stdout; every run, a summary and plots in a folder."""
    import simulator
    from simulator.cli.jobs import choose_jobs
    from simulator.cli.outputs import check_usable, replacing, usable, write_tables
    from simulator.cli.progress import portion, progress
    from simulator.cli.replay_report import report
    from simulator.cli.show import say
    from simulator.cli.signals import held
    from simulator.cli.who import pairs
    from simulator.compare import combine, every_configuration, summarize
    from simulator.plot import MOST_LINES, save_plots

    changes = {name: asked.pop(name) for name in ("target_metric", "max_epochs", "default_bs", "default_lr")}
    who = pairs(policies, power_policy=power_policy, window=window, live=asked["engine"] == "service")
    traces = simulator.read_traces(where, gpu=usual_gpu(where, gpu))
    chosen = choose_jobs(traces, jobs, {name: value for name, value in changes.items() if value is not None})
    submissions = None if groups is None else simulator.read_groups(groups_path(groups))
    check_usable(out)  # rather now than after the replays
    todo = [(job, pair) for job in chosen for pair in who]
    results: list[pd.DataFrame] = []
    with progress(len(todo) + plots * len(chosen), quiet=quiet) as tell:
        for job, pair in todo:
            share = portion(tell, len(results), f"{job.dataset}: {pair.policy}")
            results.append(simulator.replay(job, traces, **pair._asdict(), groups=submissions, **asked, progress=share))
        table = combine(results)
        summary = summarize(table)
        recorded = every_configuration(chosen, traces, eta=asked["eta"])
        with usable(out), replacing(out) as folder:
            pictures: list[Path] = []
            if plots:
                tell_plots = portion(tell, len(todo), "plots", worth=len(chosen))
                with held() as let_through:
                    pictures = save_plots(
                        table,
                        folder,
                        configurations=recorded,
                        lines=len(who) if all_lines else MOST_LINES,
                        progress=lambda n, of: let_through() or tell_plots(n, of),
                    )
            files = write_tables(table, summary, recorded, folder, others=[file.name for file in pictures])
    report(table, summary, as_json=as_json)
    if not quiet:
        say(f"Wrote to {out}: {', '.join(files)}", err=True)
    if summary["energy_j"].isna().all():
        raise simulator.SimulatorError("not one replay went through; the reasons stand above")
