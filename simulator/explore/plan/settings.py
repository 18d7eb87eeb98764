"""What a scheduler is told about cells: the settings of a launcher."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from simulator.errors import GridError, nearest

__all__ = ["Settings"]

#: What a field's type means, in words and in Python.
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "int": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
    "str": ("a text", (str,)),
    "bool": ("True or False", (bool,)),
    "tuple[str, ...]": ("a list of texts", (tuple,)),
    "tuple[tuple[str, str], ...]": ("a dictionary", (tuple,)),
}

#: Settings that 0 makes sense for.
_MAY_BE_0 = ("gpus_per_node", "signal_delay_s")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of Slurm for the jobs that run cells; None leaves a setting to the cluster.

    The names are those of submitit where it has one, with the unit where there is one; executors that run on this
    machine take no notice of them.

    Parameters
    ----------
    partition
        Which part of the cluster.
    time_min
        Wall time that a job may take [min].
    nodes
        Machines of a job.
    tasks_per_node
        Processes on each.
    cpus_per_task
        Cores of each process.
    mem_gb
        Memory of each machine [GB].
    gpus_per_node
        GPUs of each machine.
    array_parallelism
        How many jobs of an array may run at once.
    cells_per_job
        Cells of one job; by default they are spread over ``array_parallelism`` jobs.
    constraint, qos, account, reservation, nodelist, exclude, gres, comment, dependency
        As ``sbatch`` takes them.
    exclusive
        Whether machines are shared with no other job.
    signal_delay_s
        How long before its end a job is told of it [s].
    setup
        Commands of the shell before a job's cells, one a text.
    additional_parameters
        Further options of ``sbatch``, by name without dashes.

    Raises
    ------
    GridError
        If a value is of another type, or below what makes sense.

    Examples
    --------
    >>> Settings(partition="gpu", mem_gb=4).changed(time_min=30).plain()
    {'partition': 'gpu', 'time_min': 30, 'mem_gb': 4}
    >>> Settings().changed(partitoin="gpu")
    Traceback (most recent call last):
    simulator.errors.GridError: no setting of Slurm is called 'partitoin'; there are partition, ...
    """

    partition: str | None = None
    time_min: int | None = None
    nodes: int | None = None
    tasks_per_node: int | None = None
    cpus_per_task: int | None = None
    mem_gb: float | None = None
    gpus_per_node: int | None = None
    array_parallelism: int | None = None
    cells_per_job: int | None = None
    constraint: str | None = None
    qos: str | None = None
    account: str | None = None
    reservation: str | None = None
    nodelist: str | None = None
    exclude: str | None = None
    gres: str | None = None
    comment: str | None = None
    dependency: str | None = None
    exclusive: bool | None = None
    signal_delay_s: int | None = None
    setup: tuple[str, ...] | None = None
    additional_parameters: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.setup, list):
            object.__setattr__(self, "setup", tuple(self.setup))
        if isinstance(self.additional_parameters, dict):
            pairs = tuple((str(key), str(value)) for key, value in self.additional_parameters.items())
            object.__setattr__(self, "additional_parameters", pairs)
        for each in fields(self):
            _check(each.name, str(each.type).removesuffix(" | None"), getattr(self, each.name))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """List the settings there are."""
        return tuple(each.name for each in fields(cls))

    def changed(self, **settings: Any) -> Settings:
        """Copy them with other values.

        Raises
        ------
        GridError
            If there is no such setting, or a value is none that it can have.
        """
        for name in settings:
            if name not in self.names():
                raise GridError(
                    f"no setting of Slurm is called {name!r}; there are {', '.join(self.names())}"
                    f"{nearest(name, self.names())}"
                )
        return replace(self, **settings)

    def plain(self) -> dict[str, Any]:
        """List those that are set, as data that JSON can hold."""
        found = {each: getattr(self, each) for each in self.names() if getattr(self, each) is not None}
        if "setup" in found:
            found["setup"] = list(found["setup"])
        if "additional_parameters" in found:
            found["additional_parameters"] = dict(found["additional_parameters"])
        return found


def _check(name: str, kind: str, value: Any) -> None:
    if value is None:
        return
    words, types = _KINDS[kind]
    fits = isinstance(value, types) and (kind == "bool" or not isinstance(value, bool))
    if fits and kind == "tuple[str, ...]":
        fits = all(isinstance(line, str) for line in value)
    if not fits:
        raise GridError(f"the setting {name} of Slurm is {value!r}; it has to be {words}")
    if kind in ("int", "float") and not (value > 0 or (value == 0 and name in _MAY_BE_0)):
        raise GridError(f"the setting {name} of Slurm is {value!r}; it has to be above 0")
