"""The bundled parameters, and a small model whose parameters are known because they were chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.trace.model import EpochCurve, MachineCurve, Parameters, Residual, Workload, parse_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

BUNDLED = Path(__file__).resolve().parents[3] / "traces"
SIZES = (8, 16, 32, 64, 128, 256, 512)
UNKNOWN = Residual(relative_rmse=0.0, worst=0.0, n=0)


@pytest.fixture(scope="session")
def bundled() -> Path:
    """The directory of the bundled traces."""
    return BUNDLED


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The parameters that the bundled traces are drawn from."""
    return parse_parameters((BUNDLED / "parameters.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def known() -> Parameters:
    """Two workloads on two GPUs, one of them on one alone."""
    return Parameters(
        name="known",
        sources={},
        workloads=(_workload("pictures", old=_machine_curve(time=3.0)), _workload("words")),
    )


@pytest.fixture(scope="session")
def epoch_curve() -> Callable[..., EpochCurve]:
    """Make a curve of one's own."""
    return _epoch_curve


@pytest.fixture(scope="session")
def machine_curve() -> Callable[..., MachineCurve]:
    """Make a GPU of one's own."""
    return _machine_curve


@pytest.fixture(scope="session")
def workload() -> Callable[..., Workload]:
    """Make a workload of one's own."""
    return _workload


def _epoch_curve(
    metric: float, floor: float, *, spread: float = 0.1, chances: tuple[float, ...] | None = None
) -> EpochCurve:
    """A curve with its best sizes between 16 and 128."""
    return EpochCurve(
        target_metric=metric,
        floor_epochs=floor,
        critical_size=300.0,
        small_size=6.0,
        large_steepness=1.1,
        small_steepness=1.5,
        spreads=(spread,) * len(SIZES),
        chances=chances or (1.0,) * len(SIZES),
        residual=UNKNOWN,
    )


def _machine_curve(
    *, time: float = 1.0, watts: float = 1.0, limits: tuple[int, ...] = (100, 150, 200, 250)
) -> MachineCurve:
    """A curve on which limits bite for large sizes and not for small ones."""
    return MachineCurve(
        batch_sizes=SIZES,
        power_limits=limits,
        steady_s=60.0 * time,
        overhead_s=900.0 * time,
        drag_s=0.01 * time,
        busy_share=0.95,
        overhead_busy_share=0.4,
        clock_share=0.9,
        overhead_clock_share=0.2,
        idle_w=40.0 * watts,
        dynamic_w=220.0 * watts,
        half_size=20.0,
        floor_w=80.0 * watts,
        slowdown_exponent=0.7,
        cap_sharpness=6.0,
        time_residual=UNKNOWN,
        power_residual=UNKNOWN,
    )


def _workload(dataset: str = "words", **machines: MachineCurve) -> Workload:
    """A workload with two targets; the harder is never reached at 512, and by 3 of 5 runs at 256."""
    return Workload(
        dataset=dataset,
        network="net",
        optimizer="adam",
        higher_is_better=True,
        batch_sizes=SIZES,
        learning_rates=tuple(float(f"{0.001 * (size / 8) ** 0.5:.6g}") for size in SIZES),
        targets=(_epoch_curve(0.5, 20.0), _epoch_curve(0.7, 60.0, chances=(1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.0))),
        machines=machines or {"old": _machine_curve(), "new": _machine_curve(time=0.5, watts=1.25)},
    )
