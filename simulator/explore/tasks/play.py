"""Plays the replays of a call, and takes the table apart into the results of its cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.explore.tasks.engine import engine_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from simulator.explore.tasks.calls import Call, Knobs
    from simulator.explore.tasks.replay import Replay
    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["Played", "play"]

#: What a cell came to, by its knobs and seed: its rows, or why it has none.
Played = dict[tuple["Knobs", int], Any]

_KNOBS = ("eta", "beta", "window")

#: Of a replay in several groups of submissions: what is the sum over its groups.
_SUMS = ("recurrences", "runs", "retries", "early_stops", "energy_j", "time_s", "cost")


def play(call: Call, cell: Replay, job: Job, traces: Traces) -> Played:
    """Play a call; if anything raises, its parts, so that what is wrong with one cell harms no other.

    Parameters
    ----------
    call
        Seeds and knobs.
    cell
        Any of its cells: whatever else they have in common.
    job, traces
        The job, and what was recorded of it.
    """
    try:
        return _results(*_table(call, cell, job, traces), call, cell, job, traces)
    except Exception as error:  # whatever a policy of somebody else raises is about its cells alone
        parts = call.parts()
        if not parts:
            return {(call.knobs[0], call.seeds[0]): error}
    return {key: result for part in parts for key, result in play(part, cell, job, traces).items()}


def _table(call: Call, cell: Replay, job: Job, traces: Traces) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    import pandas as pd

    from simulator.replay.playing import Playing
    from simulator.replay.request import request

    asked = request(
        job,
        traces,
        seeds=list(call.seeds),
        groups=None if cell.groups is None else cell.groups.path,
        recurrences=cell.recurrences,
        policy=cell.policy,
        power_policy=cell.power_policy,
        eta=list(call.etas),
        beta=list(call.betas),
        window=list(call.windows),
        draws=cell.draws,
    )
    playing = Playing(
        asked,
        engine=engine_for((cell.policy, cell.power_policy), asked),
        on_failure="keep",
        detail=cell.detail,
        workers=1,
        progress=None,
    )
    table = pd.concat(list(playing.frames()), ignore_index=True)
    return table, playing.attributes()["failures"]


def _results(
    table: pd.DataFrame, failures: list[dict[str, Any]], call: Call, cell: Replay, job: Job, traces: Traces
) -> Played:
    """Give each cell its rows, and say why a replay broke off."""
    whole = cell.detail == "replays"
    errors: dict[tuple[Knobs, int], str] = {}
    for failure in failures:
        knobs = (failure["eta"], failure["beta"], failure["window"])
        errors.setdefault((knobs, int(failure["seed"])), failure["error"])
    labels = {"synthetic": traces.synthetic, "predicted": traces.predicts(job)}
    found = _replays_of(table, call) if whole else _runs_of(table, call)
    results: Played = {}
    for key, rows in found.items():
        error = errors.get(key)
        if whole and error is None and any(row["failed"] for row in rows):  # of many, only some are told
            results |= play(_only(call, key), cell, job, traces)
        elif error is not None and (cell.on_failure == "raise" or not len(rows)):
            results[key] = _broken(error)
        elif whole:
            results[key] = _total(rows) | labels | {"error": error}
        else:
            results[key] = rows.assign(**labels, failed=error is not None).assign(error=error)
    return results


def _replays_of(table: pd.DataFrame, call: Call) -> dict[tuple[Knobs, int], list[dict[str, Any]]]:
    rows = table.drop(columns=list(_KNOBS)).to_dict("records")
    keys = [(knobs, seed) for knobs in call.knobs for seed in call.seeds]
    per_cell = len(rows) // len(keys)
    return {key: rows[at * per_cell : (at + 1) * per_cell] for at, key in enumerate(keys)}


def _runs_of(table: pd.DataFrame, call: Call) -> dict[tuple[Knobs, int], pd.DataFrame]:
    """Find each cell's runs; a replay that broke off at once has none."""
    groups = {
        ((eta, beta, window), int(seed)): at
        for (eta, beta, window, seed), at in table.groupby([*_KNOBS, "seed"], sort=False).indices.items()
    }
    runs = table.drop(columns=list(_KNOBS))
    keys = ((knobs, seed) for knobs in call.knobs for seed in call.seeds)
    return {key: runs.iloc[groups.get(key, [])].reset_index(drop=True) for key in keys}


def _total(rows: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Give the only row, or, of several groups of submissions, the sums over all of them."""
    if "group" not in rows[0]:
        return rows[0]
    who = {name: rows[0][name] for name in ("policy", "job", "gpu", "seed")}
    sums = {name: [row[name] for row in rows] for name in _SUMS}
    totals = {name: math.fsum(each) if isinstance(each[0], float) else sum(each) for name, each in sums.items()}
    return {**who, **totals, "failed": any(row["failed"] for row in rows)}


def _only(call: Call, key: tuple[Knobs, int]) -> Call:
    (eta, beta, window), seed = key
    return type(call)((seed,), (eta,), (beta,), (window,))


def _broken(error: str) -> Exception:
    from simulator.errors import ConvergenceError

    return ConvergenceError(error)
