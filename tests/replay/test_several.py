"""Several jobs, GPUs and knobs in one call: what single calls give, put under one another."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pytest
from engines import SEEDS_OF_ALL_SIZES, both
from small import JOB, TRACES, make_groups, make_traces

from simulator import Job, Traces, replay
from simulator.errors import ReplayError

OTHER = Job("d", "n", "adam", 0.5, 12, default_bs=8)
OTHER_GPU = Traces(
    train=TRACES.train, power=make_traces({8: [], 16: [], 32: [], 64: []}, limits=(120, 180)).power, gpu="a40"
)


@pytest.mark.parametrize("engine", ["event", "vectorized"])
@pytest.mark.parametrize("detail", ["runs", "replays"])
def test_all_combinations_in_order(engine, detail):
    """Traces, jobs, then η, β and window, each with all seeds; knobs that vary are columns; failures alike."""
    jobs, gpus, etas, betas = [JOB, OTHER], [TRACES, OTHER_GPU], [0.2, 1.0], [1.5, math.inf]
    asked = {"policy": "pruning-gts", "seeds": [4, 2], "engine": engine, "detail": detail, "on_failure": "keep"}
    together = replay(jobs, gpus, eta=etas, beta=betas, window=[0, 3], **asked)
    singles, failures, configurations = [], [], []
    for gpu, job, eta, beta, window in product(gpus, jobs, etas, betas, [0, 3]):
        alone = replay(job, gpu, eta=eta, beta=beta, window=window, **asked)
        knobs = {"eta": eta, "beta": beta, "window": window}
        singles.append(alone.assign(**knobs))
        failures += [{**failure, **knobs} for failure in alone.attrs["failures"]]
        configurations += [{**one, **knobs} for one in alone.attrs.get("configurations", [])]
    expected = pd.concat(singles, ignore_index=True)
    pd.testing.assert_frame_equal(together, expected, check_exact=True)
    assert together.attrs["failures"] == failures
    assert together.attrs.get("configurations", []) == configurations
    assert len(together.attrs["manifest"]["replays"]) == 4


def test_a_list_of_one_is_several():
    """A knob in a list has a column, and a manifest with a list."""
    table = replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, eta=[0.5])
    assert set(table["eta"]) == {0.5}
    assert table.attrs["manifest"]["knobs"]["eta"] == [0.5]
    assert "eta" not in replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, eta=0.5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"eta": []}, "eta is empty"),
        ({"eta": [0.5, 2]}, "eta is 2"),
        ({"eta": [0.5, 0.5]}, "stands twice"),
        ({"job": [JOB, JOB]}, "stands twice"),
        ({"job": []}, "job is empty"),
        ({"traces": []}, "traces is empty"),
    ],
)
def test_what_cannot_be_told_apart_or_is_missing(wrong, says):
    """An empty list, or the same setting twice, is an error before anything runs."""
    asked = {"job": JOB, "traces": TRACES, "policy": "default", "seeds": 0, **wrong}
    with pytest.raises(ReplayError, match=says):
        replay(asked.pop("job"), asked.pop("traces"), **asked)


@pytest.mark.parametrize("n", [1, 2, 7, 200])
@pytest.mark.parametrize("groups", [None, make_groups()], ids=["recurring", "groups"])
def test_neither_pieces_nor_threads_show(n, groups):
    """However many seeds make a piece, and whichever thread plays it, the table is that of the event engine."""
    for workers, detail in ((1, "runs"), (2, "replays"), (7, "runs"), (None, "replays")):
        asked = {"policy": "random", "seeds": range(n), "groups": groups, "on_failure": "keep"}
        both(JOB, TRACES, workers=workers, detail=detail, **asked)


@pytest.mark.parametrize("draws", ["published", "keyed"])
def test_seeds_of_every_size(draws):
    """A seed has as many bits as it likes; then the column is text, and in each engine the same stream."""
    for seeds in (SEEDS_OF_ALL_SIZES[:4], SEEDS_OF_ALL_SIZES[4:6], SEEDS_OF_ALL_SIZES, [2**200]):
        table = both(JOB, TRACES, policy="random", seeds=seeds, draws=draws, recurrences=10, on_failure="keep")
        assert table["seed"].dtype == ("int64" if max(seeds) < 2**63 else pd.Series(["a"], dtype="str").dtype)


def test_progress_reaches_the_end_in_every_engine():
    """The callback hears of more and more replays, and at last of all."""
    for engine in ("event", "vectorized"):
        heard = []
        asked = {"seeds": range(50), "eta": [0.0, 1.0], "groups": make_groups(), "engine": engine}
        replay(JOB, TRACES, policy="default", progress=lambda *at, heard=heard: heard.append(at), **asked)
        assert heard[-1] == (200, 200)
        assert heard == sorted(set(heard))
