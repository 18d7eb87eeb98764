"""What a user asks for, checked and taken apart into settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.cost import check_knobs
from simulator.errors import ReplayError
from simulator.replay.arguments import check_job, check_word, count_recurrences, groups_of, list_seeds, take_traces
from simulator.replay.draws import DISCIPLINES
from simulator.replay.manifest import make_manifest, seeds_in_short
from simulator.replay.play import Submissions
from simulator.replay.setting import Plan, Setting
from simulator.replay.submissions import submissions_from
from simulator.replay.who import Who

if TYPE_CHECKING:
    from simulator.trace.table import JobTable

__all__ = ["Request", "request"]

_KNOBS = ("eta", "beta", "window")


@dataclass(frozen=True)
class Request:
    """Replays that a user asked for.

    Parameters
    ----------
    settings
        What to replay, each for all seeds.
    seeds
        The seeds.
    manifests
        How to make the results again, one manifest for each job and GPU.
    """

    settings: list[Setting]
    seeds: list[int]
    manifests: list[dict[str, Any]]

    @property
    def n_replays(self) -> int:
        """How many replays there are."""
        return len(self.seeds) * sum(len(setting.plans) for setting in self.settings)


def request(jobs: Any, traces: Any, *, seeds: Any, groups: Any, recurrences: int | None, **common: Any) -> Request:
    """Make a setting of each combination of job, GPU and knobs.

    Parameters
    ----------
    jobs, traces, seeds, groups, recurrences
        As `simulator.replay.replay.replay` takes them.
    common
        The other arguments that say what is replayed: policy, power_policy, eta, beta, window, draws.

    Raises
    ------
    SimulatorError
        If an argument makes no sense; see `simulator.replay.replay.replay`.
    """
    check_word("draws", common["draws"], DISCIPLINES)
    values = {name: _several(name, common[name]) for name in _KNOBS}
    varied = [name for name in _KNOBS if _are_several(common[name])]
    made = Request([], list_seeds(seeds), [])
    for of_gpu, job in product(map(take_traces, _several("traces", traces)), _several("job", jobs)):
        check_job(job)
        table = of_gpu.table(job)
        rows = None if groups is None else groups_of(job, groups)
        plans = _plans(table, rows, recurrences)
        for combination in product(*values.values()):
            knobs = dict(zip(_KNOBS, combination, strict=True))
            who = Who(common["policy"], common["power_policy"], window=knobs["window"], overlapping=groups is not None)
            knobs["eta"], knobs["beta"] = check_knobs(eta=knobs["eta"], beta=knobs["beta"])
            labels = {"policy": who.label, "job": str(job), "gpu": of_gpu.gpu}
            made.settings.append(
                Setting(
                    job=job,
                    table=table,
                    who=who,
                    eta=knobs["eta"],
                    beta=knobs["beta"],
                    draws=common["draws"],
                    plans=plans,
                    labels=labels | {name: knobs[name] for name in varied},
                )
            )
        asked = {
            "policy": who.policy_name,
            "power_policy": who.power_name,
            "seeds": seeds_in_short(made.seeds),
            "recurrences": None if rows is not None else plans[0].recurrences,
            **{name: values[name] if name in varied else knobs[name] for name in _KNOBS},
            "draws": common["draws"],
        }
        made.manifests.append(make_manifest(job, of_gpu, rows, asked))
    _refuse_twins(made.settings)
    return made


def _plans(table: JobTable, rows: pd.DataFrame | None, recurrences: int | None) -> tuple[Plan, ...]:
    n_recurrences = count_recurrences(recurrences, grouped=rows is not None, table=table)
    if rows is None:
        return (Plan(n_recurrences),)
    groups = [(str(name), submissions_from(group)) for name, group in rows.groupby("group", sort=False)]
    return tuple(Plan(len(submitted), Submissions.of(submitted), name) for name, submitted in groups)


def _are_several(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | pd.DataFrame)


def _several(name: str, value: Any) -> list[Any]:
    """Make a list of one or several."""
    listed = list(value) if _are_several(value) else [value]
    if not listed:
        raise ReplayError(f"{name} is empty; give one, or several as a list")
    return listed


def _refuse_twins(settings: list[Setting]) -> None:
    """Refuse two settings that nothing would tell apart in the result."""
    seen: dict[tuple[Any, ...], Setting] = {}
    for setting in settings:
        if seen.setdefault(key := tuple(setting.labels.values()), setting) is not setting:
            raise ReplayError(f"{', '.join(map(str, key))} stands twice among the settings; leave one out")
