"""Read stored parameters back: every field there, of its type and sign, and all that is wrong said at once."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError, nearest
from simulator.trace.model.epochs import EpochCurve
from simulator.trace.model.machine import MachineCurve
from simulator.trace.model.parameters import Parameters, Workload
from simulator.trace.model.residual import Residual
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["parse_parameters", "read_parameters"]


@dataclass(frozen=True)
class _Value:
    """A value of its own: what it is called, and whether some JSON is one."""

    what: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class _Several:
    """A list, or a dictionary of names, of one kind of thing."""

    of: Any
    container: Any


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TEXT = _Value("text", lambda value: isinstance(value, str))
FLAG = _Value("true or false", lambda value: isinstance(value, bool))
NUMBER = _Value("a number", _number)
POSITIVE = _Value("a number above 0", lambda value: _number(value) and value > 0)
NOT_NEGATIVE = _Value("a number of 0 or above", lambda value: _number(value) and value >= 0)
SHARE = _Value("a number from 0 to 1", lambda value: _number(value) and 0 <= value <= 1)
COUNT = _Value("a whole number above 0", lambda value: _whole(value) and value > 0)
POINTS = _Value("a whole number of 0 or above", lambda value: _whole(value) and value >= 0)

#: What each field must be.
FIELDS: dict[type, dict[str, Any]] = {
    Residual: {"relative_rmse": NOT_NEGATIVE, "worst": NUMBER, "n": POINTS},
    EpochCurve: {
        "target_metric": NUMBER,
        **dict.fromkeys(("floor_epochs", "critical_size", "small_size"), POSITIVE),
        **dict.fromkeys(("large_steepness", "small_steepness"), POSITIVE),
        "spreads": _Several(NOT_NEGATIVE, list),
        "chances": _Several(SHARE, list),
        "residual": Residual,
    },
    MachineCurve: {
        "batch_sizes": _Several(COUNT, list),
        "power_limits": _Several(COUNT, list),
        **dict.fromkeys(("steady_s", "dynamic_w", "half_size", "slowdown_exponent", "cap_sharpness"), POSITIVE),
        **dict.fromkeys(("overhead_s", "drag_s", "idle_w", "floor_w"), NOT_NEGATIVE),
        **dict.fromkeys(("busy_share", "overhead_busy_share", "clock_share", "overhead_clock_share"), SHARE),
        "time_residual": Residual,
        "power_residual": Residual,
    },
    Workload: {
        **dict.fromkeys(("dataset", "network", "optimizer"), TEXT),
        "higher_is_better": FLAG,
        "batch_sizes": _Several(COUNT, list),
        "learning_rates": _Several(POSITIVE, list),
        "targets": _Several(EpochCurve, list),
        "machines": _Several(MachineCurve, dict),
    },
    Parameters: {"name": TEXT, "sources": _Several(TEXT, dict), "workloads": _Several(Workload, list)},
}


def read_parameters(path: str | os.PathLike[str]) -> Parameters:
    """Read a file that holds what `Parameters.to_json` wrote.

    Raises
    ------
    TraceError
        If it holds anything else.
    """
    try:
        return parse_parameters(Path(path).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise TraceError(f"{path} holds no text; give what simulator trace fit wrote") from error
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror}; give what simulator trace fit wrote") from error
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error.__cause__


def parse_parameters(text: str) -> Parameters:
    """Read what `Parameters.to_json` wrote.

    Raises
    ------
    TraceError
        If the text is no JSON, or with every field that is missing, unknown, or not what it must be.

    Examples
    --------
    >>> empty = Parameters(name="empty", sources={}, workloads=())
    >>> parse_parameters(empty.to_json()) == empty
    True
    """
    try:
        data = json.loads(text)
    except ValueError as cause:
        raise TraceError(
            f"these are not the parameters of a trace model, but no JSON at all ({cause}); make them with "
            "`simulator trace fit TRACES --out parameters.json`"
        ) from cause
    wrong: list[str] = []
    found: Parameters = _read(Parameters, data, "", wrong)
    if not wrong:
        wrong += [problem for workload in found.workloads for problem in _contradictions(workload)]
    if wrong:
        raise TraceError(
            f"these are not the parameters of a trace model: {listed(wrong, shown=20)}; make them with "
            "`simulator trace fit TRACES --out parameters.json`"
        )
    return found


def _read(kind: Any, value: Any, where: str, wrong: list[str]) -> Any:
    """Read one value, or note why it cannot be."""
    if isinstance(kind, _Value):
        if not kind.holds(value):
            wrong.append(f"{where} is {value!r}, not {kind.what}")
        return value
    if isinstance(kind, _Several):
        if not isinstance(value, kind.container):
            wrong.append(f"{where} is {value!r}, not a {kind.container.__name__}")
            return ()
        if kind.container is dict:
            return {key: _read(kind.of, item, f"{where}.{key}", wrong) for key, item in value.items()}
        return tuple(_read(kind.of, item, f"{where}[{at}]", wrong) for at, item in enumerate(value))
    return _record(kind, value, where, wrong)


def _record(kind: type, value: Any, where: str, wrong: list[str]) -> Any:
    if not isinstance(value, dict):
        wrong.append(f"{where or 'the file'} holds {str(value)[:40]!r}, not an object {{...}}")
        return None
    fields, dot = FIELDS[kind], f"{where}." if where else ""
    before = len(wrong)
    wrong += [f"no {dot}{name}" for name in fields if name not in value]
    wrong += [f"unknown {dot}{name}{nearest(name, fields)}" for name in value if name not in fields]
    read = {name: _read(fields[name], value[name], f"{dot}{name}", wrong) for name in fields if name in value}
    return kind(**read) if len(wrong) == before else None


def _contradictions(workload: Workload) -> list[str]:
    """Compare fields with each other: lists that belong together, ascending sizes, a floor above idle draw."""
    name, sizes = ", ".join(workload.key), workload.batch_sizes
    lists = {"learning_rates": workload.learning_rates}
    for curve in workload.targets:
        lists |= {f"{field} to {curve.target_metric:g}": getattr(curve, field) for field in ("chances", "spreads")}
    wrong = [
        f"{name}: {len(values)} {field} for {len(sizes)} batch sizes"
        for field, values in lists.items()
        if len(values) != len(sizes)
    ]
    grids = {"batch_sizes": sizes} if workload.targets else {}
    for gpu, machine in workload.machines.items():
        grids |= {f"{field} on {gpu}": getattr(machine, field) for field in ("batch_sizes", "power_limits")}
        if machine.floor_w <= machine.idle_w:
            wrong.append(f"{name} on {gpu}: floor_w {machine.floor_w:g} is not above idle_w {machine.idle_w:g}")
    return wrong + [
        f"{name}: {field} are not ascending, or none"
        for field, values in grids.items()
        if not values or list(values) != sorted(set(values))
    ]
