"""Several ranks of torch.distributed, with real processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys, time
from datetime import timedelta
from pathlib import Path
import torch.distributed as dist
from simulator.collect import events

rank = int(sys.argv[1])
meeting = "file://" + sys.argv[2]
dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2, timeout=timedelta(seconds=60))
done = 0
for epoch in events.epochs(50):
    done = epoch
    dist.barrier()
    if rank == 0 and epoch == 3:
        Path(sys.argv[3]).touch()  # the other rank may see it an epoch earlier or later
    events.eval_end(accuracy=epoch / 100)
Path(sys.argv[2] + f".{rank}").write_text(str(done))
dist.destroy_process_group()  # its threads must not outlive the interpreter
"""


def test_ranks_stop_together_and_one_speaks(collection, tmp_path):
    """The first rank decides for all, and only it reports; the other says that it is there."""
    pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    meeting = tmp_path / "meeting"
    words = [str(meeting), str(collection.stop_file)]
    ranks = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", SCRIPT, str(rank), *words], env=dict(os.environ))
        for rank in range(2)
    ]
    assert [process.wait(120) for process in ranks] == [0, 0]
    assert [(tmp_path / f"meeting.{rank}").read_text() for rank in range(2)] == ["3", "3"]
    assert [event.kind for event in collection.events if event.rank == 1] == ["hello"]
    assert [epoch.metrics["accuracy"] for epoch in collection.epochs] == [0.01, 0.02, 0.03]
