"""Whether this machine can run a Slurm of its own."""

from __future__ import annotations

import os
import shutil
import sys

#: Programs that must be there, and the package of Debian that has each.
PROGRAMS = {
    "munged": "munge",
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "sbatch": "slurm-client",
    "squeue": "slurm-client",
    "scontrol": "slurm-client",
    "srun": "slurm-client",
    "setpriv": "util-linux",
}
#: Daemons lie where only administrators look.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find(program):
    """Return where a program lies, or None."""
    return shutil.which(program, path=PATH)


def why_not():
    """Say why no Slurm can be started here; None if one can."""
    if sys.platform != "linux":
        return "Slurm needs Linux"
    if os.geteuid() != 0:
        return "a Slurm of its own needs root, who may run the jobs of all"
    missing = sorted({package for program, package in PROGRAMS.items() if not find(program)})
    return f"no Slurm on this machine: `make slurm` installs {', '.join(missing)} (Debian, root)" if missing else None
