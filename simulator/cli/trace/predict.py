"""``simulator trace predict``: what if, on a GPU, at batch sizes or limits that nobody recorded."""

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

__all__ = ["predict"]


@click.command(
    short_help="Predict traces of a GPU that nobody recorded.",
    epilog=examples(
        (
            "simulator trace predict --gpu new --like v100 --relative-speed 3 --max-power 700",
            "a GPU that is only planned",
        ),
        ("simulator trace predict --gpu a40 --power-limit 90 --power-limit 110", "limits between those recorded"),
        ("simulator replay --traces predicted-traces", "and what policies would cost there"),
    ),
)
@click.argument("parameters", type=click.Path(path_type=Path), required=False, metavar="[PARAMETERS]")
@click.option(
    "--gpu",
    metavar="NAME",
    required=True,
    shell_complete=complete.gpus,
    help="GPU to predict: a fitted one, or any name with --like.",
)
@click.option(
    "--like",
    metavar="NAME",
    shell_complete=complete.gpus,
    show_default="none",
    help="Fitted GPU that a new one is compared with, by one of the next two.",
)
@click.option(
    "--relative-speed",
    type=float,
    metavar="X",
    show_default="1, with --max-power",
    help="How many times as fast as that one, without a limit.",
)
@click.option(
    "--max-power",
    "max_power_w",
    type=float,
    metavar="W",
    show_default="that one's, with --relative-speed",
    help="Its largest power limit [W].",
)
@batch_sizes_option
@power_limits_option
@click.option("--seed", type=click.IntRange(0), metavar="N", default=2023, help="Seed of the runs that are drawn.")
@click.option("--runs", type=click.IntRange(1), metavar="N", default=5, help="Runs per batch size.")
@out_path_option("Folder for the traces.", "predicted-traces")
@as_json
@quiet
@verbose
def predict(
    *,
    parameters: Path | None,
    gpu: str,
    like: str | None,
    relative_speed: float | None,
    max_power_w: float | None,
    batch_sizes: tuple[int, ...],
    power_limits: tuple[int, ...],
    seed: int,
    runs: int,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Predict train and power traces of every fitted workload on a GPU; each row is labelled as PREDICTED.

    PARAMETERS is what `simulator trace fit` wrote; nothing means those of the bundled traces. A first guess, not a
    verdict: residuals, and how far predictions are off where the truth is known, are in the bundled traces' README.
    """
    from simulator.cli.show import say
    from simulator.cli.told import tell_files
    from simulator.trace.locate import bundled_directory
    from simulator.trace.model import read_parameters, write_prediction

    files = write_prediction(
        read_parameters(parameters or bundled_directory() / "parameters.json"),
        out,
        gpu=gpu,
        like=like,
        relative_speed=relative_speed,
        max_power_w=max_power_w,
        batch_sizes=batch_sizes or None,
        power_limits=power_limits or None,
        seed=seed,
        runs=runs,
    )
    tell_files(files, as_json=as_json, quiet=quiet)
    say("PREDICTED traces: a guess of a model, recorded by nobody.", err=True)
