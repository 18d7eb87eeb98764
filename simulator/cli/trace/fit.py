"""``simulator trace fit``: a model of recorded traces."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, out_path_option, verbose, where_argument

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fit"]


@click.command(
    short_help="Fit a model to traces.",
    epilog=examples(
        (
            "simulator trace fit zeus-nsdi23 --out parameters.json",
            "the model, and how far it is from what was recorded",
        ),
        ("simulator trace synthesize parameters.json", "traces drawn from it"),
    ),
)
@where_argument
@out_path_option("File for the parameters.", "parameters.json", metavar="FILE")
@as_json
@verbose
def fit(*, where: str | None, out: Path, as_json: bool) -> None:
    """Fit epochs to target, time and power as functions of batch size and power limit; report residuals.

    DIR is a directory of traces, NAME is zeus-nsdi23 once fetched; nothing means the bundled SYNTHETIC traces.
    """
    from simulator.cli.show import json_lines, show
    from simulator.trace.files import whole_file
    from simulator.trace.layout import power_files, train_file
    from simulator.trace.locate import locate
    from simulator.trace.metadata import read_metadata
    from simulator.trace.model import fit_model, residual_table

    directory = locate(where)
    train, power = train_file(directory), power_files(directory)
    about = read_metadata(directory)
    parameters = fit_model(
        train,
        power,
        name=about.name,
        sources={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (train, *power.values())},
    )
    with whole_file(out) as temporary:
        temporary.write_text(parameters.to_json(), encoding="utf-8", newline="\n")
    table = residual_table(parameters)
    if as_json:
        json_lines(table)
    else:
        what = f"{about.name}, which are SYNTHETIC traces" if about.synthetic else about.name
        show(table, title=f"Fitted to {what}: relative errors", caption=f"Parameters: {out}")
