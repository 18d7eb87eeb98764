"""What a result table says about where it comes from: its manifests, and whether anybody ever recorded its traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.errors import ReplayError
from simulator.job import Job
from simulator.trace.describe import kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Origin", "headline", "manifests", "manifests_of", "one_job", "origin"]


class Origin(NamedTuple):
    """What the replays of one job on one GPU were made from.

    Parameters
    ----------
    synthetic, predicted
        Whether traces were drawn from a model, or predicted for what nobody recorded.
    synthetic_groups
        Whether submissions were drawn from a model.
    """

    synthetic: bool
    predicted: bool
    synthetic_groups: bool


def manifests(result: pd.DataFrame) -> list[dict[str, Any]]:
    """List how the replays of a table were made, one manifest each; empty if the table does not say."""
    manifest = result.attrs.get("manifest", {})
    return list(manifest.get("replays", [manifest] if manifest else []))


def manifests_of(result: pd.DataFrame, job: str, gpu: str) -> list[dict[str, Any]]:
    """List the manifests about one job (its text) on one GPU."""
    return [made for made in manifests(result) if (str(Job(**made["job"])), made["traces"]["gpu"]) == (job, gpu)]


def origin(result: pd.DataFrame, job: str, gpu: str) -> Origin | None:
    """Say what the replays of one job (its text) on one GPU were made from; None if the table does not say."""
    made = manifests_of(result, job, gpu)
    if not made:
        return None
    return Origin(
        synthetic=any(each["traces"].get("synthetic") for each in made),
        predicted=any(each["traces"].get("predicted") for each in made),
        synthetic_groups=any((each.get("groups") or {}).get("synthetic") for each in made),
    )


def headline(result: pd.DataFrame, *, who: tuple[str, str] | None = None) -> str:
    """Say in one line which job on which GPU a table is about, and whether it was ever recorded.

    Parameters
    ----------
    result
        Result table.
    who
        The texts of the job and the GPU that are meant; None means the only ones in the table.

    Raises
    ------
    ReplayError
        If nothing is meant, and the table is about several, or about none.
    """
    name, gpu = who or one_job(result)
    came_from = origin(result, name, gpu)
    made = manifests_of(result, name, gpu)
    if made:
        job = Job(**made[0]["job"])
        size = "" if job.default_bs is None else f", default batch size {job.default_bs}"
        name = f"{job.dataset} ({job.network}, {job.optimizer}, target {job.target_metric:g}{size})"
    what = kind(predicted=came_from.predicted, synthetic=came_from.synthetic) if came_from else ""
    notes = [what] if what else []
    if "group" in result.columns:
        notes.append(f"{'SYNTHETIC ' if came_from and came_from.synthetic_groups else ''}submissions that overlap")
    return f"{name} on {gpu}" + (f" – {', '.join(notes)}" if notes else "")


def one_job(result: pd.DataFrame) -> tuple[str, str]:
    """Name the one job (its text) and the one GPU that a table is about.

    Raises
    ------
    ReplayError
        If it is about several, or about none.
    """
    found = result[["job", "gpu"]].drop_duplicates()
    if len(found) != 1:
        which = "; ".join(f"{job} on {gpu}" for job, gpu in found.itertuples(index=False)) or "no run at all"
        raise ReplayError(
            f"one job on one GPU is needed, and this table holds {which}; choose: "
            "result[(result['job'] == ...) & (result['gpu'] == ...)]"
        )
    job, gpu = found.iloc[0]
    return str(job), str(gpu)
