"""Others who may run a sweep's cells: Slurm and Dask."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, version

from simulator.doctor.finding import Finding, missing, ok, problem
from simulator.doctor.programs import SilentProgramError, ask

__all__ = ["dask", "slurm"]

_LISTED = 8

#: What Slurm's programs say where nobody told them which cluster they belong to.
_UNCONFIGURED = "could not establish a configuration source"


def slurm() -> list[Finding]:
    """Ask Slurm for its partitions."""
    if shutil.which("sinfo") is None:
        means = "sweeps run on this machine: `--on pool`"
        return [missing("Slurm", "no sinfo on the path", means, "log in where jobs of Slurm are submitted")]
    try:
        said = ask("sinfo", "--noheader", "--format=%R %a %D")
    except SilentProgramError as error:
        if _UNCONFIGURED in str(error).casefold():
            means = "its programs are installed, but this machine belongs to no cluster; sweeps run here: `--on pool`"
            return [missing("Slurm", "sinfo finds no configuration", means, "set SLURM_CONF, or log in to a cluster")]
        means = "`--on slurm` would wait for it, or fail"
        return [problem("Slurm", str(error), means, "scontrol ping")]
    partitions = [line.split() for line in said.splitlines() if len(line.split()) == 3]
    if not partitions:
        return [problem("Slurm", "sinfo names no partition", "`--on slurm` has nowhere to run", "sinfo")]
    listed = [f"{name} ({state}, {nodes} nodes)" for name, state, nodes in partitions[:_LISTED]]
    more = f" and {len(partitions) - _LISTED} more" if len(partitions) > _LISTED else ""
    return [ok("Slurm", f"partitions {', '.join(listed)}{more}", "`--on slurm --set partition=NAME` runs sweeps there")]


def dask() -> list[Finding]:
    """Look for Dask's packages."""
    try:
        found = version("distributed")
    except PackageNotFoundError:
        means = "`--on dask` cannot be used"
        return [missing("Dask", "distributed is not installed", means, "pip install 'trace-simulator[dask]'")]
    return [ok("Dask", f"distributed {found}", "`--on dask` runs sweeps")]
