"""``simulator collect probe``: what the sensors of GPUs are."""

from __future__ import annotations

import json

import click

from simulator.cli.collect.words import gpus_option
from simulator.cli.options import POSITIVE, as_json, examples, verbose

__all__ = ["probe"]


@click.command(
    short_help="Find out what a GPU's sensors are.",
    epilog=examples(
        ("simulator collect probe", "update periods of the sensors of all visible GPUs"),
        ("simulator collect probe --gpus 0 --seconds 5", "longer, while a job keeps the GPU busy"),
        ("simulator collect probe --json", "a GPU a line, with all that it says of itself"),
    ),
)
@gpus_option
@click.option("--seconds", type=POSITIVE, metavar="S", default=1.5, help="How long to read each GPU [s].")
@as_json
@verbose
def probe(*, gpus: list[int | str] | None, seconds: float, as_json: bool) -> None:
    """Find out how often the sensors of GPUs bring a new value, what they do not tell, and how they are set.

    Nothing is set. An idle GPU may show nothing, since a value that does not change has no period: probe while a job
    runs. A collection does that by itself.
    """
    from simulator.cli.collect.sensors import show_sensors
    from simulator.collect.live import look_at_sensors
    from simulator.collect.nvml import find_gpus, nvml

    with nvml():
        found = look_at_sensors(find_gpus(gpus, allow_shared_sensor=True), seconds=seconds)
    for view in found:
        if as_json:
            click.echo(json.dumps(view.to_json()))
        else:
            show_sensors(view)
