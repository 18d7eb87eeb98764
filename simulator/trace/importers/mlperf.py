"""MLPerf Training results of v4.0 to v5.0: logs of runs and, beside them, of the power of their nodes.

A result lies in ``<system>/<benchmark>/result_<n>.txt``, its power in ``<system>/<benchmark>/power/result_<n>/`` with a
``node_<k>.txt`` a node and a ``sw_<m>.txt`` a switch. Where there is none, a run's log may hold the readings itself.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.errors import TraceError
from simulator.trace.importers.imported import Imported
from simulator.trace.importers.mlperf_logs import PowerLog, RunLog, read_log, read_power_log, read_run_log
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["GAPS", "NO_POWER", "read_mlperf"]

#: What the format does not say.
GAPS = (
    "power is that of whole nodes and switches (scope node), by MLPerf's rule, and not of GPUs",
    "no power limits: the highest power read stands for one",
    "one batch size an entry",
    "time of an epoch is the run's time over its epochs, evaluations and all",
)
#: What it does not say where nobody measured power.
NO_POWER = "no power"
_EVALUATIONS_ARE_EPOCHS = "an epoch is the time from one evaluation to the next, since whole epochs are rarer"

#: What benchmarks train on (mlcommons/training_policies, training_rules.adoc); others are called by their own name.
DATASETS: Mapping[str, str] = {
    "bert": "wikipedia",
    "gpt3": "c4",
    "llama31_405b": "c4",
    "maskrcnn": "coco",
    "resnet": "imagenet",
    "rnnt": "librispeech",
    "ssd": "openimages",
    "unet3d": "kits19",
}


@dataclass(frozen=True)
class _Run:
    """One run with what its nodes and switches drew."""

    file: Path
    log: RunLog
    power: tuple[PowerLog, ...]

    @property
    def workload(self) -> dict[str, Any]:
        """What was trained, and how."""
        benchmark = str(self._setting("submission_benchmark"))
        return {
            "dataset": DATASETS.get(benchmark, benchmark),
            "network": benchmark,
            "batch_size": self._whole("global_batch_size"),
            "optimizer": str(self.log.settings.get("opt_name") or "unknown"),
            "learning_rate": self._positive(self._rate_key()),
        }

    @property
    def system(self) -> str:
        """Word for the system, as the name of a file takes it."""
        name = str(self.log.settings.get("submission_platform") or "mlperf")
        return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "mlperf"

    def _rate_key(self) -> str:
        """Name of the learning rate, which some benchmarks call after the optimizer, as in lars_opt_base_..."""
        name = "opt_base_learning_rate"
        named = [key for key in self.log.settings if key.endswith(name)]
        return name if name in named or not named else named[0]

    def _setting(self, key: str) -> Any:
        if self.log.settings.get(key) is None:
            raise TraceError(f"{self.file}: no {key}, which a result of MLPerf Training has")
        return self.log.settings[key]

    def _whole(self, key: str) -> int:
        value = self._positive(key)
        if value != int(value):
            raise TraceError(f"{self.file}: {key} is {value!r} where a whole number is expected")
        return int(value)

    def _positive(self, key: str) -> float:
        value = self._setting(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
            raise TraceError(f"{self.file}: {key} is {value!r} where a number above 0 is expected")
        return value


def read_mlperf(
    files: Iterable[str | os.PathLike[str]], *, targets: Iterable[float] = (), higher_is_better: bool = True
) -> Imported:
    """Read the results of one benchmark.

    Parameters
    ----------
    files
        Logs of runs, or folders with files ``result_*.txt``.
    targets
        Values of the metric that count as trained. None means the worst last value of the runs that ended in success:
        the best that all of them reached.
    higher_is_better
        Whether the metric rises while training improves the model.

    Returns
    -------
    Imported
        Tables ``metrics``, ``train`` and, where power was measured, ``power_<system>``: one row per batch size, with
        columns scope (node) and meters (how many nodes and switches were measured).

    Raises
    ------
    TraceError
        If a log cannot be read, several benchmarks are mixed, or the metric moves the other way.
    """
    runs = [_read(file) for file in _results(files)]
    benchmarks = sorted({run.workload["network"] for run in runs})
    if len(benchmarks) != 1:
        raise TraceError(f"results of {listed(benchmarks, shown=20)}; import one benchmark at a time")
    by_evaluation = any(_needs_evaluations(run.log) for run in runs)
    metrics = _metrics(runs, by_evaluation=by_evaluation)
    power = _power(runs, by_evaluation=by_evaluation)
    gaps = (*(GAPS if power else (NO_POWER, *GAPS[2:])), *[_EVALUATIONS_ARE_EPOCHS] * by_evaluation)
    origin = f"{len(runs)} MLPerf Training logs of {benchmarks[0]}"
    found = Imported(f"mlperf-{benchmarks[0]}", origin, gaps, {"metrics": metrics, **power})
    wanted = list(targets) or _reached_by_all(runs, higher_is_better=higher_is_better)
    size = int(metrics["batch_size"].min())
    job = {name: str(metrics[name].iloc[0]) for name in ("dataset", "network", "optimizer")}
    entry = {**job, "max_epochs": int(metrics["epochs"].max()), "default_bs": size}
    return found.with_targets(wanted, higher_is_better=higher_is_better, jobs=[entry])


def _results(files: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Find the logs of runs, in the order of their numbers."""
    found: list[Path] = []
    for path in map(Path, files):
        inside = list(path.glob("result_*.txt")) if path.is_dir() else [path]
        if not inside:
            raise TraceError(f"{path} holds no result_*.txt; name the folder of one system and benchmark, or files")
        found += sorted(inside, key=_natural)
    if not found:
        raise TraceError("no log of a run; name at least one")
    if len(set(found)) != len(found):
        raise TraceError("a log is named twice; each is a run of its own")
    return found


def _natural(path: Path) -> list[Any]:
    """Order result_2 before result_10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", path.name)]


def _read(file: Path) -> _Run:
    lines = read_log(file)
    beside = file.parent / "power" / file.stem
    meters = [each for kind in ("node_*.txt", "sw_*.txt") for each in sorted(beside.glob(kind), key=_natural)]
    power = [log for each in meters if (log := read_power_log(read_log(each), each)) is not None]
    own = read_power_log(lines, file)
    if own is not None and not power:  # else both are of the same nodes
        power.append(own)
    run = _Run(file, read_run_log(lines, file), tuple(power))
    if not run.log.evaluations:
        raise TraceError(f"{file}: no evaluation (eval_accuracy), so that nothing is known of when it was trained")
    return run


def _needs_evaluations(log: RunLog) -> bool:
    """Whether epochs are too coarse, or missing, to tell evaluations apart."""
    epochs = [each.epoch for each in log.evaluations]
    return min(epochs) < 1 or len(set(epochs)) < len(epochs)


def _length(run: _Run, *, by_evaluation: bool) -> int:
    return len(run.log.evaluations) if by_evaluation else run.log.epochs


def _metrics(runs: Sequence[_Run], *, by_evaluation: bool) -> pd.DataFrame:
    rows = []
    for number, run in enumerate(runs, 1):
        lasted = _length(run, by_evaluation=by_evaluation)
        for each in run.log.evaluations:
            value = each.value if math.isfinite(each.value) else None
            epoch = each.number if by_evaluation else each.epoch
            said = {"run": number, "epoch": epoch, "metric": each.metric, "value": value, "epochs": lasted}
            rows.append({**run.workload, **said})
    return pd.DataFrame(rows)


def _power(runs: Sequence[_Run], *, by_evaluation: bool) -> dict[str, pd.DataFrame]:
    """One row per system and batch size, over all its runs whose power was measured."""
    entries: dict[str, dict[tuple[Any, ...], list[_Run]]] = {}
    for run in runs:
        if run.power:
            key = tuple(value for name, value in run.workload.items() if name != "learning_rate")
            entries.setdefault(run.system, {}).setdefault(key, []).append(run)
    return {
        f"power_{system}": pd.DataFrame(
            [_row(key, of_key, by_evaluation=by_evaluation) for key, of_key in sorted(of_system.items())]
        )
        for system, of_system in sorted(entries.items())
    }


def _row(key: tuple[Any, ...], runs: Sequence[_Run], by_evaluation: bool) -> dict[str, Any]:
    time_s = sum(run.log.time_s for run in runs)
    energy_j = sum(run.log.time_s * sum(log.average_w for log in run.power) for run in runs)
    highest_w = max(sum(log.highest_w for log in run.power) for run in runs)
    return {
        **dict(zip(("dataset", "network", "batch_size", "optimizer"), key, strict=True)),
        "power_limit": math.ceil(highest_w),
        "time_per_epoch": time_s / sum(_length(run, by_evaluation=by_evaluation) for run in runs),
        "average_power": energy_j / time_s,
        "scope": "node",
        "meters": max(len(run.power) for run in runs),
    }


def _reached_by_all(runs: Sequence[_Run], *, higher_is_better: bool) -> list[float]:
    """Find the best value that all successful runs reached; none if no run was successful."""
    ends = [
        (run.log.evaluations[0].value, run.log.evaluations[-1].value, run)
        for run in runs
        if run.log.success and math.isfinite(run.log.evaluations[-1].value)
    ]
    for first, last, run in ends:
        if first != last and math.isfinite(first) and (last > first) != higher_is_better:
            way = "rises" if last > first else "falls"
            raise TraceError(
                f"{run.file}: the metric {way} from {first:g} to {last:g} until success, but "
                f"higher_is_better is {higher_is_better}; say the other (--lower-is-better)"
            )
    values = [last for _, last, _ in ends]
    return [min(values) if higher_is_better else max(values)] if values else []
