"""Power of MLPerf logs: of all meters once, by the rule of its energy; the fixtures are SYNTHETIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_mllog import power_log, run_log

from simulator.errors import TraceError
from simulator.trace.importers.mllog_lines import MllogLine
from simulator.trace.importers.mlperf import read_mlperf
from simulator.trace.importers.mlperf_logs import read_power_log

if TYPE_CHECKING:
    from pathlib import Path


def test_power_logs_as_they_were_published(results: Path) -> None:
    """Metadata may be empty text, and the stop may have lost its marker: then the last reading is the end."""
    for file in (results / "power").rglob("node_*.txt"):
        text = file.read_text().replace('"metadata": {"lineno": 1}', '"metadata": ""')
        head, _, tail = text.rpartition(":::MLLOG")
        file.write_text(f"{head}::MLLOG{tail}")
    (row,) = read_mlperf([results]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(2 * 0.9 * 1000 + 50)


def test_readings_within_the_run_s_own_log(tmp_path: Path) -> None:
    """Power and evaluations in one file are one node."""
    (tmp_path / "result_0.txt").write_text(run_log([0.5, 0.8]) + power_log(700.0, seconds=120))
    (row,) = read_mlperf([tmp_path]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(700.0)
    assert row["meters"] == 1


def test_power_is_counted_once(results: Path) -> None:
    """Where nodes have logs of their own, readings within the run's log are of the same nodes."""
    (results / "result_2.txt").write_text(run_log([0.7, 0.77]) + power_log(1000.0, seconds=120))
    (row,) = read_mlperf([results / "result_2.txt"]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(2 * 0.9 * 1000 + 50)
    assert row["meters"] == 3


readings = st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 10_000)), min_size=1, max_size=20)


@given(gaps=readings, efficiency=st.floats(0.1, 1.0), rest=st.integers(0, 3000), data=st.data())
def test_energy_by_the_rule(gaps: list[tuple[int, int]], efficiency: float, rest: int, data: st.DataObject) -> None:
    """Σ P·Δt over the measured time, each reading for the time since the one before, in whatever order they stand."""
    at, lines, energy = 1000, [MllogLine("power_measurement_start", None, 1000.0)], 0
    for gap_ms, power_w in gaps:
        at += gap_ms
        energy += gap_ms * power_w
        lines.append(MllogLine("power_reading", power_w, float(at)))
    lines += [MllogLine("power_measurement_stop", None, at + rest + 0.5), MllogLine("conversion_eff", efficiency, 1.0)]
    lines.append(MllogLine("power_reading", 1e9, at + rest + 1.0))  # after the measurement
    lines.append(MllogLine("power_reading", 1e9, 0.0))  # before it
    shuffled = [lines[at] for at in data.draw(st.permutations(range(len(lines))))]
    if energy == 0:
        with pytest.raises(TraceError, match="are all 0"):
            read_power_log(shuffled, None)  # type: ignore[arg-type]  # the name of a file, for messages
        return
    found = read_power_log(shuffled, None)  # type: ignore[arg-type]  # the same
    assert found is not None
    assert found.average_w == pytest.approx(efficiency * energy / (at + rest + 0.5 - 1000))
    assert found.highest_w == pytest.approx(efficiency * max(power_w for _, power_w in gaps))
