"""Runs scenarios, part by part, and keeps the file of what was measured up to date."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from suite import machine
from suite.document import FORMAT, VERSION, DocumentError, read_document, write_document
from suite.registry import parts_of

__all__ = ["begin", "measure_part", "run"]

BENCHMARKS = Path(__file__).resolve().parents[1]

#: Lines of what a failed part said that are kept.
LAST_LINES = 12


def run(path, scenarios, *, quick, say, measure=None):
    """Measure scenarios, and write what is known to a file after each.

    Parameters
    ----------
    path
        The file. If it is of a run like this one that was cut short, what is in it is not measured again.
    scenarios
        What to measure, by id.
    quick
        Little of everything.
    say
        Told in words what is going on.
    measure
        Instead of `measure_part`, for tests.

    Returns
    -------
    dict
        The whole document.
    """
    measure = measure or measure_part
    document = begin(path, quick=quick, say=say)
    write_document(path, document)
    earlier_s = document["seconds"]
    begun = time.perf_counter()
    there = {scenario["id"] for scenario in document["scenarios"]}
    missing = {name: one for name, one in scenarios.items() if name not in there}
    parts = parts_of(missing)
    for number, (part, ids) in enumerate(parts.items(), start=1):
        what = f"{len(ids)} scenario{'s' * (len(ids) > 1)}"
        say(f"[{number}/{len(parts)}] {part}: {what}; {_left(list(parts)[number - 1 :], quick)}")
        load, part_begun = machine.load(), time.perf_counter()
        for found in _all_of(part, ids, measure(part, quick=quick)):
            seconds = round(time.perf_counter() - part_begun, 3)
            entry = {**_described(missing[found["id"]]), **found, "seconds_since_part_began": seconds, "load": load}
            document["scenarios"].append(entry)
            document["seconds"] = round(earlier_s + time.perf_counter() - begun, 3)
            write_document(path, document)
            say(f"  {_told(entry)}")
    document["complete"] = True
    document["machine"]["load_end"] = machine.load()
    document["seconds"] = round(earlier_s + time.perf_counter() - begun, 3)
    order = {name: place for place, name in enumerate(scenarios)}
    document["scenarios"].sort(key=lambda scenario: order.get(scenario["id"], len(order)))
    write_document(path, document)
    return document


def begin(path, *, quick, say):
    """Go on with the file of a run that was cut short, if nothing else has changed; otherwise begin a new one.

    A file that is complete is kept beside, under a name with ``-before`` in it, so that both can be compared.
    """
    path = Path(path)
    fresh = {
        "format": FORMAT,
        "version": VERSION,
        "complete": False,
        "quick": quick,
        "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "seconds": 0.0,
        "machine": machine.machine(),
        "packages": machine.packages(),
        "commit": machine.commit(),
        "scenarios": [],
    }
    if not path.exists():
        return fresh
    try:
        old = read_document(path)
    except DocumentError as error:
        kept = _set_aside(path, "unreadable")
        say(f"{error}; it is kept as {kept}")
        return fresh
    if old["complete"]:
        say(f"the file of the run before is kept as {_set_aside(path, 'before')}")
        return fresh
    if changed := _changed(old, fresh):
        say(f"the file of a run that was cut short is kept as {_set_aside(path, 'cut-short')}: {changed} since")
        return fresh
    old["scenarios"] = [scenario for scenario in old["scenarios"] if scenario["state"] != "failed"]
    say(f"going on with the run of {old['started']}: {len(old['scenarios'])} scenarios are there already")
    return old


def measure_part(part, *, quick):
    """Run a part in a process of its own; yields what it found, as it comes.

    Raises
    ------
    RuntimeError
        At the end, if the process failed; with the last it said.
    """
    script, _, name = part.partition(" ")
    places = [BENCHMARKS, BENCHMARKS.parent, *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        found, said = Path(folder, "found"), Path(folder, "said")
        found.touch()
        words = [sys.executable, "-m", "suite.child", script, name, str(found), *(["--quick"] if quick else [])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places))}
        with said.open("w") as output, found.open() as lines:
            child = subprocess.Popen(  # noqa: S603  (a module of ours)
                words, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                while child.poll() is None:
                    yield from _whole_lines(lines)
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(0.2)
            finally:
                _end(child)
            yield from _whole_lines(lines)
        if child.returncode:
            last = said.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
            raise RuntimeError("\n".join([f"exit code {child.returncode}", *last]))


def _whole_lines(lines):
    """Read the lines that are complete."""
    while True:
        place, line = lines.tell(), lines.readline()
        if not line.endswith("\n"):
            lines.seek(place)
            return
        yield json.loads(line)


def _end(child):
    """End a process that was interrupted, and all that it started."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _all_of(part, ids, found):
    """Hand on what was asked for, then a failure for each id of which nothing was heard."""
    missing, error = list(ids), f"{part} ended without a word about it"
    try:
        for one in found:
            if one["id"] in missing:
                missing.remove(one["id"])
                yield one
    except Exception as failure:  # whatever it was, the others are measured, and the file says it
        error = str(failure) or repr(failure)
    for name in missing:
        yield {"id": name, "state": "failed", "error": error}


def _described(scenario):
    names = ("id", "meaning", "part", "unit", "better", "depends_on")
    return {name: getattr(scenario, name) for name in names}


def _set_aside(path, why):
    kept = path.with_name(f"{path.stem}-{why}{path.suffix}")
    path.replace(kept)
    return kept


def _changed(old, new):
    """Say what is not as it was, where that forbids to go on."""
    if old["quick"] != new["quick"]:
        return "--quick was not asked for alike"
    if old["commit"] != new["commit"]:
        return "the code has changed"
    if old["packages"] != new["packages"]:
        return "packages have changed"
    own = ("cpu", "cores_used", "kernel", "python")
    return "the machine has changed" if any(old["machine"].get(k) != new["machine"][k] for k in own) else ""


def _told(entry):
    if entry["state"] != "measured":
        why = entry.get("reason") or entry["error"].splitlines()[-1]
        return f"{entry['id']}: {entry['state']}: {why}"
    spread = "" if entry["low"] is None else f" ({entry['low']:.4g} to {entry['high']:.4g})"
    return f"{entry['id']}: {entry['value']:.4g} {entry['unit']}{spread}"


#: About how many seconds each part takes on 4 cores, in a hurry and in full: good for an estimate alone.
USUAL_S = {
    "engine_speed 150": (15, 80),
    "engine_speed 1000": (30, 150),
    "engine_speed growth": (4, 50),
    "engine_speed uses": (12, 25),
    "engine_speed million": (12, 70),
    "replay_speed replay": (4, 15),
    "policies compare": (30, 240),
    "interval_coverage coverage": (5, 40),
    "sweep_overhead cells": (3, 150),
    "sweep_overhead experimaestro": (4, 40),
    "sweep_overhead rest": (4, 60),
    "service_load sqlite": (12, 130),
    "service_load postgresql": (16, 140),
    "collector energy": (14, 420),
    "collector edges": (3, 40),
}


def _left(parts, quick):
    seconds = sum(USUAL_S.get(part, (10, 60))[not quick] for part in parts)
    return f"about {seconds:.0f} s left" if seconds < 100 else f"about {seconds / 60:.0f} min left"
