"""The command ``simulator`` and what it offers."""

from __future__ import annotations

import click

from simulator.cli.collect import collect
from simulator.cli.compare import compare
from simulator.cli.completion import completion
from simulator.cli.doctor import doctor
from simulator.cli.flags import early_flags
from simulator.cli.front import front
from simulator.cli.grid import grid
from simulator.cli.options import verbose
from simulator.cli.policies import policies
from simulator.cli.price import price
from simulator.cli.program import Program
from simulator.cli.replay import replay
from simulator.cli.report import report
from simulator.cli.sensitivity import sensitivity
from simulator.cli.serve import serve
from simulator.cli.study import study
from simulator.cli.trace import trace
from simulator.cli.transfer import transfer

__all__ = ["main"]


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120, "show_default": True},
    epilog="""\b
Examples:
  simulator study                                    everything about the bundled jobs, on one page
  simulator replay                                   every stock policy on every bundled job
  simulator replay --job squad --policy pruning-gts  one policy on one job
  simulator compare -p gts -p pruning-gts            which is better, and how sure is that
  simulator front --slowdown 10                      the least energy, at most 10 % slower
  simulator report results                           one page that shows what was found
  simulator grid plan.py                             a sweep: planned, run anywhere, resumed, read
  simulator trace get zeus-nsdi23                    fetch recorded traces
  simulator replay --traces zeus-nsdi23 --gpu a40    and replay them
  simulator collect plan.toml                        record your own on a GPU
  simulator doctor                                   what this machine can do
""",
)
@click.version_option(package_name="trace-simulator", prog_name="simulator")
@early_flags
@verbose
def main() -> None:
    """Replay recorded training jobs, to learn what a policy would have cost in joules and seconds."""


main.add_command(study)
main.add_command(replay)
main.add_command(compare)
main.add_command(front)
main.add_command(sensitivity)
main.add_command(transfer)
main.add_command(price)
main.add_command(report)
main.add_command(policies)
main.add_command(trace)
main.add_command(grid)
main.add_command(collect)
main.add_command(serve)
main.add_command(doctor)
main.add_command(completion)
