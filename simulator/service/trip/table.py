"""Runs of a replay's result table, for a live job to begin with."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.errors import ReplayError
from simulator.replay.frames import COLUMNS
from simulator.service.deciding.results import RecordedRun
from simulator.service.trip.folder import FORMAT, MANIFEST
from simulator.service.trip.origin import origin_of_manifest
from simulator.service.trip.spec import job_of

if TYPE_CHECKING:
    from os import PathLike

    from simulator.service.model import JobSpec

__all__ = ["read_runs", "runs_from"]

#: Columns that a table may lack without a loss.
_SPARE = {"profiled", "started_s", "ended_s", "cost"}

#: Columns that say which replay a row belongs to, if they are there; others beside those of `COLUMNS` are knobs.
_WHICH = ("policy", "job", "gpu", "seed")


def read_runs(source: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
    """Read a result table, as `simulator replay` and `simulator serve export` write it.

    Raises
    ------
    ReplayError
        If it cannot be read, or is no result table.
    """
    if isinstance(source, pd.DataFrame):
        table = source
    else:
        try:
            table = pd.read_parquet(source) if Path(source).suffix == ".parquet" else _read_csv(Path(source))
        except (OSError, ValueError) as error:
            raise ReplayError(f"{source} cannot be read as a result table: {error}") from error
    if missing := [name for name in COLUMNS if name not in table.columns and name not in _SPARE]:
        has = ", ".join(map(str, table.columns))
        raise ReplayError(f"a result table has the columns {', '.join(missing)}, too; this one has {has}")
    return table


def _read_csv(file: Path) -> pd.DataFrame:
    """Read a table that says nothing of itself, with what the manifest of an export says beside it."""
    table = pd.read_csv(file)
    with suppress(OSError, ValueError):
        manifest = json.loads((file.parent / MANIFEST).read_text(encoding="utf-8"))
        if isinstance(manifest, dict) and manifest.get("format") == FORMAT and file.name in manifest["files"]:
            table.attrs["manifest"] = manifest
    return table


def runs_from(
    table: pd.DataFrame, spec: JobSpec, *, job_id: str, policy: str | None = None, seed: int | None = None
) -> list[RecordedRun]:
    """Take the runs of one replay out of a result table.

    Parameters
    ----------
    table
        As `read_runs` returns it. Trials that a live job lost are left out: they say nothing about a batch size.
    spec, job_id
        The job that is to begin with them.
    policy, seed
        Which replay, if the table has several.

    Returns
    -------
    list of RecordedRun
        Its runs, in the order of the table.

    Raises
    ------
    ReplayError
        If the table is about another job, has no such replay or several, or runs that the job could not have had.
    """
    lost = table.attrs.get("manifest", {}).get("live", {}).get("lost_rows", [])
    rows = table.reset_index(drop=True).drop(index=lost)
    for name, wanted in (("policy", policy), ("seed", seed)):
        if wanted is not None:
            rows = rows.loc[rows[name].astype(str) == str(wanted)]
    _check_one(table, rows)
    _check_job(rows, spec, job_id)
    origin = origin_of_manifest(table.attrs.get("manifest"), str(rows["gpu"].iloc[0]))
    limits = [_limit(int(watts), spec) for watts in rows["power_limit_w"]]
    return [
        RecordedRun(
            batch_size=int(row["batch_size"]),
            power_limit_w=limit,
            energy_j=float(row["energy_j"]),
            time_s=float(row["time_s"]),
            converged=bool(row["reached"]),
            origin=origin,
        )
        for row, limit in zip(rows.to_dict("records"), limits, strict=True)
    ]


def _check_one(table: pd.DataFrame, rows: pd.DataFrame) -> None:
    which = [*_WHICH, *(name for name in rows.columns if name not in COLUMNS)]
    found = rows[which].drop_duplicates()
    if len(found) == 1:
        return
    offered: Any = table[which].drop_duplicates()
    listed = "; ".join(", ".join(map(str, row)) for row in offered.head(5).itertuples(index=False, name=None))
    more = f"; and {len(offered) - 5} more" if len(offered) > 5 else ""
    raise ReplayError(
        f"runs of one replay are wanted, and these are of {len(found)}; say which with policy=... and seed=.... "
        f"The table has: {listed or 'no row'}{more}"
    )


def _check_job(rows: pd.DataFrame, spec: JobSpec, job_id: str) -> None:
    """Refuse runs of another job, and sizes that the job does not have."""
    job, found = job_of(spec, job_id=job_id), str(rows["job"].iloc[0])
    wanted = f"Job({job.workload},{job.target_metric}"
    if spec.dataset and not (found.startswith(wanted) and found[len(wanted)] in ",~"):
        raise ReplayError(f"the runs are of {found}, and the job {job_id!r} trains {job}; import runs of this job")
    if foreign := sorted(set(map(int, rows["batch_size"])) - set(spec.batch_sizes)):
        has = ", ".join(map(str, spec.batch_sizes))
        raise ReplayError(
            f"the runs are of batch sizes {', '.join(map(str, foreign))}, too, and the job {job_id!r} has {has}; "
            "register it with these as well, or import other runs"
        )


def _limit(watts: int, spec: JobSpec) -> int | None:
    """Power limit of one GPU [W]; None for a job whose limits nobody chooses."""
    if not spec.power_limits_w:
        return None
    for limit in (watts, watts // spec.n_gpus):
        if limit in spec.power_limits_w:
            return limit
    has = ", ".join(map(str, spec.power_limits_w))
    raise ReplayError(f"a run is at a power limit of {watts} W, and the job has {has} W")
