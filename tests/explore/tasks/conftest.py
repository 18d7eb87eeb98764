"""Traces on disk, as cells name them."""

from __future__ import annotations

import json

import pytest

from simulator.explore import Recorded


@pytest.fixture
def on_disk(tmp_path):
    """Write traces into a folder of their own, and name them as a cell does."""

    def write(traces, jobs=()):
        folder = tmp_path / f"traces{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        traces.train.assign(learning_rate=0.1).to_csv(folder / "train.csv", index=False)
        traces.power.to_csv(folder / f"power_{traces.gpu}.csv", index=False)
        fields = ("dataset", "network", "optimizer", "target_metric", "max_epochs", "default_bs")
        listed = [{name: getattr(job, name) for name in fields} for job in jobs]
        about = {"name": traces.name, "synthetic": traces.synthetic, "jobs": listed}
        (folder / "trace.json").write_text(json.dumps(about))
        return Recorded(folder, gpu=traces.gpu)

    return write
