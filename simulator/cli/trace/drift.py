"""``simulator trace drift``: traces of a job whose data drift."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli import complete
from simulator.cli.options import as_json, examples, out_path_option, quiet, verbose

__all__ = ["drift"]


def _factors(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> dict[str, list[float]] | None:
    """Read what drifts, and by which factors: ``critical_size=1,0.1``."""
    found: dict[str, list[float]] = {}
    for word in words:
        name, _, values = word.partition("=")
        try:
            found[name.replace("-", "_")] = [float(value) for value in values.split(",")]
        except ValueError:
            raise click.BadParameter(f"{word!r} has no factors; write critical_size=1,0.1") from None
    return found or None


@click.command(
    short_help="Make SYNTHETIC traces of a job that drifts.",
    epilog=examples(
        ("simulator trace drift", "a best batch size that moves over 38 slices"),
        ("simulator replay --traces drifting-traces -p pruning-gts --window 10", "a policy that forgets"),
        ("simulator trace drift --drift critical_size=1,0.1,1 --slices 20", "another drift: down, and back up"),
        ("simulator replay --traces drift", "the drifting traces that come with the package"),
    ),
)
@click.argument("parameters", type=click.Path(path_type=Path), required=False, metavar="[PARAMETERS]")
@click.option(
    "--job", "-j", "dataset", metavar="NAME", default="sentiment140", help="Dataset of the stock job to move."
)
@click.option("--gpu", metavar="NAME", default="v100", shell_complete=complete.gpus, help="GPU.")
@click.option("--slices", type=click.IntRange(2), metavar="N", default=38, help="Slices of data, one a recurrence.")
@click.option(
    "--drift",
    "drift",
    multiple=True,
    callback=_factors,
    metavar="NAME=X,X",
    show_default="those of the bundled traces",
    help="Factors of floor_epochs, critical_size, small_size, large_steepness or small_steepness, first slice to last.",
)
@click.option(
    "--spread", type=click.FloatRange(0), metavar="X", default=0.12, help="Least spread of the logarithm of epochs."
)
@click.option("--seed", type=click.IntRange(0), metavar="N", default=2023, help="Decides the runs.")
@click.option("--runs", type=click.IntRange(1), metavar="N", default=4, help="Runs per slice and batch size.")
@out_path_option("Folder for the traces.", "drifting-traces")
@as_json
@quiet
@verbose
def drift(
    *,
    parameters: Path | None,
    dataset: str,
    gpu: str,
    slices: int,
    drift: dict[str, list[float]] | None,
    spread: float,
    seed: int,
    runs: int,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make SYNTHETIC traces of a job whose data drift from slice to slice: train, power of a GPU, and a README.

    PARAMETERS is what `simulator trace fit` wrote; nothing means those of the bundled traces. The curve of epochs over
    batch sizes is moved by factors; the drift is made up, and not fitted on anything.
    """
    from simulator.cli.show import say
    from simulator.cli.told import tell_files
    from simulator.trace.locate import bundled_directory
    from simulator.trace.model import read_parameters, write_drift
    from simulator.trace.model.drift import DRIFT

    files = write_drift(
        read_parameters(parameters or bundled_directory() / "parameters.json"),
        out,
        dataset=dataset,
        gpu=gpu,
        slices=slices,
        drift=drift or DRIFT,
        spread=spread,
        seed=seed,
        runs=runs,
        source=(parameters or Path("parameters.json")).as_posix(),
    )
    tell_files(files, as_json=as_json, quiet=quiet)
    say("SYNTHETIC traces: a drift that was made up, recorded by nobody.", err=True)
