"""Writes a live job's history into a folder: as a result table, and as traces to be replayed."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.errors import UnknownTrialError
from simulator.policy.state import to_plain
from simulator.service.model import Origin
from simulator.service.trip.folder import FORMAT, MANIFEST, filling
from simulator.service.trip.origin import count_origins
from simulator.service.trip.reach.open import open_service
from simulator.service.trip.recorded import record_traces
from simulator.service.trip.rows import gpu_of, lost_rows, rows_of, trials_frame, unreported
from simulator.service.trip.spec import job_of
from simulator.trace.traces import hash_tables

if TYPE_CHECKING:
    from os import PathLike

    from simulator.service.trip.reach.live import JobHistory
    from simulator.service.trip.recorded import Recorded

__all__ = ["Exported", "export_job", "write_history"]


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    folder
        Where.
    files
        Names of the files.
    result
        The result table.
    remarks
        What the traces cannot tell, in words.
    """

    folder: Path
    files: list[str]
    result: pd.DataFrame
    remarks: list[str]


def export_job(
    job_id: str,
    out: str | PathLike[str],
    *,
    url: str | None = None,
    token: str | None = None,
    database: str | None = None,
) -> Exported:
    """Write a live job's history into a folder.

    Files appear there together. ``results.parquet`` and ``results.csv`` have one row a trial that has ended and used
    something up, as a replay's result table has them; ``trials.csv`` has all trials with all that is known of them.
    ``train.csv``, ``power_<gpu>.csv`` and ``trace.json`` are traces for `simulator.read_traces`, if any trial says how
    many epochs it took; they are Parquet where a name would not survive CSV. ``manifest.json`` says how all was made,
    and what the traces cannot tell. One trial of SYNTHETIC origin makes the export ``synthetic``; a remark says
    how many there are.

    Parameters
    ----------
    job_id
        The job.
    out
        The folder. An earlier export there is replaced, any other file stays.
    url, token, database
        The service, as `simulator.service.trip.reach.open.open_service` takes it.

    Returns
    -------
    Exported
        What was written.

    Raises
    ------
    UnknownJobError
        If there is no such job.
    UnknownTrialError
        If none of its trials has ended.
    ServiceError
        If the service cannot be asked, or nothing can be written.
    """
    with open_service(url=url, token=token, database=database) as service:
        history = service.history(job_id)
    return write_history(history, Path(out))


def write_history(history: JobHistory, out: Path) -> Exported:
    """Write a job's history; see `export_job`."""
    job_id = history.job.job_id
    if all(trial.ended_at is None for trial in history.trials):
        running = f"{len(history.trials)} still run" if history.trials else "there is none"
        raise UnknownTrialError(f"no trial of {job_id!r} has ended ({running}); export it once one has")
    result, recorded = rows_of(history), record_traces(history)
    result.attrs = {"manifest": _manifest(history, recorded), "failures": []}
    tables = {"results.parquet": result, "results.csv": result, "trials.csv": trials_frame(history)}
    if len(recorded.train):
        kind = "csv" if _survives_csv(recorded.train) else "parquet"
        tables |= {f"train.{kind}": recorded.train, f"power_{gpu_of(history.job.spec)}.{kind}": recorded.power}
    documents = {"trace.json": recorded.about} if len(recorded.train) else {}
    files = [*tables, *documents, MANIFEST]
    documents[MANIFEST] = {
        "format": FORMAT,
        "files": files,
        **result.attrs["manifest"],
        "running": [trial.number for trial in history.trials if trial.ended_at is None],
        "unreported": [trial.number for trial in unreported(history)],
        "remarks": recorded.remarks,
    }
    with filling(out) as folder:
        for name, table in tables.items():
            if name.endswith(".parquet"):  # with its manifest inside, as pandas writes and reads it
                table.to_parquet(folder / name, index=False, compression="zstd")
            else:
                table.to_csv(folder / name, index=False, lineterminator="\n")
        for name, document in documents.items():
            text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
            (folder / name).write_text(text + "\n", encoding="utf-8")
    return Exported(out, files, result, recorded.remarks)


def _survives_csv(train: pd.DataFrame) -> bool:
    """Whether all names are read from CSV as they are: ``2024`` would be a number there, and ``NA`` nothing."""
    names = train[["dataset", "network", "optimizer"]].drop_duplicates()
    reread = pd.read_csv(StringIO(names.to_csv(index=False)))
    return bool((reread.astype(object).to_numpy() == names.astype(object).to_numpy()).all())


def _manifest(history: JobHistory, recorded: Recorded) -> dict[str, Any]:
    """Note down where a result table comes from, as the manifest of a replay does."""
    job, spec, origins = history.job, history.job.spec, count_origins(history.trials)
    plain: dict[str, Any] = to_plain(
        {
            "job": job_of(spec, job_id=job.job_id),
            "traces": {
                "name": job.job_id,
                "gpu": gpu_of(spec),
                "synthetic": Origin.SYNTHETIC in origins,
                "predicted": Origin.PREDICTED in origins,
                "unknown": Origin.UNKNOWN in origins,
                "content_hash": hash_tables(recorded.train, recorded.power, name=gpu_of(spec))
                if len(recorded.train)
                else None,
            },
            "groups": None,
            "knobs": {
                "policy": spec.policy,
                "power_policy": spec.power_policy or "full",
                "seeds": [job.seed],
                "recurrences": None,
                "eta": spec.eta,
                "beta": "inf" if spec.beta is None else spec.beta,
                "window": spec.window_size,
                "draws": "live",
                "engine": "live",
            },
            "live": {
                "job_id": job.job_id,
                "registered": spec.plain(),
                "registered_at": job.created_at.isoformat(),
                "trials": len(history.trials),
                "origins": origins,
                "lost_rows": lost_rows(history),
            },
            "versions": {"trace-simulator": version("trace-simulator"), "python": platform.python_version()},
            "command": list(sys.argv),
        }
    )
    return plain
