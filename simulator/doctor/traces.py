"""Traces at hand: those that come along, and those that were fetched."""

from __future__ import annotations

from simulator.doctor.finding import Finding, missing, ok

__all__ = ["bundled", "fetched"]


def bundled() -> list[Finding]:
    """Look at the traces that come along."""
    from simulator.trace.locate import bundled_directory
    from simulator.trace.metadata import read_metadata
    from simulator.trace.read import list_gpus

    folder = bundled_directory()
    about = read_metadata(folder)
    kind = "SYNTHETIC, " if about.synthetic else ""
    said = f"{kind}{len(about.jobs)} jobs on {', '.join(list_gpus(folder))}"
    return [ok("bundled", said, f"what is replayed where nothing else is named; in {folder}")]


def fetched() -> list[Finding]:
    """Look for published traces in the user's data folder."""
    from simulator.trace.layout import is_trace_directory
    from simulator.trace.published import PUBLISHED, data_directory
    from simulator.trace.read import list_gpus

    findings = []
    for name in PUBLISHED:
        folder = data_directory() / name
        if folder.is_dir() and is_trace_directory(folder):
            findings.append(ok(name, f"recorded, on {', '.join(list_gpus(folder))}", f"in {folder}"))
        else:
            means = "recorded traces, for figures that mean something"
            findings.append(missing(name, "not fetched", means, f"simulator trace get {name}"))
    return findings
