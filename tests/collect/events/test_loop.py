"""What a collection asks of a script's loop over epochs, and how the loop ends."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from event_logs import BARE, kinds

from simulator.collect import events
from simulator.collect.protocol import epochs_of, events_of


def test_the_collection_decides_what_it_asks_for(log, monkeypatch):
    """Its environment wins over the script's own values."""
    asked = {"BATCH_SIZE": "32", "LR": "5e-05", "SEED": "7", "MAX_EPOCHS": "2", "TARGET": "0.9", "SLICE": "3"}
    for name, value in asked.items():
        monkeypatch.setenv(f"SIMULATOR_{name}", value)
    assert (events.batch_size(8), events.learning_rate(0.1), events.seed(0)) == (32, 5e-5, 7)
    assert (events.target(0.5), events.slice_number(0)) == (0.9, 3)
    assert list(events.epochs(50)) == [1, 2]


def test_a_loop_over_epochs_reports_itself(log):
    """Start and end of the run and of each epoch; training and validation are the script's to tell."""
    for epoch in events.epochs(2):
        events.train_end()
        events.eval_end(accuracy=epoch / 2)
    each = ["epoch_start", "train_end", "eval_end", "epoch_end"]
    assert kinds(log) == ["hello", "run_start", *each, *each, "run_end"]
    assert events_of(log)[-1].data == {"status": "done"}


def test_a_loop_that_is_left_says_so(log):
    """By return as well as by an exception, as soon as nobody holds the loop any more."""

    def train(mistake):
        for epoch in events.epochs(5):
            if epoch == 2:
                return 1 / mistake
        return None

    train(mistake=1)
    assert kinds(log).count("run_end") == 1
    with pytest.raises(ZeroDivisionError):
        train(mistake=0)
    ends = [event for event in events_of(log) if event.kind == "run_end"]
    assert [end.data for end in ends] == [{"status": "left"}] * 2
    assert kinds(log).count("epoch_end") == 2  # of the first epochs only


def test_a_loop_ends_when_the_collection_has_enough(log, tmp_path, monkeypatch):
    """The stop file ends it before the next epoch."""
    monkeypatch.setenv("SIMULATOR_STOP", str(tmp_path / "stop"))
    done = []
    for epoch in events.epochs(9):
        done.append(epoch)
        if epoch == 3:
            (tmp_path / "stop").touch()
    assert done == [1, 2, 3]
    assert events_of(log)[-1].data == {"status": "stopped"}


@pytest.mark.parametrize(
    ("stop_at", "metrics", "done"),
    [
        ("accuracy>=0.95", [0.5, 0.9499, 0.95, 1.0], 3),
        ("accuracy>=0.95", [0.5, float("nan"), np.float32(0.95), 1.0], 3),  # which is 0.949999988079071
        ("accuracy<=0.1", [0.5, 0.2, 0.1, 0.0], 3),
        ("accuracy <= 0.1", [0.5, 0.2, 0.1, 0.0], 3),
        ("accuracy<=-0.5", [0.5, -0.2, -0.75, 0.0], 3),
        ("other>=0.1", [0.5, 0.2, 0.1, 0.0], 4),
        ("accuracy>=inf", [0.5, float("inf"), 0.1, 0.0], 4),
    ],
)
def test_a_loop_ends_when_the_target_was_told(log, monkeypatch, stop_at, metrics, done):
    """Without waiting for anybody, so the same seed makes the same number of epochs."""
    monkeypatch.setenv("SIMULATOR_STOP_AT", stop_at)
    for epoch in events.epochs(4):
        events.eval_end(accuracy=metrics[epoch - 1])
    assert len(epochs_of(events_of(log))) == done


def test_a_script_that_knows_nothing_of_stopping_ends_cleanly(log, tmp_path):
    """`Stop` is a SystemExit of code 0, raised where the next epoch would begin."""
    script = (
        "from pathlib import Path; import os; from simulator.collect import events\n"
        "for epoch in range(9):\n"
        "    events.epoch_start(epoch)\n"
        "    if epoch == 2: Path(os.environ['SIMULATOR_STOP']).touch()\n"
        "    events.epoch_end(epoch)\n"
    )
    told = {"SIMULATOR_EVENTS": str(log), "SIMULATOR_STOP": str(tmp_path / "stop")}
    done = subprocess.run([sys.executable, "-c", script], env=BARE | told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [epoch.reported for epoch in epochs_of(events_of(log))] == [0, 1, 2]
    assert events_of(log)[-1].data == {"status": "stopped"}
    assert issubclass(events.Stop, SystemExit)
