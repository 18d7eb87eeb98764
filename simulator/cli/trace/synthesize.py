"""``simulator trace synthesize``: traces drawn from a model."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import batch_sizes_option, examples, power_limits_option, verbose

__all__ = ["synthesize"]


@click.command(
    short_help="Draw SYNTHETIC traces from a model.",
    epilog=examples(
        ("simulator trace synthesize", "from the parameters of the bundled traces"),
        ("simulator trace synthesize parameters.json --runs 50 --gpu v100", "many runs, on one GPU"),
        ("simulator replay --traces synthetic-traces", "and replay them"),
    ),
)
@click.argument("parameters", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path), default=Path("synthetic-traces"), help="Folder for the traces.")
@click.option("--seed", type=click.IntRange(0), metavar="N", default=2023, help="Decides the runs.")
@click.option("--runs", type=click.IntRange(1), metavar="N", default=5, help="Runs per batch size.")
@batch_sizes_option
@power_limits_option
@click.option("--gpu", "gpus", metavar="NAME", multiple=True, show_default="all", help="GPU.")
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
) -> None:
    """Draw SYNTHETIC traces from a fitted model: train, power of each GPU, groups, and a README.

    PARAMETERS is what `simulator trace fit` wrote; nothing means those of the bundled traces.
    """
    from simulator.cli.show import say
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
    for file in files:
        click.echo(file)
    say("SYNTHETIC traces: drawn from a model, recorded by nobody.", err=True)
