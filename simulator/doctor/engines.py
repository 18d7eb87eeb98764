"""The engines that replay, and the policies and engines of other packages."""

from __future__ import annotations

from importlib.metadata import entry_points

from simulator.doctor.finding import Finding, ok, problem
from simulator.doctor.places import free_space, nearest_existing, size_of

__all__ = ["compiled", "events", "plug_ins"]

#: Where other packages register what they add, and what that is.
_GROUPS = {
    "simulator.policies": "policy",
    "simulator.power_policies": "power policy",
    "simulator.engines": "engine",
}


def events() -> list[Finding]:
    """Replay a little with the event engine."""
    from simulator.replay.replay import replay
    from simulator.trace.read import list_gpus, read_traces

    traces = read_traces(gpu=list_gpus()[0])
    runs = replay(traces.jobs[0], traces, policy="default", power_policy="full", seeds=0, recurrences=2, engine="event")
    return [ok("event", f"replayed {len(runs)} runs of {traces.jobs[0].dataset}", "any policy can be replayed")]


def compiled() -> list[Finding]:
    """Compile a function, and look at the code that is kept from earlier replays."""
    import numba

    from simulator.replay.compiled.objects import CACHE_VARIABLE, cache_folder

    folder = cache_folder()
    try:
        works = numba.njit(lambda number: number + 1)(1) == 2
    except Exception as error:  # whatever a broken compiler raises
        works, why = False, f"{type(error).__name__}: {error}".splitlines()[0]
    else:
        why = "it computes wrongly"
    todo = "pip install --force-reinstall numba llvmlite"
    means = "many seeds take seconds, not minutes; it compiles by itself when first used"
    if works:
        findings = [ok("vectorized", f"numba {numba.__version__} compiles", means)]
    else:
        findings = [problem("vectorized", f"numba does not compile: {why}", "replays use the event engine", todo)]
    kept = list(folder.glob("*.o")) if folder.is_dir() else []
    said = f"{len(kept)} compiled parts in {folder}" if kept else f"none yet; they will be in {folder}"
    where = nearest_existing(folder)
    if refusal := free_space(where).refusal:
        means = "everything is compiled again each time"
        return [*findings, problem("cache", f"{folder}: {refusal}", means, f"set {CACHE_VARIABLE} to another folder")]
    return [*findings, ok("cache", f"{said} ({size_of(kept)})" if kept else said)]


def plug_ins() -> list[Finding]:
    """Load the policies and engines that other packages offer."""
    findings = []
    for group, what in _GROUPS.items():
        for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
            package = entry.dist.name if entry.dist else "an unknown package"
            try:
                entry.load()
            except Exception as error:  # whatever a foreign package raises when it is imported
                why = f"{type(error).__name__}: {error}"
                todo = f"pip install --upgrade {package}, or pip uninstall {package}"
                means = f"this {what} cannot be used; all others can"
                findings.append(problem(f"{what} {entry.name}", f"of {package}: {why}", means, todo))
            else:
                findings.append(ok(f"{what} {entry.name}", f"of {package}"))
    return findings or [ok("plug-ins", "none installed")]
