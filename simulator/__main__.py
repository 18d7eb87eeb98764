"""``python -m simulator``: the command line, where its script is not on the path."""

from simulator.cli import main

main(prog_name="simulator")
