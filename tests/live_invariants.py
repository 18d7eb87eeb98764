"""What must be true of the service's data whatever happened: recomputed from the trials, and from what clients noted.

`problems` returns what is wrong in words, nothing if all is well; `read_rows` fetches what it looks at, by the tables
alone, without the code that wrote them.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from simulator import Job
from simulator.cost import energy_time_cost
from simulator.errors import PolicyError
from simulator.policy import create
from simulator.service.database import Database
from simulator.service.database.tables import ArmRow, Base, BatchSizeRow, JobRow, KeyRow, RewardRow, TrialRow

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


@dataclass
class Rows:
    """All that is stored of one job."""

    job: Row
    sizes: list[int]
    trials: list[Row]
    arms: list[Row]
    rewards: dict[int, list[float]]


@dataclass
class Notes:
    """What the clients of one job noted."""

    asked: list[str | None] = field(default_factory=list)
    given: list[Row] = field(default_factory=list)
    reports: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: list[Row] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)


async def read_rows(url: str) -> tuple[dict[str, Rows], list[Row]]:
    """Fetch everything from a database, by job, and the idempotency keys."""
    database = Database(url)

    async def fetch(table: type[Base], session: Any) -> list[Row]:
        found = await session.execute(select(table.__table__).order_by(*table.__table__.primary_key.columns))
        return [dict(row._mapping) for row in found]

    async def work(session: Any) -> list[list[Row]]:
        return [await fetch(table, session) for table in (JobRow, BatchSizeRow, TrialRow, ArmRow, RewardRow, KeyRow)]

    try:
        jobs, sizes, trials, arms, rewards, keys = await database.read(work)
    finally:
        await database.close()
    by_job = {row["job_id"]: Rows(row, [], [], [], defaultdict(list)) for row in jobs}
    for row in sizes:
        by_job[row["job_id"]].sizes.append(row["batch_size"])
    for row in trials:
        by_job[row["job_id"]].trials.append(row)
    for row in arms:
        by_job[row["job_id"]].arms.append(row)
    for row in rewards:
        seen = by_job[row["job_id"]].rewards[row["position"]]
        if row["at"] != len(seen):
            raise AssertionError(f"{row['job_id']}: reward {row['at']} of size {row['position']} follows {len(seen)}")
        seen.append(row["value"])
    return by_job, keys


def read_notes(files: list[Path]) -> tuple[dict[str, Notes], Counter[str]]:
    """Read what clients noted, by job; and how often what was noted."""
    by_job: dict[str, Notes] = defaultdict(Notes)
    counts: Counter[str] = Counter()
    for file in files:
        for line in file.read_text().splitlines():
            what = json.loads(line)
            counts[f"{what['op']} {what['status']}" if "status" in what else what["op"]] += 1
            if "job" in what:
                _take(by_job[what["job"]], what)
    return by_job, counts


def _take(notes: Notes, what: Row) -> None:
    if what["op"] == "asks":
        notes.asked.append(what["key"])
    elif what["op"] == "given":
        notes.given.append(what)
    elif what["op"] == "reports":
        notes.reports[what["number"]].append(what)
    elif what["op"] == "reported" and what["status"] == 200:
        notes.acknowledged.append(what)
    elif what["op"] == "ended" and what["status"] == 200:
        notes.ended.add(what["number"])


def problems(rows: Rows, notes: Notes, *, in_order: bool = True, is_new: bool = True) -> list[str]:
    """Say what is wrong with a job.

    Parameters
    ----------
    rows
        What is stored.
    notes
        What its clients noted.
    in_order
        Whether the clock went forwards, so that times tell the order in which the policy was asked and told.
    is_new
        Whether no job that was deleted had its name before, so that its trials are numbered from 1.
    """
    found = [*_numbers(rows, is_new=is_new), *_lowest(rows), *_told(rows), *_arms(rows), *_exploring(rows)]
    found += [*_given(rows, notes), *_acknowledged(rows, notes), *_ends(rows)]
    if in_order and not found:  # what follows takes sound rows for granted
        found += _decisions(rows)
    return [f"{rows.job['job_id']}: {text}" for text in found]


def problems_of_rows(rows: Rows) -> list[str]:
    """Say what is wrong with what is stored of a job, whose name may have been a deleted job's before."""
    told = observed(rows)
    found = [*_lowest(rows), *_exploring(rows), *(_arms(rows) if rows.job["policy"] == "pruning-gts" else ())]
    if [trial["observation"] for trial in told] != list(range(1, rows.job["n_observed"] + 1)):
        found.append(f"observations are {[t['observation'] for t in told]}, said to be {rows.job['n_observed']}")
    counts = Counter(trial["batch_size"] for trial in told)
    stored = {size: len(rows.rewards.get(position, [])) for position, size in enumerate(rows.sizes)}
    if any(stored[size] != counts[size] for size in rows.sizes):
        found.append(f"rewards are {stored}, observations {dict(counts)}")
    return found + _numbers(rows, is_new=False)


def _numbers(rows: Rows, *, is_new: bool) -> list[str]:
    numbers = [trial["number"] for trial in rows.trials]
    last = rows.job["last_trial_number"]
    first = 1 if is_new else last - len(numbers) + 1
    if numbers != list(range(first, last + 1)):
        return [f"trials are numbered {numbers}, the last is said to be {last}"]
    return []


def _lowest(rows: Rows) -> list[str]:
    costs = [(trial["cost"], trial["batch_size"]) for trial in rows.trials if trial["converged"]]
    least = min(cost for cost, _ in costs) if costs else None
    if rows.job["min_cost"] != least:
        return [f"min_cost is {rows.job['min_cost']}, of its trials the lowest is {least}"]
    sizes = {size for cost, size in costs if cost == least} or {rows.job["default_batch_size"]}
    if rows.job["min_cost_batch_size"] not in sizes:
        return [f"min_cost_batch_size is {rows.job['min_cost_batch_size']}, the lowest cost is of {sorted(sizes)}"]
    return []


def _ends(rows: Rows) -> list[str]:
    """A trial's columns do not contradict each other."""
    found = []
    for trial in rows.trials:
        final = trial["status"] == "Succeeded"
        given_up = trial["status"] == "Failed" and trial["observation"] is not None  # too many of its size were lost
        if (trial["cost"] is not None and trial["converged"] is not None) != (final or given_up):
            found.append(f"trial {trial['number']} is {trial['status']}, cost {trial['cost']}, {trial['converged']}")
        if (trial["ended_at"] is None) != (trial["status"] == "Dispatched"):
            found.append(f"trial {trial['number']} is {trial['status']} and ended at {trial['ended_at']}")
        if final:
            spec = rows.job
            cost = energy_time_cost(
                trial["energy_j"], trial["time_s"], eta=spec["eta"], max_power_w=spec["max_power_w"]
            )
            if cost != trial["cost"]:
                found.append(f"trial {trial['number']} cost {trial['cost']}, by its energy and time {cost}")
    return found


def observed(rows: Rows) -> list[Row]:
    """Trials that the policy was told of, in that order."""
    told = [trial for trial in rows.trials if trial["observation"] is not None]
    return sorted(told, key=lambda trial: trial["observation"])


def _told(rows: Rows) -> list[str]:
    """What the policy was told is what the trials came to, each once."""
    told = observed(rows)
    if [trial["observation"] for trial in told] != list(range(1, rows.job["n_observed"] + 1)):
        return [f"observations are {[t['observation'] for t in told]}, said to be {rows.job['n_observed']}"]
    silent = [t["number"] for t in rows.trials if t["status"] == "Succeeded" and t["observation"] is None]
    found = [f"trials {silent} have results that the policy was not told"] if silent else []
    for position, size in enumerate(rows.sizes):
        costs = [trial["cost"] for trial in told if trial["batch_size"] == size]
        stored = rows.rewards.get(position, [])
        if len(costs) != len(stored) or any(c is not None and -c != r for c, r in zip(costs, stored, strict=True)):
            found.append(f"rewards of size {size} are {stored}, its trials cost {costs}")
    return found


def _arms(rows: Rows) -> list[str]:
    """Counts of the arms are those of the trials."""
    told = Counter(trial["batch_size"] for trial in rows.trials if trial["observation"] is not None)
    window = rows.job["window_size"] or math.inf
    counts = {arm["batch_size"]: arm["n_observations"] for arm in rows.arms}
    wrong = {size: n for size, n in counts.items() if n != min(told[size], window)}
    return [f"arms count {wrong} of {dict(told)}"] if wrong else []


def _exploring(rows: Rows) -> list[str]:
    at_once = [t["number"] for t in rows.trials if t["type"] == "Exploration" and t["status"] == "Dispatched"]
    return [f"explorations {at_once} are in flight at once"] if len(at_once) > 1 else []


def _given(rows: Rows, notes: Notes) -> list[str]:
    """Whoever asked with a key got one trial, however often it asked, and nobody else got that one."""
    found, numbers = [], {}
    sizes = {trial["number"]: trial["batch_size"] for trial in rows.trials}
    for given in notes.given:
        if sizes.get(given["number"]) != given["batch_size"]:
            found.append(f"{given} was given, stored is {sizes.get(given['number'])}")
        elif given["key"] is not None and numbers.setdefault(given["key"], given["number"]) != given["number"]:
            found.append(f"key {given['key']} was given trials {numbers[given['key']]} and {given['number']}")
    twice = [number for number, n in Counter(numbers.values()).items() if n > 1]
    if twice:
        found.append(f"trials {twice} were given to several keys")
    if notes.asked and None not in notes.asked and len(rows.trials) > len(set(notes.asked)):
        found.append(f"{len(rows.trials)} trials for {len(set(notes.asked))} keys")
    return found


def _acknowledged(rows: Rows, notes: Notes) -> list[str]:
    """A report whose final answer somebody has read is stored, with its values."""
    found = []
    trials = {trial["number"]: trial for trial in rows.trials}
    for report in notes.acknowledged:
        trial = trials.get(report["number"])
        if trial is None:
            found.append(f"{report} was acknowledged, and there is no such trial")
        elif not report["stop"]:
            if report["final"]:
                found.append(f"{report} met the target, or was the last epoch, and was told to go on")
        elif trial["status"] != "Succeeded" or trial["converged"] != report["converged"]:
            found.append(f"{report} was acknowledged, stored is {trial}")
    for number, reports in notes.reports.items():
        trial = trials.get(number)
        if trial is not None and trial["status"] == "Succeeded":
            sent = [(each["result"]["energy_j"], each["result"]["time_s"]) for each in reports]
            if (trial["energy_j"], trial["time_s"]) not in sent:
                found.append(f"trial {number} has {trial['energy_j']} J, {trial['time_s']} s; reported was {sent}")
    return found


def offline(rows: Rows) -> Any:
    """The policy of an offline replay with a job's options and seed, and the job as it knows it."""
    row = rows.job
    keys = ("window_size", "prior_mean", "prior_precision", "num_pruning_rounds", "num_exploration")
    policy = create(row["policy"], seed=row["seed"], overlapping=True, **{key: row[key] for key in keys})
    job = Job(
        row["dataset"] or "any",
        row["network"] or "any",
        row["optimizer"] or "any",
        row["target_metric"],
        row["max_epochs"],
        default_bs=row["default_batch_size"],
    )
    policy.register_job(job, rows.sizes)
    return policy, job


def _decisions(rows: Rows) -> list[str]:
    """An offline policy that is asked and told in the same order decides and believes the same, to the bit."""
    policy, job = offline(rows)
    events = [((t["started_at"], 0, t["number"]), t) for t in rows.trials]
    events += [((t["ended_at"], 1, t["observation"]), t) for t in observed(rows)]
    rewards = {position: iter(values) for position, values in rows.rewards.items()}
    for (_, is_told, _), trial in sorted(events, key=lambda event: event[0]):
        size = trial["batch_size"]
        if is_told:
            cost = -next(rewards[rows.sizes.index(size)])
            policy.observe(job, size, cost, bool(trial["converged"]))
        else:
            try:
                chosen = policy.predict(job)
            except PolicyError:  # it waits for a result: somebody who asks now gets the best size known
                continue
            if chosen != size:
                return [f"trial {trial['number']} has batch size {size}, offline the policy chooses {chosen}"]
    return _beliefs(rows, policy.state_of(job))


def _beliefs(rows: Rows, state: Any) -> list[str]:
    if state.sampling != (rows.job["stage"] == "MAB"):
        return [f"stage is {rows.job['stage']}, offline the policy is {'sampling' if state.sampling else 'pruning'}"]
    if not state.sampling:
        return [f"there are arms before pruning is over: {rows.arms}"] if rows.arms else []
    arms = state.arms
    wanted = {
        rows.sizes[state.position_of[arm]]: (
            arms.mean[arm], arms.precision[arm], arms.reward_precision[arm], arms.count[arm],
        )
        for arm in range(arms.n)
    }  # fmt: skip
    stored = {
        arm["batch_size"]: (arm["mean"], arm["precision"], arm["reward_precision"], arm["n_observations"])
        for arm in rows.arms
    }
    return [f"arms are {stored}, offline {wanted}"] if stored != wanted else []
