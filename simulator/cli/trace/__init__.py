"""``simulator trace``: look at traces, check them, make them, fetch them."""

from __future__ import annotations

import click

from simulator.cli.flags import Section, early_flags
from simulator.cli.options import examples, verbose
from simulator.cli.trace.convert import convert
from simulator.cli.trace.derive import derive
from simulator.cli.trace.describe import describe
from simulator.cli.trace.drift import drift
from simulator.cli.trace.fit import fit
from simulator.cli.trace.get import get
from simulator.cli.trace.import_group import import_group
from simulator.cli.trace.predict import predict
from simulator.cli.trace.synthesize import synthesize
from simulator.cli.trace.validate import validate

__all__ = ["trace"]


@click.group(
    cls=Section,
    epilog=examples(
        ("simulator trace describe", "what the bundled traces hold"),
        ("simulator trace get zeus-nsdi23", "fetch recorded traces"),
        ("simulator trace validate ./my-traces", "everything that is wrong, at once"),
    ),
)
@early_flags
@verbose
def trace() -> None:
    """Look at traces, check them, make them, fetch them."""


for _command in (describe, validate, convert, derive, fit, synthesize, drift, predict, get, import_group):
    trace.add_command(_command)
