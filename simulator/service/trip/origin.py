"""Where the trials of a live job come from, and what is said of those that nobody ran."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from simulator.service.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.job import Job
    from simulator.service.model import Trial
    from simulator.trace.traces import Traces

__all__ = ["count_origins", "described", "origin_of_manifest", "origin_of_traces", "origin_remarks"]


def origin_of_traces(traces: Traces, job: Job) -> Origin:
    """Say what runs of a job are that traces tell of."""
    return _origin(synthetic=traces.synthetic, predicted=traces.predicts(job))


def origin_of_manifest(manifest: Mapping[str, Any] | None, gpu: str | None = None) -> Origin:
    """Say what the runs of a result table on a GPU are, by its manifest; a table without one may be of anything.

    Of several replays on that GPU, those that nobody ran are taken for all: nothing made up passes for recorded.

    Examples
    --------
    >>> origin_of_manifest({"traces": {"synthetic": True, "predicted": False}})
    <Origin.SYNTHETIC: 'synthetic'>
    >>> origin_of_manifest(None)
    <Origin.UNKNOWN: 'unknown'>
    """
    if not isinstance(manifest, dict):
        return Origin.UNKNOWN
    replays = manifest.get("replays", [manifest])
    told = [one.get("traces") for one in replays if isinstance(one, dict)] if isinstance(replays, list) else []
    known = [one for one in told if isinstance(one, dict) and isinstance(one.get("synthetic"), bool)]
    known = [one for one in known if one.get("gpu") == gpu] or known
    made_up = _origin(
        synthetic=any(one["synthetic"] for one in known), predicted=any(one.get("predicted") for one in known)
    )
    if made_up is Origin.RECORDED and (not known or any(one.get("unknown") for one in known)):
        return Origin.UNKNOWN
    return made_up


def _origin(*, synthetic: bool, predicted: bool) -> Origin:
    if synthetic:
        return Origin.SYNTHETIC
    return Origin.PREDICTED if predicted else Origin.RECORDED


def count_origins(trials: Iterable[Trial]) -> dict[Origin, int]:
    """Count the trials of each origin, those without any left out."""
    counts = Counter(trial.origin for trial in trials)
    return {origin: counts[origin] for origin in Origin if counts[origin]}


def origin_remarks(trials: list[Trial]) -> list[str]:
    """Say which trials did not run as trials of the job: those that nobody ran first."""
    counts, all_of_them = count_origins(trials), len(trials)
    said = {
        Origin.SYNTHETIC: "SYNTHETIC history: {n} of {m} trials come from SYNTHETIC traces, and nobody ran them",
        Origin.PREDICTED: "PREDICTED history: {n} of {m} trials come from traces in part PREDICTED by a model",
        Origin.UNKNOWN: "{n} of {m} trials were entered from elsewhere, and nobody said whether they were recorded",
        Origin.RECORDED: "{n} of {m} trials were entered from runs recorded elsewhere",
    }
    return [text.format(n=counts[origin], m=all_of_them) for origin, text in said.items() if origin in counts]


def described(job_id: str, trials: list[Trial]) -> str:
    """Describe the traces of a job: as recorded only as far as they are."""
    exported = f"trials of the job {job_id}, exported from the optimizer service."
    remarks = origin_remarks(trials)
    if not remarks:
        return f"Recorded live: {exported}"
    return f"{exported[0].upper()}{exported[1:]} {'. '.join(f'{one[0].upper()}{one[1:]}' for one in remarks)}."
