"""Random small traces, knobs and submissions, for whatever a replay must be right about."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import strategies as st

WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}
SIZES = [4, 8, 16, 32, 64]
LIMITS = [100, 150, 250]
MAX_EPOCHS = st.sampled_from([1, 4, 6, 12, 12, 12])


@st.composite
def traces(draw):
    """A small train and power trace: ties, unreachable targets, sizes with one path, missing cells, a second job."""
    sizes = draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=5, unique=True))
    amounts = st.sampled_from([1.0, 2.0, 2.5, 7.3]) | st.floats(0.1, 100.0)
    train, power = [], []
    for size in sizes:
        for run in range(draw(st.integers(1, 4))):
            for target in draw(st.sampled_from([[0.5], [0.5], [0.5], [0.5], [0.5, 0.7], [0.7]])):
                epoch = draw(st.sampled_from([1.0, 2.0, 2.5, 3.0, 3.0, 4.0, 5.0, 11.0, math.nan]))
                row = {**WORKLOAD, "batch_size": size, "run": run, "target_metric": target, "target_epoch": epoch}
                train.append(row)
        for limit in draw(st.lists(st.sampled_from(LIMITS), min_size=1, max_size=3, unique=True)):
            row = {**WORKLOAD, "batch_size": size, "power_limit": limit}
            power.append({**row, "time_per_epoch": draw(amounts), "average_power": draw(amounts)})
    power.append({**power[0], "dataset": "other", "power_limit": draw(st.sampled_from([50, 300]))})
    train.append({**train[0], "dataset": "other"})
    return _dressed(draw, pd.DataFrame(train)), _dressed(draw, pd.DataFrame(power)), sizes


def _dressed(draw, table):
    """The same facts as another user would bring them: other types, another index, columns that nobody needs."""
    dress = draw(st.sampled_from(["plain", "plain", "single precision", "shuffled", "more columns", "small integers"]))
    if dress == "single precision":
        floats = [name for name in ("time_per_epoch", "average_power") if name in table.columns]
        return table.astype(dict.fromkeys(floats, "float32"))
    if dress == "shuffled":
        return table.sample(frac=1, random_state=draw(st.integers(0, 99)))
    if dress == "more columns":
        return table.assign(note="x", learning_rate="1e-1", slice=0)
    if dress == "small integers":
        return table.astype({"batch_size": "int16", "network": "category"})
    return table


#: Early stopping knob β, and energy–time knob η.
KNOBS = st.tuples(
    st.sampled_from([1.01, 1.3, 2.0, 5.0, math.inf]) | st.floats(1.01, 10.0),
    st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0.0, 1.0),
)


@st.composite
def submissions(draw):
    """One group in the order of its starts: some overlap, some end together, some take no time."""
    instants = st.sampled_from([0.0, 10.0, 20.0, 25.0, 100.0]) | st.floats(0, 200)
    starts = sorted(draw(st.lists(instants, min_size=1, max_size=10)))
    lengths = st.sampled_from([0.5, 5.0, 10.0, 50.0, 500.0]) | st.floats(0.1, 100)
    rows = [(start, start + draw(lengths), draw(st.sampled_from([0.5, 1.0, 1.7]))) for start in starts]
    group = pd.DataFrame(rows, columns=["start_time", "end_time", "runtime_ratio"])
    return group.assign(group="g", dataset="d")
