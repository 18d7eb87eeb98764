"""The checker of campaigns finds whatever is wrong: each rule is broken once, in data that were right before."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest
from live_clients import SIZES, outcome, spec
from live_invariants import Notes, Rows, offline, problems

from simulator.cost import energy_time_cost
from simulator.service.model import JobSpec

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def sound_rows(n_trials=30):
    """The rows of a job after so many trials, one after the other, as an offline policy decides them."""
    described = JobSpec(**spec("job", 7))
    job = {name: getattr(described, name) for name in type(described).model_fields}
    job |= {"stage": "MAB", "min_cost": None, "min_cost_batch_size": 32, "n_observed": n_trials}
    rows = Rows(job | {"last_trial_number": n_trials}, list(SIZES), [], [], {at: [] for at in range(len(SIZES))})
    policy, key = offline(rows)
    for number in range(1, n_trials + 1):
        size = policy.predict(key)
        result = outcome("job", number, size)
        cost = energy_time_cost(result["energy_j"], result["time_s"], eta=0.5, max_power_w=300.0)
        converged = result["metric"] >= 0.5
        policy.observe(key, size, cost, converged)
        rows.rewards[SIZES.index(size)].append(-cost)
        if converged and (rows.job["min_cost"] is None or cost < rows.job["min_cost"]):
            rows.job |= {"min_cost": cost, "min_cost_batch_size": size}
        at = BEGAN + timedelta(minutes=number)
        trial = {"number": number, "batch_size": size, "type": "MAB", "status": "Succeeded", "observation": number}
        trial |= {"cost": cost, "converged": converged, "started_at": at, "ended_at": at + timedelta(seconds=30)}
        rows.trials.append(trial | {name: result[name] for name in ("energy_j", "time_s")})
    arms, names = policy.state_of(key).arms, ("mean", "precision", "reward_precision")
    for arm in range(arms.n):
        size = SIZES[policy.state_of(key).position_of[arm]]
        belief = {name: getattr(arms, name)[arm] for name in names}
        rows.arms.append({"batch_size": size, "n_observations": arms.count[arm], **belief})
    return rows


def sound_notes(rows):
    """What well-behaved clients of these trials noted."""
    notes = Notes()
    for trial in rows.trials:
        about = {"number": trial["number"], "batch_size": trial["batch_size"], "key": f"key {trial['number']}"}
        notes.asked.append(about["key"])
        notes.given.append(about)
        result = {name: trial[name] for name in ("energy_j", "time_s")}
        report = {**about, "result": result, "final": True, "stop": True, "converged": trial["converged"]}
        notes.reports[trial["number"]].append(report)
        notes.acknowledged.append(report)
    return notes


@pytest.fixture(scope="module")
def sound():
    """Rows and notes in which all is well."""
    rows = sound_rows()
    return rows, sound_notes(rows)


def test_nothing_is_wrong_with_sound_data(sound):
    """Otherwise what follows would show nothing."""
    assert problems(*sound) == []


def last(rows):
    return rows.trials[-1]


def move(values, by):
    values[-1] += by


TAMPERED = {
    "a gap": (lambda rows, notes: rows.trials.pop(3), "numbered"),
    "a last number": (lambda rows, notes: rows.job.update(last_trial_number=31), "numbered"),
    "a lowest cost": (lambda rows, notes: rows.job.update(min_cost=1.0), "min_cost is"),
    "a size of lowest cost": (lambda rows, notes: rows.job.update(min_cost_batch_size=8), "min_cost_batch_size"),
    "an energy": (lambda rows, notes: last(rows).update(energy_j=1.0), "by its energy and time"),
    "an end": (lambda rows, notes: last(rows).update(ended_at=None), "ended at None"),
    "a lost result": (lambda rows, notes: last(rows).update(status="Failed", observation=None), "cost"),
    "a count": (lambda rows, notes: rows.job.update(n_observed=29), "observations are"),
    "an observation": (lambda rows, notes: last(rows).update(observation=31), "observations are"),
    "a result that nobody was told": (
        lambda rows, notes: (last(rows).update(observation=None), rows.job.update(n_observed=29)),
        "not told",
    ),
    "a reward": (lambda rows, notes: move(rows.rewards[3], 1e-9), "rewards of size"),
    "a reward twice": (lambda rows, notes: rows.rewards[3].append(rows.rewards[3][-1]), "rewards of size"),
    "an arm's count": (lambda rows, notes: rows.arms[0].update(n_observations=1), "arms count"),
    "a bit of an arm": (
        lambda rows, notes: rows.arms[-1].update(mean=rows.arms[-1]["mean"] * (1 + 2**-52)),
        "arms are",
    ),
    "an arm": (lambda rows, notes: rows.arms.pop(), "arms are"),
    "a stage": (lambda rows, notes: rows.job.update(stage="Pruning"), "stage is"),
    "a decision": (lambda rows, notes: rows.job.update(seed=99), "offline the policy chooses"),
    "two explorations": (
        lambda rows, notes: [
            trial.update(type="Exploration", status="Dispatched", ended_at=None) for trial in rows.trials[:2]
        ],
        "at once",
    ),
    "a key with two trials": (lambda rows, notes: notes.given.append({**notes.given[0], **_other(rows)}), "was given"),
    "a trial with two keys": (lambda rows, notes: notes.given.append({**notes.given[0], "key": "x"}), "several keys"),
    "a trial that nobody asked for": (lambda rows, notes: notes.asked.pop(), "30 trials for 29 keys"),
    "another size than given": (lambda rows, notes: notes.given[0].update(batch_size=8), "was given, stored is"),
    "an answer that is forgotten": (
        lambda rows, notes: notes.acknowledged.append({**notes.acknowledged[0], "number": 31}),
        "no such trial",
    ),
    "an answer that is changed": (
        lambda rows, notes: notes.acknowledged[0].update(converged=not notes.acknowledged[0]["converged"]),
        "was acknowledged, stored is",
    ),
    "a run that was told to go on": (lambda rows, notes: notes.acknowledged[0].update(stop=False), "told to go on"),
    "values that nobody sent": (lambda rows, notes: notes.reports[1][0]["result"].update(time_s=1.0), "reported was"),
}


def _other(rows):
    return {name: last(rows)[name] for name in ("number", "batch_size")}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_wrong_is_found(sound, what):
    """One change each, and the rule that it breaks says so."""
    tamper, words = TAMPERED[what]
    rows, notes = copy.deepcopy(sound)
    tamper(rows, notes)
    assert any(words in text for text in problems(rows, notes)), problems(rows, notes)
