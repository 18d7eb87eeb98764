"""What single values of a plan cannot say: whether they go together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulator.collect.output import OutputReader
from simulator.collect.plan.command import PLACEHOLDERS, PYTHON, placeholders_in
from simulator.errors import PlanError, nearest
from simulator.job import LINEAR_OPTIMIZERS, SQUARE_ROOT_OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Values = Mapping[str, Any]

__all__ = ["contradictions"]

#: Names that readers of CSV files take for an empty cell.
_EMPTY = {"", "na", "n/a", "nan", "null", "none", "#n/a"}


def contradictions(values: Values) -> Iterator[str]:
    """Look for values that do not go together; whatever concerns a value that is missing here is left out.

    Parameters
    ----------
    values
        Values by their path, as `simulator.collect.plan.typed.examine` gives them.

    Yields
    ------
    str
        What is wrong, with the path of the value to change first.
    """
    for name in ("batch_sizes", "seeds", "slices", "power_limits_w"):
        yield from _each_once(name, values.get(f"grid.{name}"))
    for check, paths in _CHECKS.items():
        if all(path in values for path in paths):
            yield from check(*(values[path] for path in paths))


def _names(dataset: str, network: str, optimizer: str) -> Iterator[str]:
    for name, value in (("dataset", dataset), ("network", network), ("optimizer", optimizer)):
        if value.strip().lower() in _EMPTY or value != value.strip() or "," in value:
            yield f"job.{name} is {value!r}, which a CSV file cannot keep apart; choose another name"


def _items(command: tuple[str, ...]) -> Iterator[str]:
    if not command:
        yield "job.command is empty; list the words that start the training script"
    known = [*PLACEHOLDERS, PYTHON]
    for item in command:
        if re.fullmatch(r"\{\w+\}", item) and item not in known:  # within a word, braces may mean something else
            yield f"job.command has {item}, but there are {', '.join(known)}{nearest(item, known)}"


def _used(command: tuple[str, ...], given: tuple[str, ...]) -> Iterator[str]:
    values = {name[1:-1] for name in PLACEHOLDERS}
    for name in given:
        if name not in values:
            yield f"job.from_environment has {name!r}, but there are {', '.join(sorted(values))}{nearest(name, values)}"
    yield from _learns("batch_size", command, given)
    yield from _learns("learning_rate", command, given)


def _used_seeds(command: tuple[str, ...], given: tuple[str, ...], seeds: tuple[int, ...]) -> Iterator[str]:
    if len(seeds) > 1:
        yield from _learns("seed", command, given)


def _used_slices(command: tuple[str, ...], given: tuple[str, ...], slices: tuple[int, ...]) -> Iterator[str]:
    if len(slices) > 1:
        yield from _learns("slice_number", command, given)


def _learns(name: str, command: tuple[str, ...], given: tuple[str, ...]) -> Iterator[str]:
    """Compare something that varies with what the script gets to know."""
    if name not in given and not any(_names_of(name) & set(placeholders_in(word)) for word in command):
        yield (
            f"job.command has no {{{name}}}, so that the script does not learn its {name}; add it, or say that the "
            f"script takes it from its environment: from_environment = ['{name}']"
        )


def _names_of(value: str) -> set[str]:
    return {name for name, of in PLACEHOLDERS.items() if of == value}


def _each_once(name: str, values: Any) -> Iterator[str]:
    if isinstance(values, tuple) and not values:
        yield f"grid.{name} is empty; list one or more"
    elif isinstance(values, tuple) and len(set(values)) < len(values):
        twice = sorted({value for value in values if values.count(value) > 1})
        yield f"grid.{name} has {', '.join(map(str, twice))} more than once"


def _reference(limits: Any, reference: int | None) -> Iterator[str]:
    if isinstance(limits, tuple) and reference is not None and reference not in limits:
        yield f"grid.reference_limit_w is {reference}, but power_limits_w are {', '.join(map(str, limits))}"


def _default(default_bs: int | None, batch_sizes: tuple[int, ...]) -> Iterator[str]:
    if default_bs is not None and batch_sizes and default_bs not in batch_sizes:
        yield (
            f"job.default_bs is {default_bs}, which is none of the batch sizes "
            f"({', '.join(map(str, batch_sizes))}): replays start there, so measure it, too"
        )


def _rates(
    optimizer: str, default_bs: int | None, default_lr: float | None, sizes: Any, rates: dict[int, float]
) -> Iterator[str]:
    for size, rate in rates.items():
        if not 0 < rate < float("inf"):
            yield f"grid.learning_rates.{size} is {rate}, but must be above 0"
        if size not in sizes:
            yield f"grid.learning_rates has batch size {size}, which is not measured"
    if set(sizes) <= set(rates):
        return
    if lacking := [n for n, v in (("default_bs", default_bs), ("default_lr", default_lr)) if v is None]:
        yield (
            f"job.{' and job.'.join(lacking)} is missing: learning rates are scaled from it, unless "
            "grid.learning_rates has all of them"
        )
    known = (*SQUARE_ROOT_OPTIMIZERS, *LINEAR_OPTIMIZERS)
    if optimizer.lower() not in known:
        yield (
            f"job.optimizer is {optimizer!r}, for which no learning rate rule is known, but for {', '.join(known)}; "
            "give grid.learning_rates for each batch size"
        )


def _lengths(epochs: int, warm_up: int, most: int | None) -> Iterator[str]:
    if most is not None and most < warm_up + epochs:
        yield f"measure.max_power_epochs is {most}, but warm-up and window take {warm_up + epochs} epochs"


def _cooldown(least: float, most: float) -> Iterator[str]:
    if least > most:
        yield f"measure.cooldown_s is {least:g}, above cooldown_max_s, {most:g}"


def _key(gpu_key: str | None) -> Iterator[str]:
    if gpu_key is not None and not re.fullmatch(r"[a-z0-9]+([-+._][a-z0-9]+)*", gpu_key):
        yield f"measure.gpu_key is {gpu_key!r}; it becomes part of a file's name: lower-case letters, digits, hyphens"


def _environment(environment: dict[str, str]) -> Iterator[str]:
    for name in environment:
        if name.startswith("SIMULATOR_") or name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
            yield f"measure.environment sets {name}, which the collection sets itself; leave it out"
        elif not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
            yield f"measure.environment has {name!r}, which is no name of a variable"


def _output(mllog: bool, patterns: dict[str, str], metric: str) -> Iterator[str]:
    try:
        OutputReader(mllog=mllog, patterns=patterns)
    except PlanError as wrong:
        yield from (f"output.patterns: {line}" for line in str(wrong).splitlines())
        return
    told = {name for pattern in patterns.values() for name in re.compile(pattern).groupindex}
    if patterns and not mllog and metric not in told:
        yield (
            f"output.patterns tell nothing of {metric}, the metric that the target is about (job.metric); name a group "
            f"so, (?P<{metric}>...){nearest(metric, told)}"
        )


def _limit_command(command: tuple[str, ...] | None) -> Iterator[str]:
    if command is not None and not any("{watts}" in item for item in command):
        yield "measure.limit_command has no {watts}: as in ['sudo', 'nvidia-smi', '-i', '{uuid}', '-pl', '{watts}']"


_CHECKS: dict[Callable[..., Iterator[str]], tuple[str, ...]] = {
    _names: ("job.dataset", "job.network", "job.optimizer"),
    _items: ("job.command",),
    _used: ("job.command", "job.from_environment"),
    _used_seeds: ("job.command", "job.from_environment", "grid.seeds"),
    _used_slices: ("job.command", "job.from_environment", "grid.slices"),
    _reference: ("grid.power_limits_w", "grid.reference_limit_w"),
    _default: ("job.default_bs", "grid.batch_sizes"),
    _rates: ("job.optimizer", "job.default_bs", "job.default_lr", "grid.batch_sizes", "grid.learning_rates"),
    _lengths: ("measure.epochs", "measure.warm_up_epochs", "measure.max_power_epochs"),
    _cooldown: ("measure.cooldown_s", "measure.cooldown_max_s"),
    _key: ("measure.gpu_key",),
    _environment: ("measure.environment",),
    _output: ("output.mllog", "output.patterns", "job.metric"),
    _limit_command: ("measure.limit_command",),
}
