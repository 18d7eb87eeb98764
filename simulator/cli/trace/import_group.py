"""``simulator trace import``: what others recorded, in formats of their own."""

from __future__ import annotations

import click

from simulator.cli.flags import Section, early_flags
from simulator.cli.options import examples, verbose
from simulator.cli.trace.import_alibaba_pai import alibaba_pai
from simulator.cli.trace.import_mlperf import mlperf
from simulator.cli.trace.import_pollux import pollux

__all__ = ["import_group"]


@click.group(
    "import",
    cls=Section,
    short_help="Make traces of what others recorded.",
    epilog=examples(
        ("simulator trace import pollux ./adaptdl/simulator/traces", "metrics and times of Pollux's applications"),
        ("simulator trace import mlperf ./results/system/resnet", "runs, and the power of whole nodes"),
        ("simulator trace import alibaba-pai jobs.csv tags.csv", "submissions of recurring jobs"),
    ),
)
@early_flags
@verbose
def import_group() -> None:
    """Make traces of what others recorded; what their formats do not say is listed, and never made up.

    The layout of Zeus' published traces needs no import: name its folder wherever traces are meant.
    """


for _command in (pollux, mlperf, alibaba_pai):
    import_group.add_command(_command)
