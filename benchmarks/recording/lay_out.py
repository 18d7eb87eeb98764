"""Lays a recording out as a folder that explains itself and replays."""

from __future__ import annotations

import json
import shutil

import pandas as pd

from recording.tidy import Tidier
from recording.words import in_words

__all__ = ["lay_out"]

#: Raw files of a run, the most telling first, and how much of them is kept in all [bytes].
RAW, RAW_BYTES = ("result.json", "samples.arrows", "slow.arrows", "events.jsonl", "output.log"), 5_000_000


def lay_out(work, into, name, *, reason=""):
    """Make the folder of what was recorded in another.

    Parameters
    ----------
    work
        Where it was recorded: ``collected``, ``checks.json``, ``plan.toml``, ``replay.txt``, ``replay/summary.csv``.
    into
        The new folder.
    name
        What it will be called in the end.
    reason
        Why it is not what it seems, as for a trial; it goes to the top of the README.
    """
    tidier = Tidier(work)
    into.mkdir()
    for file in sorted((work / "collected" / "trace").iterdir()):
        tidier.write(file, into / file.name)
    for file in ("checks.json", "plan.toml"):
        tidier.write(work / file, into / file)
    tidier.write(work / "collected" / "manifest.json", into / "manifest.json")
    found = json.loads((into / "checks.json").read_text())
    lines = in_words(json.loads((work / "checks.json").read_text()))
    (into / "checks.txt").write_text("\n".join(lines) + "\n")
    shutil.copy(work / "replay.txt", into / "replay.txt")
    kept = keep_raw(work / "collected" / "runs", into / "runs", tidier)
    (into / "README.md").write_text(readme(into, name, found, lines, kept, reason))


def keep_raw(runs, into, tidier):
    """Keep raw files kind by kind, as long as all of a kind fit; which kinds those are."""
    kept, total = [], 0
    for name in RAW:
        stem, _, suffix = name.partition(".")
        written = []
        for source in sorted(runs.glob(f"*/{stem}*.{suffix}")):
            ending = "" if suffix == "arrows" else ".gz"
            written.append(into / source.parent.name / f"{source.name}{ending}")
            tidier.write(source, written[-1], compressed=bool(ending))
        size = sum(file.stat().st_size for file in written)
        if total + size > RAW_BYTES:
            for file in written:
                file.unlink()
        elif written:
            total += size
            kept.append(name)
    return kept


def readme(into, name, found, lines, kept, reason):
    """Write what it is, what was seen, and how to replay it."""
    manifest = json.loads((into / "manifest.json").read_text())
    sessions = manifest["metadata"]["sessions"]
    (power_file,) = into.glob("power_*.csv")
    power, train = pd.read_csv(power_file), pd.read_csv(into / "train.csv")
    versions = ", ".join(f"{name} {number}" for name, number in sessions[0]["versions"].items())
    replayed = (into / "replay.txt").read_text().rstrip()
    left_out = [name for name in RAW if name not in kept]
    raw = f"`runs/` has of each run: {', '.join(kept)}." if kept else "Raw files were too large to be kept here."
    raw += f" Left out for their size: {', '.join(left_out)}." if left_out and kept else ""
    return f"""# Digits on {found["name"]}

{f"**{reason}**" if reason else "Recorded on a real GPU."}

A network learns scikit-learn's handwritten digits (`plan.toml`) at the power limit that was set. Nothing was set.
Recorded {sessions[0]["started"]} with {versions}.

{len(power)} batch sizes, {train["run"].nunique()} seeds, {len(train)} rows of targets. Load: {found["load"]}.

    simulator replay --traces {name}

## Power and time of an epoch

{_table(power[["batch_size", "power_limit", "time_per_epoch", "average_power"]])}

## What was seen of its sensors

{chr(10).join(f"* {line}" for line in lines)}

`checks.json` has all of it.

## What a replay of it came to

{chr(10).join(f"    {line}" for line in replayed.splitlines())}

## Raw files

{raw} Names of the machine and its folders were taken out.
"""


def _table(frame):
    rows = [f"| {' | '.join(f'{value:.6g}' for value in row)} |" for row in frame.itertuples(index=False)]
    return "\n".join([f"| {' | '.join(frame.columns)} |", "|" + " ---: |" * len(frame.columns), *rows])
