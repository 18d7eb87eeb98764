"""Histories recorded with the published simulator come out again, to the last bit."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator import Job, Simulator, Traces, replay
from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer

CASE = ["kind", "gpu", "dataset", "network", "optimizer", "target_metric", "max_epochs", "default_bs", "policy"]
CASE += ["eta", "beta", "window", "seed", "recurrences", "group_id"]
RUN = ["batch_size", "power_limit", "energy", "time", "reached"]


@pytest.fixture(scope="module")
def golden(shared):
    """The recorded cases: what was asked, and the history that came out."""
    table = pd.read_parquet(shared / "golden" / "published_simulator.parquet")
    return [(dict(zip(CASE, key, strict=True)), runs) for key, runs in table.groupby(CASE, sort=False)]


@pytest.fixture(scope="module")
def groups(shared):
    """The submission groups of the cases of kind ``group``."""
    return pd.read_parquet(shared / "golden" / "groups.parquet")


@pytest.fixture(scope="module")
def traces(published_traces):
    """The published traces, read as the published scripts read them."""
    train = pd.read_csv(published_traces / "summary_train.csv")
    return {
        gpu: Traces(train=train, power=pd.read_csv(published_traces / f"summary_power_{gpu}.csv"), gpu=gpu)
        for gpu in ("v100", "a40", "rtx6000", "p100")
    }


def _job(case):
    keys = ["dataset", "network", "optimizer", "target_metric", "max_epochs", "default_bs"]
    return Job(*(case[key] for key in keys))


def test_all_cases_are_there(golden):
    """The recording holds 156 cases, overlapping groups among them, and none that ended in an error."""
    assert len(golden) == 156
    assert sum(case["kind"] == "group" for case, _ in golden) == 18
    assert all((runs["error"] == "").all() for _, runs in golden)


def test_the_published_class_comes_out(golden, groups, traces):
    """`Simulator` returns every recorded history: sizes, limits, energies, times, outcomes, order."""
    for case, expected in golden:
        if case["policy"] == "gts":
            policy = GTSBatchSizeOptimizer(True, num_exploration=2, seed=case["seed"], verbose=False)
        else:
            policy = PruningGTSBatchSizeOptimizer(
                window_size=case["window"], concurrency=case["kind"] == "group", seed=case["seed"], verbose=False
            )
        source = traces[case["gpu"]]
        simulator = Simulator(
            source.train, source.power, policy, JITPowerLimitOptimizer(verbose=False), seed=case["seed"], verbose=False
        )
        if case["kind"] == "single":
            history = simulator.simulate_one_job(_job(case), case["recurrences"], case["beta"], case["eta"])
        else:
            group = groups.loc[groups["group"] == case["group_id"]]
            history = simulator.simulate_one_alibaba_group(_job(case), group, case["beta"], case["eta"])
        ours = [(run.bs, run.pl, run.energy, run.time, run.reached) for run in history]
        assert ours == list(expected[RUN].itertuples(index=False, name=None)), case


@pytest.mark.parametrize("engine", ["event", "vectorized"])
def test_the_table_comes_out(golden, groups, traces, engine):
    """`replay` returns the same histories as a table, from a registered name and a seed, in either engine."""
    for case, expected in golden:
        sequential = case["kind"] == "single"
        table = replay(
            _job(case),
            traces[case["gpu"]],
            policy="gts" if case["policy"] == "gts" else "pruning-gts",
            seeds=case["seed"],
            recurrences=case["recurrences"] if sequential else None,
            groups=None if sequential else groups.loc[groups["group"] == case["group_id"]],
            eta=case["eta"],
            beta=case["beta"],
            window=case["window"],
            engine=engine,
        )
        assert table.attrs["manifest"]["knobs"]["engine"] == engine
        ours = table[["batch_size", "power_limit_w", "energy_j", "time_s", "reached"]]
        assert list(ours.itertuples(index=False, name=None)) == list(
            expected[RUN].itertuples(index=False, name=None)
        ), case
