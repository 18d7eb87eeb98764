"""What ``simulator study`` says when its steps are done: a screenful, read from what they left."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from simulator.cli.cells import NONE, change, energy, time
from simulator.cli.front_report import report as report_front
from simulator.cli.places import note, short_names
from simulator.cli.show import say, show
from simulator.cli.study_steps import SLOWDOWN_PCT
from simulator.cli.terminal import console
from simulator.compare import BASELINE, Comparison, failures, manifests
from simulator.compare.differences import ALL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    #: Columns of a table, as heading and cells.
    Columns = list[tuple[str, list[str]]]

__all__ = ["report"]

#: Headings that stand below a name that is in another column.
_TIME, _INTERVAL, _VERDICT = "\ntime", "\ninterval", "\nverdict"

#: Columns that a narrow terminal does without, the least important first.
_OPTIONAL = (_INTERVAL, _TIME)

#: Policies side by side in a table, at most: more are hard to read even where there is room.
_SIDE_BY_SIDE = 4


def report(out: Path, *, done: Collection[str]) -> None:
    """Print what each policy saves, which configuration is frugal and hardly slower, and what a drift does.

    Parameters
    ----------
    out
        Folder of the study, which is about one GPU.
    done
        Names of the steps that went through: what others left is not read.
    """
    replayed = pd.read_parquet(out / "results.parquet", columns=["policy", "seed"])  # its manifests come along
    made = manifests(replayed)
    names = short_names(made)
    if "comparison" in done:
        _show_comparison(Comparison.load(out / "comparison"), names, note(made))
    else:
        _show_summary(out, "What a recurrence costs")
    if "front" in done:
        say("")
        least = pd.read_parquet(out / "front" / "least_energy.parquet")
        report_front(least, least, slowdown=SLOWDOWN_PCT, made=made)
    if "drift" in done:
        say("")
        _show_summary(out / "drift", "Where the data drift")
    for line in _broken_off(replayed, names):
        say(f"\n{line}")


def _show_comparison(found: Comparison, names: dict[str, str], about: str) -> None:
    """Print a row for each job: what the baseline takes, and what others save; at the end all jobs together."""
    settings, recurrences = found.manifest["settings"], found.pairs.set_index("job")["recurrences"]
    of_baseline = found.policies.loc[found.policies["policy"] == found.baseline]
    means = of_baseline.query("statistic == 'mean'").pivot(index="job", columns="measure", values="estimate")
    amounts = means.reindex(recurrences.index).div(recurrences, axis=0)
    rows = list(zip(map(names.__getitem__, amounts.index), amounts["energy_j"], amounts["time_s"], strict=True))
    costs = found.differences.loc[found.differences["measure"] == "cost"]
    order = [*recurrences.index]
    if len(order) > 1:
        order.append(ALL)
        rows.append((f"all {len(rows)} jobs", float("nan"), float("nan")))
    cells: list[Columns] = []
    for policy in (name for name in found.names if name != found.baseline):
        of_policy = costs.loc[costs["policy"] == policy].set_index("job").reindex(order)
        ends = zip(of_policy["low_pct"], of_policy["high_pct"], strict=True)
        cells.append(
            [
                (f"{policy}\ncost Δ".replace(":", ":\n"), [change(x) for x in of_policy["difference_pct"]]),
                (_INTERVAL, [_interval(low, high) for low, high in ends]),
                (_VERDICT, [str(verdict).replace(" ", "\N{NO-BREAK SPACE}") for verdict in of_policy["verdict"]]),
            ]
        )
    _show_side_by_side(rows, found.baseline, cells, title=f"What policies save on {found.pairs['gpu'].iloc[0]}{about}")
    say(
        f"Energy, time: mean of a recurrence. Cost: η × energy + (1 − η) × MAXPOWER × time, η = {settings['eta']:g}. "
        f"Δ: against {found.baseline}, with {100 * settings['confidence']:g} % interval."
    )
    for caveat in found.caveats():
        say(caveat)


def _show_summary(folder: Path, what: str) -> None:
    """Print a row for each job of a replay: what the baseline takes, and by how much the cost of others differs."""
    summary = pd.read_csv(folder / "summary.csv")
    made = manifests(pd.read_parquet(folder / "results.parquet", columns=["policy"]))
    names, jobs = short_names(made), list(dict.fromkeys(summary["job"]))
    by_policy = {str(name): rows.set_index("job").reindex(jobs) for name, rows in summary.groupby("policy", sort=False)}
    baseline = by_policy.pop(BASELINE)
    cells = [
        [(f"{policy}\ncost Δ".replace(":", ":\n"), [change(percent) for percent in rows["cost_change_pct"]])]
        for policy, rows in by_policy.items()
    ]
    rows = list(zip(map(names.__getitem__, jobs), baseline["energy_j"], baseline["time_s"], strict=True))
    _show_side_by_side(rows, BASELINE, cells, title=f"{what} on {summary['gpu'].iloc[0]}{note(made)}")


def _show_side_by_side(
    rows: list[tuple[str, float, float]], baseline: str, policies: Sequence[Columns], *, title: str
) -> None:
    """Print tables that begin with the same columns, each with a few of the policies.

    Parameters
    ----------
    rows
        Job, and energy [J] and time [s] of the baseline.
    baseline
        Its name.
    policies
        Columns of each other policy.
    title
        Stands above the first table.
    """
    first: Columns = [
        ("job", [job for job, *_ in rows]),
        (f"{baseline}\nenergy", [energy(energy_j) for _, energy_j, _ in rows]),
        (_TIME, [time(time_s) for *_, time_s in rows]),
    ]
    room = console().width - _width(first)
    step = min(max(room // max(map(_width, policies), default=1), 1), _SIDE_BY_SIDE)
    for at in range(0, max(len(policies), 1), step):
        columns = [*first, *chain.from_iterable(policies[at : at + step])]
        table = pd.concat([pd.Series(texts, name=heading) for heading, texts in columns], axis=1)
        if at:
            say("")
        show(table, title="" if at else title, optional=[heading for heading in _OPTIONAL if heading in table])


def _width(columns: Columns) -> int:
    """Count the characters that columns need, gaps included, where there is no room for the optional ones."""
    needed = [(heading, texts) for heading, texts in columns if heading not in _OPTIONAL]
    return sum(1 + max(map(len, (*heading.split("\n"), *texts))) for heading, texts in needed)


def _interval(low: float, high: float) -> str:
    return NONE if low != low else f"{change(low)}…{change(high)}".replace("%", "")


def _broken_off(replayed: pd.DataFrame, names: dict[str, str]) -> Iterator[str]:
    """Say which replays did not get through, a line for each policy."""
    seeds = len({*replayed["seed"].astype(str), *(str(each["seed"]) for each in replayed.attrs.get("failures", []))})
    for policy, lost in failures(replayed).groupby("policy", sort=False):
        where = [f"{names[row['job']]} ({row['failed_seeds']} of {seeds} seeds)" for row in lost.to_dict("records")]
        yield f"Did not get through, and not in any Δ: {policy} on {', '.join(where)}. Why: manifest.json"
