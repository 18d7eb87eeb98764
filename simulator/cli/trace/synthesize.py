"""``simulator trace synthesize``: traces drawn from a model."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli import complete
from simulator.cli.options import (
    as_json,
    batch_sizes_option,
    examples,
    out_path_option,
    power_limits_option,
    quiet,
    verbose,
)

__all__ = ["synthesize"]


@click.command(
    short_help="Draw SYNTHETIC traces from a model.",
    epilog=examples(
        ("simulator trace synthesize", "from the parameters of the bundled traces"),
        ("simulator trace synthesize parameters.json --runs 50 --gpu v100", "many runs, on one GPU"),
        ("simulator replay --traces synthetic-traces", "and replay them"),
    ),
)
@click.argument("parameters", type=click.Path(path_type=Path), required=False, metavar="[PARAMETERS]")
@out_path_option("Folder for the traces.", "synthetic-traces")
@click.option("--seed", type=click.IntRange(0), metavar="N", default=2023, help="Seed of the runs that are drawn.")
@click.option("--runs", type=click.IntRange(1), metavar="N", default=5, help="Runs per batch size.")
@batch_sizes_option
@power_limits_option
@click.option(
    "--gpu",
    "gpus",
    metavar="NAME",
    multiple=True,
    show_default="all",
    shell_complete=complete.gpus,
    help="Whose power traces to draw.",
)
@as_json
@quiet
@verbose
def synthesize(
    *,
    parameters: Path | None,
    out: Path,
    seed: int,
    runs: int,
    batch_sizes: tuple[int, ...],
    power_limits: tuple[int, ...],
    gpus: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Draw SYNTHETIC traces from a fitted model: train, power of each GPU, groups, and a README.

    PARAMETERS is what `simulator trace fit` wrote; nothing means those of the bundled traces.
    """
    from simulator.cli.show import say
    from simulator.cli.told import tell_files
    from simulator.trace.locate import bundled_directory
    from simulator.trace.model import read_parameters, write_bundle

    files = write_bundle(
        read_parameters(parameters or bundled_directory() / "parameters.json"),
        out,
        seed=seed,
        runs=runs,
        batch_sizes=batch_sizes or None,
        power_limits=power_limits or None,
        gpus=gpus or None,
    )
    tell_files(files, as_json=as_json, quiet=quiet)
    say("SYNTHETIC traces: drawn from a model, recorded by nobody.", err=True)
