"""The helper outside a collection, and next to a script on its own: it costs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from event_logs import BARE

from simulator.collect import events
from simulator.collect.protocol import epochs_of, events_of


def test_nothing_happens_outside_a_collection(tmp_path, monkeypatch):
    """No file, no stop, the script's own values, whatever is called."""
    for name in os.environ:
        if name.startswith("SIMULATOR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert not events.active()
    assert (events.batch_size(8), events.learning_rate(0.5), events.seed(3)) == (8, 0.5, 3)
    assert (events.max_epochs(4), events.target(0.9), events.slice_number(0)) == (4, 0.9, 0)
    events.hello("mine")
    for _ in events.epochs(2):
        events.steps()
        events.train_end(steps=3)
        events.eval_start()
        events.eval_end(accuracy=object())  # not even looked at
    events.epoch_start(1)
    events.note("a word")
    events.run_end()
    assert list(tmp_path.iterdir()) == []


def test_the_file_works_alone_with_nothing_but_python(tmp_path):
    """Copied next to a script, without site-packages, it imports the standard library only, and reports."""
    shutil.copy(events.__file__, tmp_path / "events.py")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import events\n"
        "for epoch in events.epochs(2): events.eval_end(accuracy=epoch / 4)\n"
        "foreign = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "sys.exit(str(foreign) if foreign - {'events', '__main__'} else 0)\n"
    )
    log = tmp_path / "events.jsonl"
    words = [sys.executable, "-I", "-S", "-c", script]
    subprocess.run(words, check=True, env=BARE, cwd=tmp_path)
    assert not log.exists()
    subprocess.run(words, check=True, env=BARE | {"SIMULATOR_EVENTS": str(log)}, cwd=tmp_path)
    assert [epoch.metrics["accuracy"] for epoch in epochs_of(events_of(log))] == [0.25, 0.5]


def test_importing_it_is_light():
    """A training script does not get numpy or pandas from it, but for its own reasons."""
    heavy = ["numpy", "pandas", "pyarrow", "pynvml", "torch", "scipy", "rich", "click"]
    code = f"import simulator.collect.events, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
