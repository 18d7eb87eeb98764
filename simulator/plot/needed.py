"""What a table must have to be drawn, and what to say if it has it not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import ReplayError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

__all__ = ["chosen_policies", "need_columns", "need_one_of"]


def need_columns(table: pd.DataFrame, columns: Iterable[str], *, what: str, made_by: str) -> None:
    """Refuse a table that is another one.

    Parameters
    ----------
    table
        The table.
    columns
        Columns that it must have.
    what
        What it should be, such as "table of transfers".
    made_by
        What makes such a table.

    Raises
    ------
    ReplayError
        If a column is missing, or there is no row.
    """
    if missing := [name for name in columns if name not in table.columns]:
        raise ReplayError(f"this is no {what}: it lacks {', '.join(missing)}; {made_by} makes one")
    if table.empty:
        raise ReplayError(f"this {what} is empty; there is nothing to draw")


def need_one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse a word that an argument does not know.

    Raises
    ------
    ReplayError
        If it is none of them.

    Examples
    --------
    >>> need_one_of("measure", "costs", ["cost", "energy_j"])
    Traceback (most recent call last):
    simulator.errors.ReplayError: measure is 'costs'; choose cost or energy_j; did you mean 'cost'?
    """
    if value not in known:
        listed = " or ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))
        raise ReplayError(f"{name} is {value!r}; choose {listed}{nearest(value, known)}")


def chosen_policies(policies: Sequence[str] | None, usual: Callable[[], Sequence[str]] | Sequence[str]) -> list[str]:
    """List the policies to draw: those asked for, in their order, or the usual ones, found only then if that is work.

    Raises
    ------
    ReplayError
        If a single text was given, which is a sequence of letters.
    """
    if isinstance(policies, str):
        raise ReplayError(f"policies is the text {policies!r}; give a list of names: policies=[{policies!r}]")
    if policies is not None:
        return list(policies)
    return list(usual() if callable(usual) else usual)


def configurations_of(configurations: pd.DataFrame, job: str, gpu: str) -> pd.DataFrame:
    """Take the configurations of one job (its text) on one GPU.

    Parameters
    ----------
    configurations
        What `simulator.compare.configurations` returned; of several jobs and GPUs if it has columns job and gpu.

    Raises
    ------
    ReplayError
        If it is another table, or knows nothing about this job on this GPU.
    """
    need_columns(
        configurations,
        ["batch_size", "power_limit_w", "energy_j", "time_s", "on_front"],
        what="table of configurations",
        made_by="simulator.compare.configurations",
    )
    of_job = configurations
    for name, wanted in (("job", job), ("gpu", gpu)):
        if name in of_job.columns:
            of_job = of_job.loc[of_job[name] == wanted]
    if of_job.empty:
        raise ReplayError(f"the configurations are not those of {job} on {gpu}; make them from the same traces")
    return of_job
