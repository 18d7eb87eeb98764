"""Dense arrays of one job: the same facts as in the trace, filtered once, never changed."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle

import numpy as np
import pandas as pd
import pytest

from simulator import Job, Traces
from simulator.errors import NotInTraceError, TraceError
from simulator.trace.join import join
from simulator.trace.table import JobTable

WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}
JOB = Job("d", "n", "adam", 0.5, 20, default_bs=16)


def _traces():
    train = [(8, 0.5, 4.0), (32, 0.5, 9.0), (16, 0.5, 6.0), (16, 0.5, math.nan), (64, 0.7, 3.0), (16, 0.7, 8.0)]
    power = [(8, 200, 10.0, 150.0), (8, 100, 14.0, 90.0), (16, 200, 5.0, 160.0), (32, 100, 4.0, 95.0)]
    power += [(64, 200, 2.0, 190.0)]
    return (
        pd.DataFrame([{**WORKLOAD, "batch_size": b, "target_metric": m, "target_epoch": e} for b, m, e in train]),
        pd.DataFrame(
            [
                {**WORKLOAD, "batch_size": b, "power_limit": w, "time_per_epoch": s, "average_power": p}
                for b, w, s, p in power
            ]
        ),
    )


def test_every_recorded_path_is_where_it_belongs(published_traces):
    """For all published jobs and GPUs, each cell's paths are the filtered rows, in their order, to the last bit."""
    train = pd.read_csv(published_traces / "summary_train.csv")
    jobs = [
        Job(*row, 100) for row in train[["dataset", "network", "optimizer", "target_metric"]].drop_duplicates().values
    ]
    for gpu in ("v100", "p100"):
        joined = join(train, pd.read_csv(published_traces / f"summary_power_{gpu}.csv"))
        for job in jobs[::7]:
            table, rows = JobTable.from_frame(job, joined), job.filter_df(joined)
            seen = 0
            for i, size in enumerate(table.batch_sizes):
                for k, limit in enumerate(table.power_limits_w):
                    cell = rows.loc[(rows["batch_size"] == size) & (rows["power_limit"] == limit)]
                    at = slice(table.path_first[0, i, k], table.path_first[0, i, k] + table.path_count[0, i, k])
                    np.testing.assert_array_equal(table.target_epoch[at], cell["target_epoch"])
                    np.testing.assert_array_equal(table.epoch_energy_j[at], cell["energy_per_epoch"])
                    np.testing.assert_array_equal(table.epoch_time_s[at], cell["time_per_epoch"])
                    seen += len(cell)
            assert seen == len(rows) > 0


def test_profile_means_are_those_of_pandas(published_traces):
    """What profiling sees are pandas' own means, whose last bit published histories depend on."""
    train = pd.read_csv(published_traces / "summary_train.csv")
    joined = join(train, pd.read_csv(published_traces / "summary_power_v100.csv"))
    job = Job("librispeech", "deepspeech2", "adamw", 40.0, 16)
    table, rows = JobTable.from_frame(job, joined), job.filter_df(joined)
    for i, size in enumerate(table.batch_sizes):
        of_size = rows.loc[rows["batch_size"] == size]
        assert table.profile_epoch_energy_j[0, i] == of_size["energy_per_epoch"].mean()
        assert table.profile_epoch_time_s[0, i] == of_size["time_per_epoch"].mean()
        means = of_size.groupby("power_limit").mean(numeric_only=True)
        for limit, power_w in means["average_power"].items():
            assert table.profile_power_w[0, i, table.power_limits_w.tolist().index(limit)] == power_w


def test_a_size_without_the_target_is_feasible():
    """Feasible sizes are those of the workload; cells without rows are empty, and their profile is unknown."""
    train, power = _traces()
    table = Traces(train=train, power=power).table(JOB)
    assert table.batch_sizes.tolist() == [8, 16, 32, 64]
    assert table.power_limits_w.tolist() == [100, 200]
    assert table.path_count.tolist() == [[[1, 1], [0, 2], [1, 0], [0, 0]]]
    assert np.isnan(table.profile_power_w[0, 3]).all()
    assert table.limits_of(0) == [100, 200]
    assert table.limits_of(3) == []
    assert table.max_power_w == 200


def test_a_table_cannot_be_changed():
    """Fields are frozen and arrays read-only, for good, and so are those of a copy or a pickle."""
    train, power = _traces()
    original = Traces(train=train, power=power).table(JOB)
    for table in (original, copy.deepcopy(original), pickle.loads(pickle.dumps(original))):  # noqa: S301  (our bytes)
        assert table.content_hash == original.content_hash
        with pytest.raises(dataclasses.FrozenInstanceError):
            table.max_power_w = 1
        for item in dataclasses.fields(table):
            value = getattr(table, item.name)
            if isinstance(value, np.ndarray):
                with pytest.raises(ValueError, match="read-only"):
                    value[...] = 0
                with pytest.raises(ValueError, match="WRITEABLE"):
                    value.setflags(write=True)


def test_hashes_follow_content():
    """Equal content has an equal hash, whatever file it came from; any other value has another."""
    train, power = _traces()
    traces = Traces(train=train, power=power, gpu="v100")
    again = Traces(train=train.copy(), power=power.copy(), gpu="v100", name="renamed")
    assert traces.content_hash == again.content_hash
    assert traces.table(JOB).content_hash == again.table(dataclasses.replace(JOB, command=["other"])).content_hash
    for column, row in (("time_per_epoch", 0), ("average_power", 2)):
        changed = power.copy()
        changed.loc[row, column] = np.nextafter(changed.loc[row, column], np.inf)
        other = Traces(train=train, power=changed, gpu="v100")
        assert other.content_hash != traces.content_hash
        assert other.table(JOB).content_hash != traces.table(JOB).content_hash
    assert Traces(train=train, power=power, gpu="a40").content_hash != traces.content_hash


def test_a_table_is_made_once():
    """The same job gets the same table, also as an equal job that was made elsewhere."""
    train, power = _traces()
    traces = Traces(train=train, power=power)
    assert traces.table(JOB) is traces.table(dataclasses.replace(JOB, command=["other"]))


def test_a_prediction_stays_labelled():
    """A joined row is predicted if its train row or its power row is; the label does not keep rows from meeting."""
    train, power = _traces()
    joined = join(train.assign(predicted=False), power.assign(predicted=power["batch_size"] == 8))
    assert len(joined) == len(join(train, power))
    assert joined.groupby("batch_size")["predicted"].all().to_dict() == {8: True, 16: False, 32: False, 64: False}
    assert join(train, power.assign(predicted=True))["predicted"].all()
    assert not join(train.assign(predicted=[None] * len(train)), power)["predicted"].any()


def test_an_empty_join_says_so():
    """Two traces with no row in common hold no job, and the error says that it is the join."""
    train, power = _traces()
    with pytest.raises(NotInTraceError, match="no row in common"):
        Traces(train=train, power=power.assign(network="m")).table(JOB)


def test_zero_time_is_refused():
    """An epoch that takes no time or power is an error that names the row."""
    train, power = _traces()
    with pytest.raises(TraceError, match=r"time_per_epoch must be above 0.*batch size 16 and 200 W"):
        Traces(train=train, power=power.assign(time_per_epoch=[1.0, 1.0, 0.0, 1.0, 1.0])).table(JOB)
