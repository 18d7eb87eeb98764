"""Tables are read against their schema, and directories as a whole."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import NotInTraceError, TraceError
from simulator.job import Job
from simulator.trace.files import SUFFIXES
from simulator.trace.read import (
    list_gpus,
    read_groups,
    read_metrics,
    read_power,
    read_traces,
    read_train,
    write_table,
)
from simulator.trace.validate import validate_job, validate_traces

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = pytest.mark.parametrize("suffix", SUFFIXES)


def directory(folder: Path, train: pd.DataFrame, **power: pd.DataFrame) -> Path:
    write_table(train, folder / "train.csv")
    for gpu, table in power.items():
        write_table(table, folder / f"power_{gpu}.parquet")
    return folder


@FORMATS
def test_types_do_not_depend_on_the_format(
    suffix: str, train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path
) -> None:
    """The same table has the same types and bits from every format, flags and empty epochs included."""
    table = train.assign(predicted=[True, False] * 6, slice=3)
    write_table(table, tmp_path / f"train{suffix}")
    pd.testing.assert_frame_equal(read_train(tmp_path / f"train{suffix}"), read_train(table), check_exact=True)
    write_table(power, tmp_path / f"power{suffix}")
    pd.testing.assert_frame_equal(read_power(tmp_path / f"power{suffix}"), power, check_exact=True)


def test_odd_types_become_the_schemas(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """Whole floats, nullable integers and categories mean the same as the plain types."""
    odd = train.astype(
        {"batch_size": float, "target_epoch": "Int64", "dataset": "category", "target_metric": "float32"}
    )
    read = read_train(odd)
    assert read["batch_size"].dtype == np.int64
    assert read["target_epoch"].dtype == np.float64
    assert read["target_metric"].dtype == np.float64
    pd.testing.assert_series_equal(read["dataset"], read_train(train)["dataset"].astype(read["dataset"].dtype))
    assert read_power(power.assign(batch_size=power["batch_size"].astype("int32")))["batch_size"].dtype == np.int64
    assert odd["batch_size"].dtype == np.float64, "the table that was given is left alone"


def test_learning_rates_are_kept_as_they_are(train: pd.DataFrame, tmp_path: Path) -> None:
    """The published text `1e-1` stays text in Parquet, and is the number that pandas reads in CSV."""
    write_table(train.assign(learning_rate="1e-1"), tmp_path / "train.parquet")
    assert set(read_train(tmp_path / "train.parquet")["learning_rate"]) == {"1e-1"}
    write_table(train.assign(learning_rate="1e-1"), tmp_path / "train.csv")
    assert set(read_train(tmp_path / "train.csv")["learning_rate"]) == {0.1}


def test_other_columns_are_kept(power: pd.DataFrame) -> None:
    """A column that the schema does not know passes through."""
    assert read_power(power.assign(note="x"))["note"].tolist() == ["x"] * 4


def test_everything_wrong_is_said_at_once(power: pd.DataFrame, tmp_path: Path) -> None:
    """One exception names the file and all errors; warnings do not stop anything."""
    wrong = power.assign(time_per_epoch=[1.0, -1.0, 1.0, None], average_power=[0.0, 50.0, 50.0, 900.0])
    write_table(wrong.rename(columns={"network": "netwrk"}), tmp_path / "power.csv")
    with pytest.raises(TraceError) as raised:
        read_power(tmp_path / "power.csv")
    text = str(raised.value)
    assert text.startswith(f"{tmp_path / 'power.csv'}: 4 errors")
    for part in ("did you mean 'netwrk'", "row 1: -1.0", "row 3: empty", "row 0: 0.0"):
        assert part in text
    assert read_power(power.assign(average_power=900.0)) is not None


def test_the_only_gpu_needs_no_name(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """A directory of one GPU is read without naming it; names ignore case."""
    directory(tmp_path, train, v100=power)
    traces = read_traces(tmp_path)
    assert (traces.gpu, traces.name, traces.synthetic) == ("v100", tmp_path.name, False)
    pd.testing.assert_frame_equal(traces.power, power)
    assert read_traces(tmp_path, gpu="V100").gpu == "v100"


def test_one_of_several_gpus_is_named(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """Without a name, and with a wrong one, the GPUs that exist are listed."""
    directory(tmp_path, train, v100=power, a40=power)
    assert list_gpus(tmp_path) == ["a40", "v100"]
    with pytest.raises(NotInTraceError, match="several GPUs; choose one: gpu= a40, v100"):
        read_traces(tmp_path)
    with pytest.raises(NotInTraceError, match="no GPU 'v10', but a40, v100; did you mean 'v100'"):
        read_traces(tmp_path, gpu="v10")


def test_tables_that_have_nothing_in_common(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """An empty join is refused on reading, with the reason."""
    directory(tmp_path, train, v100=power.assign(optimizer="AdamW"))
    with pytest.raises(TraceError, match=r"no row of squad,bert has 'adamw'; there is 'AdamW'"):
        read_traces(tmp_path)


def test_all_tables_errors_come_at_once(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """Train, power and what they share: one exception with all of it, unreadable files included."""
    wrong = power.assign(time_per_epoch=[-1.0, 1.0, 1.0, 1.0], note="b")
    directory(tmp_path, train.assign(run=0.5, note="a"), v100=wrong)
    with pytest.raises(TraceError) as raised:
        read_traces(tmp_path)
    for part in ("4 errors", "train, run", "power, time_per_epoch, row 0", "power, note: also in the train trace"):
        assert part in str(raised.value)
    (tmp_path / "power_v100.parquet").write_bytes(b"noise")
    with pytest.raises(TraceError, match=r"(?s)train, run.*power: .*power_v100\.parquet cannot be read"):
        read_traces(tmp_path)


def test_what_is_lost_on_reading_is_logged(
    train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A workload without a partner is a warning to whoever only reads; power above the limit is information."""
    directory(tmp_path, pd.concat([train, train.assign(network="gpt")]), v100=power.assign(average_power=900.0))
    with caplog.at_level("INFO"):
        read_traces(tmp_path)
    levels = {record.getMessage().partition(", v100: ")[2]: record.levelname for record in caplog.records}
    (lost,) = [message for message, level in levels.items() if level == "WARNING"]
    assert "nothing for squad,gpt,adamw of the train trace" in lost
    assert any("above power_limit" in message for message, level in levels.items() if level == "INFO")


def test_recorded_and_predicted_rows_go_into_one_table(train: pd.DataFrame, tmp_path: Path) -> None:
    """An empty label means recorded, whichever format it went through; equal run numbers tell the two apart."""
    both = pd.concat([train, train.assign(predicted=True, target_epoch=9.0)], ignore_index=True)
    for suffix in (".csv", ".parquet"):
        write_table(both, tmp_path / f"train{suffix}")
        read = read_train(tmp_path / f"train{suffix}")["predicted"]
        assert (read.dtype, read.tolist()) == (np.bool_, [False] * 12 + [True] * 12)


def test_the_directory_says_what_it_is(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """Name, label and jobs come from trace.json."""
    directory(tmp_path, train, v100=power)
    (tmp_path / "trace.json").write_text(
        '{"name": "toy", "synthetic": true, "jobs": [{"dataset": "squad", "network": "bert", "optimizer": "adamw",'
        ' "target_metric": 84.0, "max_epochs": 6}]}'
    )
    traces = read_traces(tmp_path)
    assert (traces.name, traces.synthetic) == ("toy", True)
    assert traces.jobs == (Job("squad", "bert", "adamw", 84.0, 6),)


def test_the_size_limit_reaches_every_reader(
    train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame, tmp_path: Path
) -> None:
    """Whoever reads, a limit given is a limit kept."""
    directory(tmp_path, train, v100=power)
    write_table(groups, tmp_path / "groups.csv")
    for read in (read_groups, read_traces):
        with pytest.raises(TraceError, match="max_bytes"):
            read(tmp_path, max_bytes=10)


def test_published_traces_on_every_gpu(published_traces: Path) -> None:
    """The published directory is read for all four GPUs, values as pandas reads them."""
    assert list_gpus(published_traces) == ["a40", "p100", "rtx6000", "v100"]
    for gpu in list_gpus(published_traces):
        traces = read_traces(published_traces, gpu=gpu)
        plain = pd.read_csv(published_traces / f"summary_power_{gpu}.csv")
        pd.testing.assert_frame_equal(traces.power, plain, check_exact=True)
    pd.testing.assert_frame_equal(traces.train, pd.read_csv(published_traces / "summary_train.csv"), check_exact=True)


ODD_CELLS: list[Any] = [
    None, float("nan"), float("inf"), -1, 0, 0.5, "abc", "", " 8", True, b"x", [1], {"a": 1}, 1e300, 10**30, 1j, pd.NA,
    Decimal("1.5"), dt.datetime(2023, 4, 17, tzinfo=dt.UTC), np.float32(2), (), object(),
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_spoiled_tables_are_refused_or_read(
    data: st.DataObject, train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame
) -> None:
    """Whatever is in the cells and columns: a table comes back, or a TraceError; never another exception."""
    spoiled = []
    for table, read in ((train, read_train), (power, read_power), (groups, read_groups)):
        changed = table.assign(**{"predicted": False} if data.draw(st.booleans()) else {})
        for _ in range(data.draw(st.integers(0, 3))):
            column = data.draw(st.sampled_from(changed.columns.tolist()))
            cells = changed[column].astype(object).tolist()
            cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(st.sampled_from(ODD_CELLS))
            changed = changed.assign(**{column: pd.Series(cells, dtype=object).infer_objects()})
        names = changed.columns.tolist()
        if data.draw(st.booleans()):
            names[data.draw(st.integers(0, len(names) - 1))] = data.draw(st.sampled_from(["x", "run", "batch size", 7]))
            changed = changed.set_axis(names, axis=1)
        with suppress(TraceError):
            read(changed)
        spoiled.append(changed)
    job = Job("squad", "bert", data.draw(st.sampled_from(["adamw", "sgd"])), 84.0, 6, 32)
    str(validate_traces(spoiled[0], spoiled[1]) + validate_job(job, spoiled[0], spoiled[1]))


def test_metrics_are_read_from_a_file_or_its_folder(metrics: pd.DataFrame, tmp_path: Path) -> None:
    """A folder need hold no other table; what was no finite number stays empty; what cannot be true is refused."""
    write_table(metrics, tmp_path / "metrics.csv")
    for source in (metrics, tmp_path / "metrics.csv", tmp_path):
        pd.testing.assert_frame_equal(read_metrics(source), metrics, check_dtype=False)
    with pytest.raises(TraceError, match=r"metrics, epoch"):
        read_metrics(metrics.assign(epoch=0))
    (tmp_path / "metrics.csv").unlink()
    with pytest.raises(NotInTraceError, match="holds no metrics of single epochs"):
        read_metrics(tmp_path)
