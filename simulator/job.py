"""What is trained: one recurring job, named by what decides its cost.

The fields, the text forms and the learning rate rules are those of the published simulator's job class, so that a
script written for it runs here with another import.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.check import real_number, whole_number
from simulator.errors import JobError, UnsupportedOptimizerError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Job"]

#: Optimizers by how the learning rate follows the batch size. Square root for adaptive ones, linear for SGD
#: (P. Goyal et al., "Accurate, Large Minibatch SGD", 2017).
SQUARE_ROOT_OPTIMIZERS = ("adadelta", "adam", "adamw")
LINEAR_OPTIMIZERS = ("sgd",)


@dataclass(frozen=True)
class Job:
    """A recurring training job.

    Frozen and hashable: policies keep their state in dictionaries keyed by job. The command is left out of hash and
    equality, since it says how a job is launched and not what it is.

    Parameters
    ----------
    dataset
        Name of the dataset, as the trace spells it.
    network
        Name of the network, as the trace spells it.
    optimizer
        Name of the optimizer, as the trace spells it.
    target_metric
        Validation metric at which training is done, as the trace lists it.
    max_epochs
        Epochs after which a run is given up.
    default_bs
        Batch size that the user would have chosen, where exploration starts.
    default_lr
        Learning rate that goes with ``default_bs``.
    workdir
        Directory to launch the command in.
    command
        Command line as a list of arguments, with placeholders (see `gen_command`).
    higher_is_better
        Whether the metric rises while training improves the model. Word error rate and loss fall: False.

    Examples
    --------
    >>> job = Job("librispeech", "deepspeech2", "adamw", 40.0, 16, default_bs=192, higher_is_better=False)
    >>> str(job)
    'Job(librispeech,deepspeech2,adamw,40.0,bs192~16)'
    """

    dataset: str
    network: str
    optimizer: str
    target_metric: float
    max_epochs: int
    default_bs: int | None = None
    default_lr: float | None = None
    workdir: str | None = field(default=None, metadata={"path": True})  # where it lies decides no result
    command: list[str] | None = field(default=None, hash=False, compare=False)
    higher_is_better: bool = field(default=True, kw_only=True)

    def __str__(self) -> str:
        """Name the job in one short word."""
        size = "" if self.default_bs is None else f",bs{self.default_bs}"
        return f"Job({self.workload},{self.target_metric}{size}~{self.max_epochs})"

    @property
    def workload(self) -> str:
        """Dataset, network and optimizer: what is trained, whatever the target.

        Examples
        --------
        >>> Job("squad", "bert_base_uncased", "adamw", 84.0, 6).workload
        'squad,bert_base_uncased,adamw'
        """
        return f"{self.dataset},{self.network},{self.optimizer}"

    def to_logdir(self) -> str:
        """Name a directory for this job's logs.

        Examples
        --------
        >>> Job("squad", "bert_base_uncased", "adamw", 84.0, 6, 32, 5e-5).to_logdir()
        'squad+bert_base_uncased+bs32+adamw+lr5e-05+tm84.0+me6'
        """
        return (
            f"{self.dataset}+{self.network}+bs{self.default_bs}+{self.optimizer}"
            f"+lr{self.default_lr}+tm{self.target_metric}+me{self.max_epochs}"
        )

    def filter_df(self, df: pd.DataFrame) -> pd.DataFrame:
        """Keep the rows of a train trace, or of one joined with a power trace, that are about this job.

        Parameters
        ----------
        df
            Table with the columns dataset, network, optimizer and target_metric.

        Returns
        -------
        pandas.DataFrame
            The matching rows in their order, with their index. Empty if there is none.
        """
        return df.loc[
            (df["dataset"] == self.dataset)
            & (df["network"] == self.network)
            & (df["optimizer"] == self.optimizer)
            & (df["target_metric"] == self.target_metric)
        ]

    def gen_command(self, batch_size: int, learning_rate: float, seed: int, rec_i: int) -> list[str]:
        """Fill the command's placeholders.

        A placeholder is a whole list item: ``{bs}`` or ``{batch_size}``, ``{lr}`` or ``{learning_rate}``, ``{seed}``,
        ``{epoch}`` or ``{epochs}`` (the job's max_epochs), ``{slice_number}`` (the recurrence), ``{target_metric}``.
        Any other item passes through as it is. No shell is involved.

        Parameters
        ----------
        batch_size
            Batch size of this run.
        learning_rate
            Learning rate of this run.
        seed
            Random seed of this run.
        rec_i
            Recurrence, counted from 0: the data slice of a drifting dataset.

        Returns
        -------
        list of str
            The command line, ready for `subprocess.run`.

        Raises
        ------
        JobError
            If the job has no command.

        Examples
        --------
        >>> job = Job("squad", "bert", "adamw", 84.0, 6, command=["python", "train.py", "-b", "{bs}", "{lr}!"])
        >>> job.gen_command(32, 5e-5, seed=1, rec_i=0)
        ['python', 'train.py', '-b', '32', '{lr}!']
        """
        if not self.command:
            raise JobError(f"{self} has no command; give it one: Job(..., command=['python', 'train.py', '{{bs}}'])")
        values = {
            "{bs}": batch_size,
            "{batch_size}": batch_size,
            "{lr}": learning_rate,
            "{learning_rate}": learning_rate,
            "{seed}": seed,
            "{epoch}": self.max_epochs,
            "{epochs}": self.max_epochs,
            "{slice_number}": rec_i,
            "{target_metric}": self.target_metric,
        }
        return [str(values.get(item, item)) for item in self.command]

    def scale_lr(self, batch_size: int) -> float:
        """Scale the default learning rate to another batch size.

        With the square root of the batch size for adam, adamw and adadelta, linearly for sgd.

        Parameters
        ----------
        batch_size
            Batch size to scale to.

        Returns
        -------
        float
            Learning rate.

        Raises
        ------
        JobError
            If the job has no default batch size or no default learning rate, or a number is none.
        UnsupportedOptimizerError
            If no rule is known for the optimizer.

        Examples
        --------
        >>> Job("squad", "bert", "AdamW", 84.0, 6, default_bs=32, default_lr=0.5).scale_lr(128)
        1.0
        """
        for name in ("default_bs", "default_lr"):
            if not getattr(self, name):
                raise JobError(f"{self} has no {name}; the learning rate is scaled from it: Job(..., {name}=...)")
        default_bs = whole_number("default_bs", self.default_bs, error=JobError, least=1)
        default_lr = real_number("default_lr", self.default_lr, error=JobError)
        batch_size = whole_number("batch_size", batch_size, error=JobError, least=1)
        optimizer = self.optimizer.lower()
        if optimizer in SQUARE_ROOT_OPTIMIZERS:
            return default_lr * math.sqrt(batch_size / default_bs)
        if optimizer in LINEAR_OPTIMIZERS:
            return default_lr * batch_size / default_bs
        raise UnsupportedOptimizerError(
            f"no learning rate rule for optimizer {self.optimizer!r}; supported are "
            f"{', '.join(SQUARE_ROOT_OPTIMIZERS)} (square root) and {', '.join(LINEAR_OPTIMIZERS)} (linear)"
        )
