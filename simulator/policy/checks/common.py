"""Rules that batch size and power policies share."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import json
import pickle
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.policy.checks.check import Check, Factory, make
from simulator.policy.checks.script import (
    JOB,
    OTHER_JOB,
    Memory,
    Stage,
    decisions,
    first_difference,
    play,
    same_decisions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Clone = Callable[[Any, Factory], Any]

__all__ = ["common_checks"]

_numbers = itertools.count()


def common_checks(stage: Stage) -> list[Check]:
    """Make the checks of the shared rules for one kind of policy."""
    rules: dict[str, tuple[str, Callable[[Stage, Factory], str]]] = {
        "named": ("a policy's name is a text", _named),
        "silent": ("a policy logs and never prints", _silent),
        "repeatable": ("the same seed makes the same decisions", _repeatable),
        "fresh": ("a new policy knows nothing of what another one learned", _fresh),
        "deepcopy": ("a copy, taken at any time, goes on as the original does", partial(_continues, clone=_deepcopy)),
        "pickle": ("a pickle, taken at any time, goes on as the original does", partial(_continues, clone=_pickle)),
        "json": ("state_dict, if there is one, survives strict JSON at any time", _survives_json),
        "jobs-apart": ("what is learned of one job does not touch another", _jobs_apart),
        "equal-jobs": ("equal jobs are one job", _equal_jobs),
        "registered-again": ("registering a job again loses nothing", _registered_again),
    }
    return [Check(name, rule, partial(verify, stage)) for name, (rule, verify) in rules.items()]


def _named(stage: Stage, factory: Factory) -> str:
    name = make(factory).name
    return "" if isinstance(name, str) and name else f"is called {name!r}"


def _silent(stage: Stage, factory: Factory) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        play(make(factory), stage.script([JOB]), {})
    return f"printed {printed.getvalue().splitlines()[0]!r}" if printed.getvalue() else ""


def _repeatable(stage: Stage, factory: Factory) -> str:
    first, second = (decisions(play(make(factory), stage.script([JOB]), {})) for _ in range(2))
    return first_difference(first, second)


def _fresh(stage: Stage, factory: Factory) -> str:
    """Let one policy learn a job and a new one play it; jobs that no policy of this process has seen tell the truth."""
    jobs = [replace(JOB, workdir=f"never seen {next(_numbers)}") for _ in range(2)]
    first, second = (decisions(play(make(factory), stage.script([job]), {})) for job in jobs)
    again = decisions(play(make(factory), stage.script([jobs[0]]), {}))
    return first_difference(first, again) if first == second else ""  # otherwise it does not even repeat itself


def _deepcopy(policy: Any, factory: Factory) -> Any:
    return copy.deepcopy(policy)


def _pickle(policy: Any, factory: Factory) -> Any:
    return pickle.loads(pickle.dumps(policy))  # noqa: S301  # made on the spot


def _json(policy: Any, factory: Factory) -> Any:
    twin = make(factory)
    twin.load_state_dict(json.loads(json.dumps(policy.state_dict(), allow_nan=False)))
    return twin


def _survives_json(stage: Stage, factory: Factory) -> str:
    has = [hasattr(make(factory), method) for method in ("state_dict", "load_state_dict")]
    if any(has) and not all(has):
        return "has only one of state_dict and load_state_dict"
    return _continues(stage, factory, clone=_json) if all(has) else ""


def _continues(stage: Stage, factory: Factory, *, clone: Clone) -> str:
    """Let clones, taken before every move, play to the end; each before the original plays on."""
    policy = make(factory)
    memory: Memory = {}
    moves = stage.script([JOB])
    endings, outcomes = [], []
    for at, move in enumerate(moves):
        try:
            endings.append(play(clone(policy, factory), moves[at:], dict(memory)))
        except Exception as error:  # a foreign policy raises what it likes
            return f"cannot go on from move {at}: {error!r}"
        outcomes.append(move(policy, memory))
    for at, ending in enumerate(endings):
        if difference := first_difference(decisions(outcomes[at:]), decisions(ending)):
            return f"{difference} after move {at}"
    return ""


def _jobs_apart(stage: Stage, factory: Factory) -> str:
    both = stage.script([OTHER_JOB, JOB])
    return same_decisions(factory, stage.script([JOB]), both) or same_decisions(
        factory, stage.script([OTHER_JOB]), both, OTHER_JOB
    )


def _equal_jobs(stage: Stage, factory: Factory) -> str:
    return same_decisions(factory, stage.script([JOB]), stage.script([JOB], equal=True))


def _registered_again(stage: Stage, factory: Factory) -> str:
    moves = stage.script([JOB])
    half = len(moves) // 2
    for at in (half, half + 1):  # while nothing runs, and while something does
        if difference := same_decisions(factory, moves, [*moves[:at], stage.register(JOB), *moves[at:]]):
            return difference
    return ""
