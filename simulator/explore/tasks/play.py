"""Plays the replays of a call, and takes the table apart into the results of its cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, Protocol

from simulator.errors import ConvergenceError
from simulator.explore.tasks.calls import Call, Knobs
from simulator.explore.tasks.engine import engine_for

if TYPE_CHECKING:
    import pandas as pd

    from simulator.explore.config import File
    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["Played", "play"]

#: What tells one cell of a call from another: its knobs and seed.
Key = tuple[Knobs, int]

#: What each cell came to: a row, a table of runs, or why it has none.
Played = dict[Key, Any]

_KNOBS = ("eta", "beta", "window")

#: Of a replay in several groups of submissions: what is the sum over its groups.
_SUMS = ("recurrences", "runs", "retries", "early_stops", "energy_j", "time_s", "cost")


class Setting(Protocol):
    """What the cells of a call have in common."""

    groups: File | None
    recurrences: int | None
    policy: str
    power_policy: str
    draws: Literal["published", "keyed"]
    on_failure: Literal["raise", "keep"]
    detail: Literal["runs", "replays"]


def play(call: Call, cell: Setting, job: Job, traces: Traces) -> Played:
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


def _table(call: Call, cell: Setting, job: Job, traces: Traces) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    import pandas as pd

    from simulator.replay.playing import Playing
    from simulator.replay.request import request

    asked = request(
        job,
        traces,
        seeds=list(call.seeds),
        groups=None if cell.groups is None else cell.groups.unchanged(),
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
    table: pd.DataFrame, failures: list[dict[str, Any]], call: Call, cell: Setting, job: Job, traces: Traces
) -> Played:
    """Give each cell its rows, and say why a replay broke off."""
    errors: dict[Key, str] = {}
    for failure in failures:
        knobs = (failure["eta"], failure["beta"], failure["window"])
        errors.setdefault((knobs, int(failure["seed"])), failure["error"])
    labels = {"synthetic": traces.synthetic, "predicted": traces.predicts(job)}
    if cell.detail == "runs":
        runs = _runs_of(table, call)
        return {key: _history(rows, errors.get(key), labels, cell) for key, rows in runs.items()}
    replays = _replays_of(table, call)
    untold = [key for key, rows in replays.items() if key not in errors and any(row["failed"] for row in rows)]
    results = {key: _row(rows, errors.get(key), labels, cell) for key, rows in replays.items() if key not in untold}
    for (eta, beta, window), seed in untold:  # of many that broke off, only the first are told in words
        results |= play(Call((seed,), (eta,), (beta,), (window,)), cell, job, traces)
    return results


def _row(rows: list[dict[str, Any]], error: str | None, labels: dict[str, Any], cell: Setting) -> Any:
    """Make the result of a replay whose sums were kept."""
    if error is not None and cell.on_failure == "raise":
        return ConvergenceError(error)
    return (_added(rows) if cell.groups else rows[0]) | labels | {"error": error}


def _history(runs: pd.DataFrame, error: str | None, labels: dict[str, Any], cell: Setting) -> Any:
    """Make the result of a replay whose runs were kept; one that broke off before the first had ended has none."""
    import pandas as pd

    if error is not None and (cell.on_failure == "raise" or runs.empty):
        return ConvergenceError(error)
    return runs.assign(**labels, failed=error is not None, error=pd.Series(error, runs.index, dtype="str"))


def _replays_of(table: pd.DataFrame, call: Call) -> dict[Key, list[dict[str, Any]]]:
    """Find the rows of each cell, one for each group of submissions; they lie in the order of the call."""
    rows: list[Any] = table.drop(columns=list(_KNOBS)).to_dict("records")
    keys = [(knobs, seed) for knobs in call.knobs for seed in call.seeds]
    of_each = len(rows) // len(keys)
    return {key: rows[at * of_each : (at + 1) * of_each] for at, key in enumerate(keys)}


def _runs_of(table: pd.DataFrame, call: Call) -> dict[Key, pd.DataFrame]:
    """Find the runs of each cell; a replay that broke off at once has none."""
    grouped: dict[Any, Any] = table.groupby([*_KNOBS, "seed"], sort=False).indices
    places = {((eta, beta, window), int(seed)): at for (eta, beta, window, seed), at in grouped.items()}
    runs = table.drop(columns=list(_KNOBS))
    keys = [(knobs, seed) for knobs in call.knobs for seed in call.seeds]
    return {key: runs.iloc[places.get(key, [])].reset_index(drop=True) for key in keys}


def _added(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up the replays of all groups of submissions, exactly, so that the sum is the same on every Python."""
    sums = {name: [row[name] for row in rows] for name in _SUMS}
    totals = {name: math.fsum(each) if isinstance(each[0], float) else sum(each) for name, each in sums.items()}
    who = {name: rows[0][name] for name in ("policy", "job", "gpu", "seed")}
    return {**who, **totals, "failed": any(row["failed"] for row in rows)}
