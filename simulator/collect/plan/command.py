"""The command line of one run: the placeholders of the plan's command, filled."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.job import Job

__all__ = ["PLACEHOLDERS", "PYTHON", "command_line", "launched", "placeholders_in"]

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

#: A placeholder, wherever it stands. With a dollar sign before it, it is a variable of a shell's, or of Hydra's.
_PLACEHOLDER = re.compile(rf"(?<!\$)(?:{'|'.join(map(re.escape, PLACEHOLDERS))})")


def placeholders_in(word: str) -> list[str]:
    """Find the placeholders of a word of a command.

    Examples
    --------
    >>> placeholders_in("train.batch={batch_size},{seed},${seed},{fold}")
    ['{batch_size}', '{seed}']
    """
    return _PLACEHOLDER.findall(word)


def command_line(
    job: Job, *, batch_size: int, learning_rate: float, seed: int, slice_number: int, epochs: int, limit_w: int | None
) -> tuple[str, ...]:
    """Fill the placeholders of a job's command, those that are words of their own and those within a word.

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
    >>> job = Job("d", "n", "sgd", 0.9, 50, command=["train", "{batch_size}", "n={epochs}", "{power_limit}"])
    >>> command_line(job, batch_size=8, learning_rate=0.1, seed=1, slice_number=0, epochs=4, limit_w=250)
    ('train', '8', 'n=4', '250')
    """
    job = replace(job, max_epochs=epochs)
    words = job.gen_command(batch_size, learning_rate, seed, slice_number)
    names = [name for name in PLACEHOLDERS if name != "{power_limit}"]
    filled = replace(job, command=names).gen_command(batch_size, learning_rate, seed, slice_number)
    values = {**dict(zip(names, filled, strict=True)), "{power_limit}": str(limit_w)}
    if limit_w is None and any("{power_limit}" in placeholders_in(word) for word in words):
        raise PlanError("job.command has {power_limit}, but no limit is known: list grid.power_limits_w")
    return tuple(_PLACEHOLDER.sub(lambda found: values[found[0]], word) for word in words)


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
    return [re.sub(rf"(?<!\$){re.escape(PYTHON)}", lambda _: sys.executable, word) for word in command]
