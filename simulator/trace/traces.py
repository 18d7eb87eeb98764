"""What was recorded on one GPU: a train trace and the GPU's power trace, side by side."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from simulator.trace.join import join
from simulator.trace.table import JobTable

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["Traces", "hash_tables"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Traces:
    """A train trace and the power trace of one GPU.

    Made by `read_traces` from a directory, or directly from two DataFrames. The tables are not copied; do not
    change them afterwards.

    Parameters
    ----------
    train
        Train trace: how many epochs each recorded run took to each target.
    power
        Power trace: time [s] and average power [W] of an epoch at each batch size and power limit.
    gpu
        Name of the GPU.
    name
        What the traces are called where they are shown.
    synthetic
        Whether they were made by a model and not recorded. Shown wherever their results are.
    jobs
        Jobs that the traces are meant for, if they came with any.

    Examples
    --------
    >>> import pandas as pd
    >>> from simulator import Job
    >>> row = {"dataset": "d", "network": "n", "optimizer": "adam", "batch_size": 8}
    >>> train = pd.DataFrame([{**row, "target_metric": 0.9, "target_epoch": 4.0}])
    >>> power = pd.DataFrame([{**row, "power_limit": 200, "time_per_epoch": 10.0, "average_power": 150.0}])
    >>> traces = Traces(train=train, power=power, gpu="v100")
    >>> traces.table(Job("d", "n", "adam", 0.9, 100)).epoch_energy_j
    array([1500.])
    >>> traces
    <Traces 'traces' on v100, recorded: 1 rows of training, 1 of power; no jobs named>
    """

    train: pd.DataFrame
    power: pd.DataFrame
    gpu: str = "gpu"
    name: str = "traces"
    synthetic: bool = False
    jobs: tuple[Job, ...] = ()
    _tables: dict[Job, JobTable] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        made = "SYNTHETIC" if self.synthetic else "recorded"
        jobs = ", ".join(job.dataset for job in self.jobs) or "no jobs named"
        return (
            f"<Traces {self.name!r} on {self.gpu}, {made}: {len(self.train)} rows of training, "
            f"{len(self.power)} of power; {jobs}>"
        )

    @cached_property
    def joined(self) -> pd.DataFrame:
        """Both traces joined on the columns that they share; see `simulator.trace.join.join`."""
        return join(self.train, self.power)

    @property
    def max_power_w(self) -> int:
        """MAXPOWER [W]: the largest power limit in the whole joined trace."""
        return int(self.joined["power_limit"].max())

    def predicts(self, job: Job) -> bool:
        """Whether any row of a job is a model's prediction, and not recorded."""
        return "predicted" in self.joined.columns and bool(job.filter_df(self.joined)["predicted"].any())

    def table(self, job: Job) -> JobTable:
        """Dense arrays of one job, made at the first call and kept.

        Raises
        ------
        NotInTraceError
            If the traces have no row of the job.
        """
        if job not in self._tables:
            self._tables[job] = JobTable.from_frame(job, self.joined)
        return self._tables[job]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the GPU's name and the content of both tables; file names and formats do not matter."""
        return hash_tables(self.train, self.power, name=self.gpu)


def hash_tables(*tables: pd.DataFrame, name: str = "") -> str:
    """SHA-256 over a name and the content of tables: columns and values in their order, not the index."""
    digest = hashlib.sha256(name.encode())
    for table in tables:
        digest.update(repr(list(table.columns)).encode())
        digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    return digest.hexdigest()
