"""What the options of a collection mean: the same tables that a plan's file holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import whole_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["gpus", "gpus_option", "plan_tables", "power_limits"]

#: Where in a plan an option's value belongs.
_PLACES = {
    "dataset": "job",
    "network": "job",
    "optimizer": "job",
    "target_metric": "job",
    "max_epochs": "job",
    "default_bs": "job",
    "default_lr": "job",
    "metric": "job",
    "batch_sizes": "grid",
    "power_limits_w": "grid",
    "seeds": "grid",
    "gpus": "measure",
}


def power_limits(text: str) -> list[int] | dict[str, int] | str:
    """Read power limits: ``all``, ``300:100:25`` (from 300 to 100 W in steps of 25 W), or ``300,250``."""
    if text.strip() == "all":
        return "all"
    if match := re.fullmatch(r"\s*(\d+):(\d+):(\d+)\s*", text):
        return dict(zip(("from", "to", "step"), map(int, match.groups()), strict=True))
    if not re.fullmatch(r"[\d,\s]+", text):
        raise click.BadParameter(f"{text!r} are no power limits; write 300,250,200 or 300:100:25 or all")
    return whole_numbers(text)


def gpus(text: str) -> list[int | str]:
    """Read indices and UUIDs with commas between them."""
    words = [word.strip() for word in text.split(",")]
    return [int(word) if word.isdigit() else word for word in words if word]


gpus_option = click.option(
    "--gpus", "--gpu", type=gpus, metavar="N,N", show_default="those visible", help="GPUs, by index or UUID."
)


def plan_tables(options: Mapping[str, Any], command: tuple[str, ...], *, lower_is_better: bool) -> dict[str, Any]:
    """Make the tables of a plan of options; those that were not given are left out."""
    tables: dict[str, Any] = {"job": {"command": list(command), "higher_is_better": not lower_is_better}, "grid": {}}
    for name, value in options.items():
        if value is not None:
            tables.setdefault(_PLACES[name], {})[name] = value
    return tables
