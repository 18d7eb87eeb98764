"""A plan: all that a collection is asked to do."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.collect.plan.check import contradictions
from simulator.collect.plan.grid import grid_runs
from simulator.collect.plan.limits import limits_meant
from simulator.collect.plan.tables import Grid, JobTable, Measure, Output
from simulator.collect.plan.typed import build, examine, plain
from simulator.errors import PlanError
from simulator.job import Job

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from simulator.collect.plan.grid import RunSpec

__all__ = ["Plan"]


@dataclass(frozen=True, kw_only=True)
class _Tables:
    """A plan as it stands in a file."""

    job: JobTable
    grid: Grid
    measure: Measure = field(default_factory=Measure)
    output: Output = field(default_factory=Output)
    name: str | None = None


#: Fields of ``[job]`` that a plan has and a job has not.
_OWN = ("metric", "targets", "from_environment")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that a collection is asked to do. Everything is checked when it is made.

    Parameters
    ----------
    job
        What is trained, with the command that does it; see `simulator.Job.gen_command` for its placeholders, to which
        ``{power_limit}`` [W] and ``{python}`` are added. Here they may stand within words, too, as in
        ``train.lr={lr}``; ``${lr}`` is left to the shell, or to Hydra.
    grid
        What is varied.
    metric
        Name of the reported metric that the target is about.
    targets
        Further targets that the train trace tells the epochs of. Runs go on until the hardest of all is reached.
    from_environment
        Values that the script takes from its environment (``SIMULATOR_BATCH_SIZE``, ...) and not from its command
        line: batch_size, learning_rate, seed, slice_number.
    measure
        How it is measured.
    output
        How the script's output is read, if it does not report by itself.
    name
        What the traces are called; None: dataset and network.

    Raises
    ------
    PlanError
        With everything that is wrong.

    Examples
    --------
    >>> command = ["python", "train.py", "{batch_size}", "{learning_rate}"]
    >>> job = Job("digits", "mlp", "sgd", 0.95, 50, default_bs=16, default_lr=0.1, command=command)
    >>> plan = Plan(job=job, grid=Grid(batch_sizes=(8, 16), power_limits_w=(300, 200)))
    >>> [str(run) for run in plan.runs()][-2:]
    ['power: batch size 16, 200 W, seed 0', 'drift check: batch size 16, 300 W, seed 0']
    """

    job: Job
    grid: Grid
    metric: str = "accuracy"
    targets: tuple[float, ...] = ()
    from_environment: tuple[str, ...] = ()
    measure: Measure = field(default_factory=Measure)
    output: Output = field(default_factory=Output)
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "targets", tuple(self.targets))
        object.__setattr__(self, "from_environment", tuple(self.from_environment))
        _settle(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Make a plan of plain data, as `to_dict` gives it and TOML files hold it.

        Raises
        ------
        PlanError
            With everything that is wrong.
        """
        _settle(data)
        tables: _Tables = build(_Tables, data)
        values = {item.name: getattr(tables.job, item.name) for item in fields(JobTable)}
        own = {name: values.pop(name) for name in _OWN}
        job = Job(**{**values, "command": list(values["command"])})
        return cls(job=job, grid=tables.grid, measure=tables.measure, output=tables.output, name=tables.name, **own)

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Plan:
        """Read a plan from a file.

        A ``workdir`` is relative to the file; without one, the script starts in the folder of the file.

        Raises
        ------
        PlanError
            If the file cannot be read, or with everything that is wrong.
        """
        path = Path(path)
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as cause:
            raise PlanError(f"{path} cannot be read: {cause.strerror or cause}") from cause
        except ValueError as cause:  # no UTF-8, or no TOML
            raise PlanError(f"{path} is no TOML: {cause}") from cause
        missing = []
        if isinstance(job := data.get("job"), dict) and isinstance(job.get("workdir", ""), str):
            folder = (path.parent / job.get("workdir", "")).resolve()
            job["workdir"] = str(folder)
            if not folder.is_dir():
                missing = [f"job.workdir is {folder}, which is no folder"]
        _settle(data, where=f"{path}: ", more=missing)
        return cls.from_dict(data)

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data, which JSON can hold and `from_dict` reads."""
        job = {item.name: getattr(self.job, item.name) for item in fields(Job)}
        job |= {name: getattr(self, name) for name in _OWN}
        whole = {"job": {name: value for name, value in job.items() if value is not None}, "grid": self.grid}
        data: dict[str, Any] = plain({**whole, "measure": self.measure, "output": self.output, "name": self.name})
        return data

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all of it, in hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @property
    def thresholds(self) -> tuple[float, ...]:
        """All targets, the easiest first."""
        targets = {self.job.target_metric, *self.targets}
        return tuple(sorted(map(float, targets), reverse=not self.job.higher_is_better))

    @property
    def stop_target(self) -> float:
        """The hardest target: a run that has reached it is done."""
        return self.thresholds[-1]

    @property
    def power_epochs(self) -> int:
        """Most epochs of a power run."""
        needed = self.measure.warm_up_epochs + self.measure.epochs
        return self.measure.max_power_epochs or max(self.job.max_epochs, needed)

    def learning_rate(self, batch_size: int) -> float:
        """Learning rate at a batch size: that of the grid, or scaled from the default."""
        return self.grid.learning_rates.get(batch_size) or self.job.scale_lr(batch_size)

    def changed(self, *, full: bool = False, gpus: Iterable[int | str] | None = None) -> Plan:
        """Copy the plan with another word on a few things; what is not said stays."""
        measure = self.measure if gpus is None else replace(self.measure, gpus=tuple(gpus))
        return replace(self, grid=replace(self.grid, full=self.grid.full or full), measure=measure)

    def runs(
        self,
        gpu_uuids: Sequence[str] = (),
        *,
        present_w: int | None = None,
        range_w: tuple[int, int] | None = None,
        observe: bool = False,
        no_gpu: bool = False,
    ) -> tuple[RunSpec, ...]:
        """List the runs in the order in which they are to be made.

        Parameters
        ----------
        gpu_uuids
            GPUs to run on.
        present_w
            Power limit that is set now [W]; None: not known.
        range_w
            Least and most that the GPUs take [W]; None: not known.
        observe
            Whether limits stay as they are.
        no_gpu
            Whether only times are recorded.

        Returns
        -------
        tuple of RunSpec
            The runs, no two alike.

        Raises
        ------
        PlanError
            If the GPUs do not take a limit, or it cannot be known which limits are meant.
        """
        limits: tuple[int | None, ...] = (None,)
        if not no_gpu:
            clip = self.measure.clip
            limits = limits_meant(self.grid, present_w=present_w, range_w=range_w, observe=observe, clip=clip)
        return tuple(grid_runs(self, gpu_uuids, limits))


def _settle(data: Mapping[str, Any], *, where: str = "", more: Sequence[str] = ()) -> None:
    """Raise everything that is wrong with plain data as one exception."""
    values, problems = examine(_Tables, data)
    wrong = [f"{path} {what}" for path, what in problems.items()] + [*contradictions(values), *more]
    if len(wrong) == 1:
        raise PlanError(f"{where}{wrong[0]}")
    if wrong:
        raise PlanError("\n".join([f"{where}{len(wrong)} things are wrong", *(f"- {each}" for each in wrong)]))
