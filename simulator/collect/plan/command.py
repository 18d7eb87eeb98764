"""The command line of one run: the placeholders of the plan's command, filled."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.job import Job

__all__ = ["PLACEHOLDERS", "PYTHON", "command_line", "launched"]

#: Placeholders, and the value that each stands for. All but the last are those of `simulator.Job.gen_command`.
PLACEHOLDERS = {
    "{batch_size}": "batch_size",
    "{bs}": "batch_size",
    "{learning_rate}": "learning_rate",
    "{lr}": "learning_rate",
    "{seed}": "seed",
    "{epochs}": "epochs",
    "{epoch}": "epochs",
    "{target_metric}": "target_metric",
    "{slice_number}": "slice_number",
    "{power_limit}": "power_limit",
}

#: Stands for the Python that runs the collection. It is filled last, so that results do not depend on where that is.
PYTHON = "{python}"


def command_line(
    job: Job, *, batch_size: int, learning_rate: float, seed: int, slice_number: int, epochs: int, limit_w: int | None
) -> tuple[str, ...]:
    """Fill the placeholders of a job's command.

    Parameters
    ----------
    job
        The job; its target is what ``{target_metric}`` says.
    batch_size, learning_rate, seed, slice_number, epochs
        What the placeholders of these names say.
    limit_w
        What ``{power_limit}`` says [W]; None: no limit is known.

    Returns
    -------
    tuple of str
        Words, for `subprocess.Popen`; no shell is involved.

    Raises
    ------
    PlanError
        If the command names the power limit and none is known.

    Examples
    --------
    >>> from simulator.job import Job
    >>> job = Job("d", "n", "sgd", 0.9, 50, command=["train", "{batch_size}", "{epochs}", "{power_limit}"])
    >>> command_line(job, batch_size=8, learning_rate=0.1, seed=1, slice_number=0, epochs=4, limit_w=250)
    ('train', '8', '4', '250')
    """
    words = replace(job, max_epochs=epochs).gen_command(batch_size, learning_rate, seed, slice_number)
    if "{power_limit}" in words and limit_w is None:
        raise PlanError("job.command has {power_limit}, but no limit is known: list grid.power_limits_w")
    return tuple(str(limit_w) if word == "{power_limit}" else word for word in words)


def launched(command: Sequence[str]) -> list[str]:
    """Fill in where Python is.

    Parameters
    ----------
    command
        What `command_line` returned.

    Returns
    -------
    list of str
        Words to start a process with.

    Examples
    --------
    >>> launched(("{python}", "train.py"))[1:]
    ['train.py']
    """
    return [sys.executable if word == PYTHON else word for word in command]
