"""From what was recorded of a run to its result: which windows, which flags, and which runs are made again."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from simulator.collect.protocol import Event
from simulator.collect.result import RunResult, WindowResult
from simulator.collect.run import windows as module
from simulator.collect.run.outcome import _tell_sampler, _with_window
from simulator.collect.run.progress import Goal, Progress
from simulator.collect.run.rig import Rig
from simulator.collect.run.series import _spoiled
from simulator.collect.run.steps import Piece, Stretch
from simulator.collect.run.windows import MeasuredWindows, Windows

#: What a result says besides.
REST = {"started_wall_ns": 0, "ended_wall_ns": 0, "num_gpus": 0}


@pytest.mark.parametrize(
    ("missed", "rows", "late"), [(0, 0, False), (1, 100, False), (2, 100, True), (50, 100, True), (1, 0, True)]
)
def test_a_sampler_that_missed_more_than_a_hundredth_was_late(missed, rows, late):
    """Said once, and with the number."""
    flags, notes = set(), []
    _tell_sampler({"missed": missed, "rows": rows}, flags, notes, interrupted=False)
    assert flags == ({"late"} if late else set())
    assert len(notes) == late


@pytest.mark.parametrize("flag", ["gap", "counter_reset", "limit_changed", "uncertain"])
@pytest.mark.parametrize("kind", ["power", "epochs"])
def test_what_cannot_be_used_is_made_again(flag, kind):
    """Not what is only less certain; nor a run to the target, whose number of epochs is known all the same."""
    window = WindowResult(epochs=1, time_s=1.0, energy_j=1.0, flags=(flag,))
    result = SimpleNamespace(window=window, spec=SimpleNamespace(kind=kind))
    assert _spoiled(result, "enough", interrupted=False) == ([flag] if flag != "uncertain" and kind == "power" else [])


def test_steps_are_a_share_of_an_epoch():
    """Fifty steps of twenty-five are two epochs, whatever lies between them."""
    stretch = Stretch((Piece(0, 2_000_000_000, 20), Piece(5_000_000_000, 8_000_000_000, 30)))
    window = Windows(Progress(None)).stretch(stretch, per_epoch=25)
    assert (window.epochs, window.time_s, window.start_ns, window.end_ns) == (2, 5, 0, 8_000_000_000)


@pytest.mark.parametrize(("enforced_w", "flags"), [(300, ()), (280, ("limit_differs",))])
def test_a_gpu_that_enforces_another_limit_is_flagged(enforced_w, flags):
    """Its row is that of the limit that holds."""
    each = SimpleNamespace(enforced_mw=enforced_w * 1000, requested_mw=300_000, settled=True)
    measure = SimpleNamespace(clip=False, settle_s=1.0)
    limiter = SimpleNamespace(set=lambda limit_mw, clip, settle_s: [each])
    rig = Rig(SimpleNamespace(measure=measure), None, None, None, None, SimpleNamespace(), limiter)
    held = rig.hold_limit(SimpleNamespace(power_limit_w=300))
    assert (held.flags, held.lowest_mw, held.requested_mw) == (flags, enforced_w * 1000, 300_000)


@pytest.mark.parametrize(("probed_ms", "expected_s"), [(100.0, 0.1), (None, 0.02)])
def test_what_was_probed_counts_and_otherwise_what_was_seen_under_load(monkeypatch, tmp_path, probed_ms, expected_s):
    """A constant reading has no period; a board's greatest limit tells a reset of its counter."""
    made = {}
    monkeypatch.setattr(module, "read_samples", lambda directory, kind: pd.DataFrame())
    monkeypatch.setattr(module, "periods", lambda samples: [SimpleNamespace(energy_period_ms=20.0)])
    monkeypatch.setattr(module, "Meter", lambda samples, **words: made.update(words))
    device = SimpleNamespace(limits=lambda: SimpleNamespace(max_mw=400_000))
    probe = SimpleNamespace(gpus=[SimpleNamespace(energy_period_ms=probed_ms)])
    sensors = SimpleNamespace(devices=[device], probe=probe)
    MeasuredWindows(tmp_path, sensors=sensors, held_mw=[300_000], pids=(), progress=Progress(None))
    assert made == {"update_period_s": [pytest.approx(expected_s)], "max_power_w": [400.0]}


@pytest.mark.parametrize(
    ("kind", "warm_up", "start", "epochs"),
    [
        ("full", 1, True, 2),
        ("full", 3, True, 3),
        ("full", 3, False, 2),
        ("epochs", 1, True, 3),
        ("epochs", 0, False, 2),
    ],
)
def test_a_window_leaves_out_the_warm_up_if_anything_is_left_then(kind, warm_up, start, epochs):
    """A run that reached its target before it was warm has no other epochs; one without a start has no length."""
    progress = Progress(Goal(most=3, warm_up=warm_up))
    said = [*(["run_start"] if start else []), "epoch_end", "epoch_end", "epoch_end"]
    progress.take([Event(what, (4 - len(said) + at) * 1_000_000_000, 0, 7, 0, {}) for at, what in enumerate(said)])
    windows = Windows(progress)
    result = RunResult(
        spec=SimpleNamespace(kind=kind), status="done", epochs=tuple(map(windows.epoch, progress.epochs)), **REST
    )
    rig = SimpleNamespace(plan=SimpleNamespace(measure=SimpleNamespace(window="train+eval")))
    window = _with_window(rig, result, windows, SimpleNamespace(progress=progress)).window
    assert (window.epochs, window.time_s) == (epochs, epochs)
