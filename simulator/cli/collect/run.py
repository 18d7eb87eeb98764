"""``simulator collect``: measure a training script on a GPU, and make traces of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.collect.words import gpus_option, plan_tables, power_limits
from simulator.cli.default import DefaultCommand
from simulator.cli.options import (
    NUMBER,
    POSITIVE,
    as_json,
    examples,
    lower_is_better_option,
    out_path_option,
    quiet,
    seeds,
    verbose,
    whole_numbers,
)

if TYPE_CHECKING:
    from simulator.collect.plan import Plan

__all__ = ["run"]


@click.command(
    "collect",
    cls=DefaultCommand,
    short_help="Measure a training script on a GPU.",
    epilog=examples(
        ("simulator collect plan.toml --dry-run", "which runs, and how long they may take"),
        ("simulator collect plan.toml --out a100", "make them, then the traces"),
        ("simulator collect plan.toml --out a100 --resume", "go on where it was interrupted"),
        ("simulator collect plan.toml --observe", "without setting power limits"),
        ("simulator collect finalize a100", "make the traces again"),
        ("simulator replay --traces a100/trace", "and replay them"),
    ),
)
@click.argument("words", nargs=-1, metavar="[PLAN.toml | -- COMMAND ...]", shell_complete=complete.first_words)
@out_path_option("Folder for all that is recorded.", "collected")
@click.option("--dry-run", is_flag=True, help="Say what would be run, and how long it may take; run nothing.")
@click.option("--resume", is_flag=True, help="Go on with the collection in the folder.")
@click.option("--retry-failed", "--retry", "retry_failed", is_flag=True, help="Run again what failed, too.")
@click.option("--observe", is_flag=True, help="Leave the power limit as it is, and measure at it.")
@click.option("--no-gpu", is_flag=True, help="Record times only.")
@click.option("--full", is_flag=True, help="To the target at every power limit, not a few epochs.")
@click.option("--dataset", metavar="NAME", help="Instead of a plan: name of the dataset.")
@click.option("--network", metavar="NAME", help="Name of the network.")
@click.option("--optimizer", metavar="NAME", help="Name of the optimizer.")
@click.option("--target", "target_metric", type=NUMBER, metavar="X", help="Value of the metric that counts as trained.")
@click.option("--metric", metavar="NAME", show_default="accuracy", help="Which metric says how well it is trained.")
@lower_is_better_option
@click.option("--max-epochs", type=click.IntRange(1), metavar="N", help="Epochs after which a run is given up.")
@click.option("--batch-sizes", "--batch-size", "batch_sizes", type=whole_numbers, metavar="N,N", help="Batch sizes.")
@click.option("--default-bs", type=click.IntRange(1), metavar="N", help="Default batch size.")
@click.option(
    "--default-lr",
    type=POSITIVE,
    metavar="X",
    help="Learning rate at the default batch size; scaled for the others.",
)
@click.option(
    "--power-limits",
    "--power-limit",
    "power_limits_w",
    type=power_limits,
    metavar="W,W|FROM:TO:STEP|all",
    show_default="the one that is set",
    help="Power limits [W].",
)
@click.option(
    "--seeds", type=seeds, metavar="SEEDS", show_default="0", help="Seeds: 0:100 (0 to 99), 0,1,2 or 5 (only 5)."
)
@gpus_option
@as_json
@quiet
@verbose
def run(
    *,
    words: tuple[str, ...],
    out: Path,
    dry_run: bool,
    resume: bool,
    retry_failed: bool,
    observe: bool,
    no_gpu: bool,
    full: bool,
    lower_is_better: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure a training script on a GPU: epochs to the target, and power and time of an epoch, as traces to replay.

    PLAN.toml says what to run. Without one, options do, and the command stands behind two hyphens, with {batch_size},
    {learning_rate}, {seed}, {epochs}, {target_metric}, {power_limit} and {slice_number} where the script takes them,
    as words or within words, and {python} for the Python that this is. Power limits are given back in the end, however
    that comes.

    The exit code is 0 if all went well, 1 if a run failed, though the others are recorded and the traces written; 2 if
    nothing could be measured, 3 without a GPU. That a batch size does not fit is a result, and no failure.
    """
    from simulator.cli.collect.report import report, say_failures, show_preview
    from simulator.cli.progress import progress
    from simulator.collect.result import preview

    plan = _plan(words, options, lower_is_better=lower_is_better).changed(full=full)
    if dry_run:
        show_preview(preview(plan, out, observe=observe, no_gpu=no_gpu, retry_failed=retry_failed), as_json=as_json)
        return
    from simulator.collect.run import collect

    with progress(1, quiet=quiet) as tell:
        finalized = collect(
            plan, out, resume=resume, retry_failed=retry_failed, observe=observe, no_gpu=no_gpu, tell=tell
        )
    report(finalized, as_json=as_json, quiet=quiet)
    if finalized.failures:
        say_failures(finalized.failures)
        click.get_current_context().exit(1)


def _plan(words: tuple[str, ...], options: dict[str, Any], *, lower_is_better: bool) -> Plan:
    """Read the plan's file, or make a plan of options and command."""
    from simulator.collect.plan import Plan
    from simulator.errors import PlanError

    given = {name: value for name, value in options.items() if value is not None}
    if given or lower_is_better:
        if len(words) == 1 and words[0].endswith(".toml"):
            names = ", ".join(sorted(given)) or "lower_is_better"
            raise click.UsageError(f"the plan {words[0]} says it all, so leave out the options, or the plan: {names}")
        return Plan.from_dict(plan_tables(given, words, lower_is_better=lower_is_better))
    if len(words) != 1:
        raise click.UsageError(
            "name a plan, as in `simulator collect plan.toml`; or describe the job with options, --dataset, ..., and "
            "put the command behind two hyphens"
        )
    if not Path(words[0]).exists():
        raise PlanError(
            f"{words[0]} cannot be read: No such file or directory; `simulator collect example` writes a plan to begin "
            "with"
        )
    return Plan.from_toml(words[0])
