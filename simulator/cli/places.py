"""From GPUs and jobs that a user names to traces, and how their tables are headed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.cli.jobs import choose_jobs
from simulator.cli.options import GPU
from simulator.compare.manifests import headline
from simulator.job import Job
from simulator.replay.arguments import groups_of
from simulator.replay.manifest import make_manifest
from simulator.trace.describe import kind
from simulator.trace.read import list_gpus, read_traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.trace.traces import Traces

    Manifests = Sequence[dict[str, Any]]

__all__ = ["made_from", "note", "read_places", "short_names", "title"]


def read_places(where: str | None, gpus: Sequence[str], jobs: Sequence[str], *, usual: str = GPU) -> list[Traces]:
    """Read the traces of each GPU, with the jobs that are meant: their default batch sizes differ.

    Parameters
    ----------
    where
        The traces; None: the bundled ones.
    gpus
        Names of GPUs, or ``all``; none means the usual ones.
    jobs
        Words for jobs, as `simulator.cli.jobs.choose_jobs` takes them.
    usual
        GPU that is meant where nobody says, if the traces have it; or ``all``.

    Returns
    -------
    list of Traces
        In the order named, each with the chosen jobs.
    """
    known = list_gpus(where)
    named = list(dict.fromkeys(gpus or [usual if usual in (*known, "all") else known[0]]))
    traces = [read_traces(where, gpu=gpu) for gpu in (known if named == ["all"] else named)]
    return [replace(of_gpu, jobs=tuple(choose_jobs(of_gpu, jobs, {}))) for of_gpu in traces]


def made_from(traces: Sequence[Traces], groups: pd.DataFrame | None = None) -> list[dict[str, Any]]:
    """Note down for each job on each GPU what it takes to make a table again, its options apart."""
    return [
        make_manifest(job, of_gpu, None if groups is None else groups_of(job, groups), {})
        for of_gpu in traces
        for job in of_gpu.jobs
    ]


def title(made: Manifests, job: str, gpu: str) -> str:
    """Head a table about one job (its text) on one GPU, and say whether it was ever recorded."""
    about = pd.DataFrame(columns=["group"] if any(each.get("groups") for each in made) else [])
    about.attrs = {"manifest": {"replays": list(made)}}
    return headline(about, who=(job, gpu))


def note(made: Manifests) -> str:
    """Say at the end of a title about several jobs what nobody recorded; empty if all was recorded."""
    traces = [each["traces"] for each in made]
    notes = kind(
        predicted=any(each.get("predicted") for each in traces), synthetic=any(each.get("synthetic") for each in traces)
    )
    groups = [each["groups"] for each in made if each.get("groups")]
    synthetic = "SYNTHETIC " * any(each["synthetic"] for each in groups)
    said = ", ".join(each for each in (notes, f"{synthetic}submissions that overlap" * bool(groups)) if each)
    return f" – {said}" if said else ""


def short_names(made: Manifests) -> dict[str, str]:
    """Name jobs (by their texts) by their datasets alone, unless two on one GPU share theirs."""
    jobs = {(str(Job(**each["job"])), each["job"]["dataset"], each["traces"]["gpu"]) for each in made}
    datasets = [(dataset, gpu) for _, dataset, gpu in jobs]
    return {name: dataset if datasets.count((dataset, gpu)) == 1 else name for name, dataset, gpu in jobs}
