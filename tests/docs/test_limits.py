"""Figures about the published traces that the page of limits states are counted again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import simulator

PAGE = " ".join((Path(__file__).resolve().parents[2] / "docs" / "reasons" / "limits.md").read_text().split())
WORKLOAD = ["dataset", "network", "optimizer", "batch_size"]


@pytest.fixture(scope="module")
def train(published_traces):
    """Recorded runs of the jobs of the paper, to their targets."""
    table = pd.read_csv(published_traces / "summary_train.csv")
    return pd.concat([job.filter_df(table) for job in simulator.read_traces(gpu="v100").jobs])


def test_runs_of_a_batch_size_are_few(train):
    """1 to 10, and one where the page says so."""
    runs = train.groupby(["dataset", "batch_size"]).size()
    assert f"{runs.min()} to {runs.max()} recorded runs" in PAGE
    assert [runs["imagenet", size] for size in (512, 1024)] == [1, 1]
    assert "single run at batch sizes 512 and 1024" in PAGE


def test_luck_is_as_the_page_says(train):
    """None in one job; nearly twice the epochs in another."""
    epochs = train.groupby(["dataset", "batch_size"])["target_epoch"]
    spread = (epochs.max() / epochs.min()).groupby("dataset").max()
    assert spread["sentiment140"] == 1
    assert f"up to {spread['cifar100']:.2f} times" in PAGE


def test_no_run_reaches_the_target_at_a_batch_size(train):
    """An easy target hides what a hard one shows."""
    reached = train.groupby(["dataset", "batch_size"])["target_epoch"].agg(["size", "count"])
    assert reached.loc[("librispeech", 512), "count"] == 0
    assert tuple(reached.loc["librispeech", :].loc[256]) == (2, 2)
    assert "librispeech at batch size 512 reaches 40, though both runs at 256 do" in PAGE


def test_learning_rates_follow_a_rule_or_none(train):
    """The square root of the batch size, or the same for all."""
    rates = train.groupby(["dataset", "batch_size"])["learning_rate"].first()
    speech = rates["librispeech"]
    rule = speech.iloc[0] * np.sqrt(speech.index / speech.index[0])
    assert np.allclose(speech, rule, rtol=0.02)
    assert (rates["cifar100"] == 0.1).all()
    assert (rates["imagenet"] == 0.1).all()
    assert "cifar100 and imagenet is 0.1 at every batch size" in PAGE


def test_neighbouring_limits_are_out_of_order(published_traces):
    """A higher limit that is slower, on V100."""
    power = pd.read_csv(published_traces / "summary_power_v100.csv").sort_values("power_limit")
    longer = power.groupby(WORKLOAD)["time_per_epoch"].pct_change().dropna()
    assert f"in {(longer > 0).sum()} of {len(longer)} neighbouring pairs" in PAGE
    assert f"in {(longer > 0.01).sum()} of them by more than 1 %" in PAGE
    assert f"the largest is {longer.max():.1%}".replace("%", " %") in PAGE


def test_some_power_is_above_its_limit(published_traces):
    """On A40."""
    power = pd.read_csv(published_traces / "summary_power_a40.csv")
    over = power["average_power"] / power["power_limit"]
    assert f"In {(over > 1).sum()} of the {len(over)} rows" in PAGE
    assert f"by up to {over.max() - 1:.0%}".replace("%", " %") in PAGE
