"""Results of MLPerf runs, SYNTHETIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic_mllog import line, power_log, run_log

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Three runs of 8, 4 and 6 epochs, each with two nodes and a switch."""
    folder = tmp_path / "resnet"
    folder.mkdir()
    for name, values in {
        "result_0": [0.5, 0.6, 0.7, 0.76],
        "result_2": [0.7, 0.77],
        "result_10": [0.5, 0.7, 0.8],
    }.items():
        (folder / f"{name}.txt").write_text(run_log(values))
        beside = folder / "power" / name
        beside.mkdir(parents=True)
        for node in ("node_0", "node_1"):
            (beside / f"{node}.txt").write_text(power_log(1000.0, efficiency=0.9))
        (beside / "sw_0.txt").write_text(line("interconnect_power_est", 100.0) + line("conversion_eff", 0.5))
    return folder
