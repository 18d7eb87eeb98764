"""The steps of ``record_on_gpu.sh``: ``python -m recording identify|plan|check|lay-out``.

Exit codes: 2 for what cannot be done, 3 without NVML or GPU, 4 for a simulated GPU where only real ones may go.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recording.busy import busy, torch_sees_a_gpu
from recording.gpu import identify, is_simulated, key_of
from recording.plan import plan_text
from recording.words import in_words
from simulator.collect.nvml import nvml
from simulator.errors import CollectError, NvmlMissingError

#: Where recordings of real GPUs are kept, and those of no other.
TRACES = Path(__file__).resolve().parents[2] / "traces"

SIMULATED = "This is SIMULATED: no GPU was measured, and none of these numbers means anything."


def say_who(options):
    """Print UUID, name for files, and ``real`` or ``simulated``; refuse what may not be recorded there."""
    with nvml():
        device = identify(options.gpu)
        simulated = is_simulated(device)
        if simulated and (options.out is None or TRACES in [options.out.resolve(), *options.out.resolve().parents]):
            refuse(
                4, f"{device.name} is simulated, and only recordings of real GPUs go to {TRACES}; name another --out"
            )
        if not simulated and not torch_sees_a_gpu():
            refuse(
                2,
                "PyTorch with CUDA is not there, so the GPU would stay idle: --with-torch installs it, --python "
                "names a Python that has it",
            )
        print(device.uuid, key_of(device), "simulated" if simulated else "real")


def write_plan(options):
    """Write the plan."""
    options.into.write_text(plan_text(real=not options.simulated, quick=options.quick))


def check_sensors(options):
    """Check the sensors of a GPU under load; write the results, and print them in words."""
    from recording.checks import check

    with nvml():
        device = identify(options.gpu)
        simulated = is_simulated(device)
        with busy(options.into.parent, real=not simulated):
            found = check(device, seconds=5.0 if options.quick else 25.0)
        load = "the example job, but the power is made up" if simulated else "the example job, in PyTorch"
        found = {"name": device.name, "simulated": simulated, "load": load, **found}
    options.into.write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(in_words(found)))


def make_folder(options):
    """Lay the recording out."""
    from recording.lay_out import lay_out

    lay_out(options.work, options.into, options.out.name, reason=SIMULATED if options.simulated else "")


def refuse(code, words):
    """End with a message and a code."""
    print(f"error: {words}", file=sys.stderr)
    raise SystemExit(code)


def main():
    """Do one step."""
    parser = argparse.ArgumentParser(prog="recording", description=__doc__.partition("\n")[0])
    steps = parser.add_subparsers(required=True)
    for name, step in (("identify", say_who), ("plan", write_plan), ("check", check_sensors), ("lay-out", make_folder)):
        words = steps.add_parser(name)
        words.set_defaults(step=step)
        words.add_argument("--gpu", default="0")
        words.add_argument("--out", type=Path)
        words.add_argument("--work", type=Path)
        words.add_argument("--into", type=Path)
        words.add_argument("--quick", action="store_true")
        words.add_argument("--simulated", action="store_true")
    options = parser.parse_args()
    try:
        options.step(options)
    except NvmlMissingError as error:
        refuse(3, error)
    except CollectError as error:
        refuse(2, error)


if __name__ == "__main__":
    main()
