"""Seeds are whole numbers of any kind and size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from small import JOB, TRACES

from simulator import replay


def test_a_seed_may_be_of_any_size(tmp_path):
    """Beyond 64 bits the column of seeds is text, which Parquet keeps."""
    table = replay(JOB, TRACES, policy="random", seeds=[3, 2**65], recurrences=2)
    assert set(table["seed"]) == {"3", str(2**65)}
    table.to_parquet(tmp_path / "result.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "result.parquet"), table)


def test_a_seed_may_be_numpys():
    """Seeds are integers of any kind, one or several."""
    expected = replay(JOB, TRACES, policy="random", seeds=[0, 1], recurrences=2)
    for seeds in (np.arange(2), (np.int64(0), 1), iter([0, 1])):
        pd.testing.assert_frame_equal(replay(JOB, TRACES, policy="random", seeds=seeds, recurrences=2), expected)
    assert set(replay(JOB, TRACES, policy="random", seeds=np.int64(1), recurrences=2)["seed"]) == {1}
