"""Says where traces come from: recorded, predicted, or drawn from a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.job import Job
from simulator.report.names import in_order
from simulator.report.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.report.evidence import Evidence

__all__ = ["Origin", "origin", "scope", "tag"]

SYNTHETIC, PREDICTED, GROUPS = "SYNTHETIC", "PREDICTED", "SYNTHETIC submissions"


class Origin(NamedTuple):
    """Where traces come from, for the first thing that a reader sees.

    Parameters
    ----------
    word
        In a word.
    text
        In a sentence or two.
    recorded
        Whether everything was recorded on real machines.
    """

    word: str
    text: str
    recorded: bool


def origin(evidence: Evidence) -> Origin:
    """Say where the traces of a report come from."""
    made = evidence.manifests
    if not made and evidence.sweeps:
        where = "Where their traces come from stands behind the title of each table, unless they were recorded."
        return Origin("Sweeps", where, recorded=False)
    if not made:
        return Origin("Unknown traces", "What was found does not say where its traces come from.", recorded=False)
    names = listed(in_order(str(each["traces"].get("name") or "without a name") for each in made))
    kinds = {_kind(each["traces"]) for each in made}
    unreal = sorted(kinds - {""}, reverse=True)
    where = f"Traces: {names}."
    submissions = ""
    if any((each.get("groups") or {}).get("synthetic") for each in made):
        submissions = " Submissions that overlap are SYNTHETIC, too: nobody sent them to a cluster."
    if not unreal:
        text = (
            f"{where} Epochs, times and watts were recorded on real GPUs; policies are replayed over them.{submissions}"
        )
        return Origin("Recorded traces", text, recorded=not submissions)
    said = {
        SYNTHETIC: "drawn from a fitted model: nobody recorded these epochs, times and watts on a GPU",
        PREDICTED: "predicted for what nobody recorded",
    }
    some = "Some traces are" if "" in kinds else "Traces are"
    text = f"{some} {' or '.join(said[kind] for kind in unreal)}. {where} Differences between policies show how the "
    text += f"policies work; they say nothing certain about your jobs.{submissions}"
    word = " and ".join([*unreal, *(["recorded"] if "" in kinds else [])])
    return Origin(f"{word} traces", text, recorded=False)


def tag(evidence: Evidence, jobs: Iterable[str] | None = None, *, submissions: bool = False) -> str:
    """Say in capitals what nobody recorded about jobs (their texts), or about any; empty if all was recorded."""
    chosen = None if jobs is None else {evidence.names.job(job) for job in jobs}
    made = [each for each in evidence.manifests if chosen is None or evidence.names.job(_text(each)) in chosen]
    words = in_order(filter(None, (_kind(each["traces"]) for each in made)))
    if not submissions or not any((each.get("groups") or {}).get("synthetic") for each in made):
        return ", ".join(words)
    return (
        f"{', '.join(words)} traces, {GROUPS}"
        if words and words != [SYNTHETIC]
        else f"{SYNTHETIC} traces and submissions"
        if words
        else GROUPS
    )


def scope(evidence: Evidence) -> str:
    """Say what policies were replayed on: how many jobs, which GPUs, how many policies."""
    jobs, gpus = evidence.replayed
    jobs, gpus = jobs or evidence.names.jobs(), gpus or evidence.gpus
    where = counted(len(jobs), "job") + (f" on {listed(gpus)}" if gpus else "") if jobs else listed(gpus)
    who = counted(len(evidence.policies), "policy", "policies") if evidence.policies else ""
    return ", ".join(filter(None, (where, who)))


def _kind(traces: dict[str, Any]) -> str:
    return SYNTHETIC if traces.get("synthetic") else PREDICTED if traces.get("predicted") else ""


def _text(made: dict[str, Any]) -> str:
    return str(Job(**made["job"]))
