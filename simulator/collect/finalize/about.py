"""What the collected traces say about themselves: ``trace.json``, and what is missing from them, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from simulator.collect.plan.typed import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.finalize.power import Measured

__all__ = ["about", "replayable", "shortcomings", "train_of_job"]


def about(
    gathered: Gathered, train: pd.DataFrame, measured: Measured, gpu: str | None, said: Iterable[str]
) -> dict[str, Any]:
    """Describe the traces for those who read them, and for `simulator.trace.metadata.read_metadata`.

    Parameters
    ----------
    gathered
        Results of a plan.
    train
        Train trace.
    measured
        Power trace.
    gpu
        What the GPU is called; None if only times were recorded.
    said
        What is missing, and what is to be said against the rest, in words.

    Returns
    -------
    dict
        Plain data; the same for the same results.
    """
    plan = gathered.plan
    job = {name: getattr(plan.job, name) for name in ("dataset", "network", "optimizer", "target_metric", "max_epochs")}
    if (size := plan.job.default_bs) is not None and size in replayed_sizes(train, measured):
        job |= {"default_bs": size, "default_lr": plan.learning_rate(size)}
    jobs = [{**job, "higher_is_better": plan.job.higher_is_better}]
    names = [each["name"] for each in gathered.manifest.gpus]
    share = measured.table["uncertainty_share"].dropna()
    flags = Counter(flag for flags in measured.table["flags"] for flag in flags.split(",") if flag)
    content = {
        "plan_sha256": plan.hash,
        "metric": plan.metric,
        "targets": plan.thresholds,
        "epoch": plan.measure.window,
        "gpu": gpu,
        "gpus": names,
        "num_gpus": len(names),
        "runs": len(gathered.done),
        "power_rows": len(measured.table),
        "uncertainty_share": {} if share.empty else {"median": share.median(), "largest": share.max()},
        "flags": dict(sorted(flags.items())),
        "drift": [drift for drift in measured.drifts if drift.large],
        "remarks": list(said),
    }
    name = plan.name or f"{plan.job.dataset}-{plan.job.network}"
    where = f"on {' + '.join(names)}" if names else "without a GPU: times only"
    document: dict[str, Any] = plain(
        {
            "name": name,
            "synthetic": any("simulated" in gpu_name.lower() for gpu_name in names),
            "description": f"Recorded by simulator collect {where}.",
            "jobs": jobs,
            "measured": content,
        }
    )
    return document


def replayed_sizes(train: pd.DataFrame, measured: Measured) -> set[int]:
    """Batch sizes that both traces have."""
    return set(map(int, train["batch_size"])) & set(map(int, measured.table["batch_size"]))


def train_of_job(gathered: Gathered, train: pd.DataFrame) -> pd.DataFrame:
    """Rows of the train trace that are about the job's own target, and not about a further one."""
    return train.loc[train["target_metric"] == gathered.plan.job.target_metric]


def replayable(gathered: Gathered, train: pd.DataFrame, measured: Measured) -> bool:
    """Whether a replay can end: some run reached the job's target, at a batch size that has power, too."""
    reached = train_of_job(gathered, train).dropna(subset="target_epoch")
    return bool(replayed_sizes(reached, measured))


def shortcomings(gathered: Gathered, train: pd.DataFrame, measured: Measured) -> list[str]:
    """Say what the traces lack, and what is to be said against what they hold; a line for each reason.

    Returns
    -------
    list of str
        Sentences without a full stop, in the order of the plan.
    """
    lacking: dict[tuple[str, int, str], list[str]] = {}
    for spec in gathered.specs:
        if spec.kind != "power" and (reason := _why_no_epochs(gathered, spec.key) or gathered.why_not(spec)):
            lacking.setdefault(("train", spec.batch_size, reason), []).append(f"seed {spec.seed}")
    for size, limit, reason in measured.missing:
        lacking.setdefault(("power", size, reason), []).append("" if limit is None else f"{limit} W")
    lines = []
    for (table, size, reason), which in lacking.items():
        at = ", ".join(dict.fromkeys(filter(None, which)))
        lines.append(f"{table} trace, batch size {size}{f' ({at})' if at else ''}: {reason}")
    lines += [
        f"power trace, batch size {row['batch_size']}, {row['power_limit']} W: average power is above the limit"
        for row in measured.table.to_dict("records")
        if "above_limit" in row["flags"].split(",")
    ]
    lines += [
        f"power trace, batch size {drift.batch_size}: measured again, time changed by {drift.time_share:+.1%}"
        + ("" if drift.power_share is None else f" and power by {drift.power_share:+.1%}")
        for drift in measured.drifts
        if drift.large
    ]
    default = gathered.plan.job.default_bs
    if default is not None and default not in replayed_sizes(train, measured):
        lines.append(f"the default batch size, {default}, is not in both traces: replays need another, --default-bs")
    if len(train) and train_of_job(gathered, train)["target_epoch"].isna().all():
        job = gathered.plan.job
        lines.append(
            f"train trace: no run reached the target, {job.target_metric:g} of {gathered.plan.metric}; `simulator "
            "trace derive` makes traces of another target"
        )
    if gathered.others:
        lines.append(f"{gathered.others} results are of runs that the plan has no more: left out")
    return lines


def _why_no_epochs(gathered: Gathered, key: str) -> str:
    result = gathered.results.get(key)
    return "no epoch was reported" if result and result.status == "done" and not result.epochs else ""
