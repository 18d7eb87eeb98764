"""MLPerf logs that are torn, foreign or of different benchmarks are refused; the fixtures are SYNTHETIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic_mllog import line, run_log

from simulator.errors import TraceError
from simulator.trace.importers.mlperf import read_mlperf

if TYPE_CHECKING:
    from pathlib import Path


WHOLE = run_log([0.5, 0.8])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no line with :::MLLOG"),
        ("just some output\n", "holds no line with :::MLLOG"),
        (WHOLE[:-20], r"line \d+: no whole JSON object after :::MLLOG"),
        (WHOLE.replace("run_stop", "other"), "no run_stop; the log is of a part"),
        (WHOLE.replace("run_start", "other"), "no run_start"),
        (WHOLE.replace("eval_accuracy", "other"), "no evaluation"),
        (WHOLE.replace("global_batch_size", "other"), "no global_batch_size"),
        (run_log([0.5], global_batch_size="many"), "global_batch_size is 'many' where a number above 0"),
        (run_log([0.5], global_batch_size=256.5), "global_batch_size is 256.5 where a whole number"),
        (run_log([0.5], opt_base_learning_rate=0), "opt_base_learning_rate is 0 where"),
        (run_log([0.5], epoch_s=0.0), "run_stop is not after run_start"),
        (WHOLE.replace('"value": 0.8', '"value": "good"'), "eval_accuracy at .* is 'good' where a number"),
        (WHOLE + line("power_reading", 5), "no power_measurement_start"),
        (WHOLE + line("power_measurement_start") + line("power_reading", 5), "cover no time"),
    ],
)
def test_torn_and_foreign_logs(results: Path, text: str, says: str) -> None:
    """What is wrong is said with the file, and the line where one is torn."""
    (results / "result_2.txt").write_text(text)
    with pytest.raises(TraceError, match=says) as refused:
        read_mlperf([results])
    assert str(results / "result_2.txt") in str(refused.value)


def test_files_that_do_not_go_together(results: Path, tmp_path: Path) -> None:
    """Two benchmarks, one log twice, a folder without logs, no file, and bytes that are no text."""
    (tmp_path / "other.txt").write_text(run_log([0.5], submission_benchmark="ssd"))
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\xff\xfe\x00")
    for files, says in (
        ([results, tmp_path / "other.txt"], "results of resnet, ssd; import one"),
        ([results, results / "result_0.txt"], "named twice"),
        ([tmp_path], "holds no result_"),
        ([], "no log of a run"),
        ([tmp_path / "nothing.txt"], "cannot be read: No such file"),
        ([tmp_path / "picture.txt"], "holds no line with"),
    ):
        with pytest.raises(TraceError, match=says):
            read_mlperf(files)
