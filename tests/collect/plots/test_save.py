"""Pictures of a whole collection, of samples that a simulated GPU gave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fabricated import a_plan, a_window, collect_into
from nvml_stub import ManualClock

from simulator.collect import plot_power, read_samples
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.plots import save_plots
from simulator.collect.result import read_results, run_directory, write_result
from simulator.collect.sampling.loop import Loop
from simulator.collect.sampling.recorder import Recorder
from simulator.errors import CollectError

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.fixture
def sampled(manual_gpus, tmp_path):
    """A collection that has samples of one run, whose third epoch is flagged; and that run."""
    clock = ManualClock(manual_gpus)
    specs = collect_into(tmp_path / "out", a_plan())
    spec = next(spec for spec in specs if spec.kind == "power" and spec.batch_size == 16)
    directory = run_directory(tmp_path / "out", spec)
    manual_gpus.set_demand(250)
    begin_ns = manual_gpus.now_ns()
    with nvml():
        gpus = find_gpus()
        recorder = Recorder(directory, {"names": [gpu.name for gpu in gpus], "uuids": []})
        loop = Loop(gpus, clock=clock, period_ns=53_000_000, write=recorder.write)
        loop.run_until(begin_ns + 10_000_000_000)
        loop.flush()
        recorder.close()
    result = read_results(tmp_path / "out")[spec.key]
    epochs = []
    for epoch in result.epochs:
        start_ns = begin_ns + (2 * epoch.number - 1) * 10**9
        ends = {"start_ns": start_ns, "end_ns": start_ns + 2 * 10**9}
        trained = a_window(spec, **{**ends, "end_ns": start_ns + 15 * 10**8})
        flags = ("throttled",) if epoch.number == 3 else ()
        epochs.append(replace(epoch, whole=a_window(spec, **ends, flags=flags), train=trained))
    write_result(directory, replace(result, epochs=tuple(epochs)))
    return tmp_path / "out", spec


def test_a_run_that_is_made_is_drawn_with_limit_epochs_and_flags(sampled):
    """From its directory alone; the flagged epoch is hatched, has a mark, and is named below."""
    out, spec = sampled
    ax = plot_power(run_directory(out, spec))
    assert [line.get_label() for line in ax.lines] == [
        "instantaneous",
        "mean of 1 s",
        "energy counter, per update",
        "enforced limit",
    ]
    assert set(ax.lines[3].get_ydata()) == {400}
    assert ax.lines[2].get_ydata()[50] == pytest.approx(250, rel=0.01)
    assert [text.get_text() for text in ax.texts] == ["1", "2", "3!", "4"]
    shades = {shade.get_label(): shade for shade in ax.collections}
    assert len(shades["training"].get_paths()) == len(shades["validation"].get_paths()) == 4
    (hatched,) = shades["flagged"].get_paths()
    assert shades["flagged"].get_hatch()
    assert (hatched.get_extents().x0, hatched.get_extents().x1) == pytest.approx((4, 6))
    assert [text.get_text() for text in ax.figure.texts] == ["! throttled: epoch 3"]
    assert ax.get_title() == f"SIMULATED, not measured: NVIDIA H100 80GB HBM3\n{spec}"


def test_a_run_that_goes_on_is_drawn_by_its_events(sampled):
    """There is no result yet; only what was said."""
    out, spec = sampled
    directory = run_directory(out, spec)
    (directory / "result.json").unlink()
    at_ns = int(read_samples(directory)["before_ns"].min()) + 3 * 10**9
    heads = [("run_start", at_ns, ""), ("epoch_start", at_ns, ',"epoch":0'), ("epoch_end", at_ns + 10**9, ',"epoch":0')]
    lines = [f'{{"v":1,"k":"{kind}","mono_ns":{ns},"wall_ns":0,"pid":1,"rank":0{more}}}\n' for kind, ns, more in heads]
    (directory / "events.jsonl").write_text("".join(lines))
    ax = plot_power(directory)
    assert [text.get_text() for text in ax.texts] == ["1"]
    assert ax.lines[0].get_xdata()[0] == pytest.approx(-3, abs=0.01)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_all_pictures_go_into_a_folder(sampled, suffix):
    """The cells, and the power of each run that was sampled, by names that say what they are."""
    out, spec = sampled
    files = save_plots(out, suffix=suffix)
    assert [file.name for file in files] == [
        f"cells{suffix}",
        f"power-batch-size-16-300-w-seed-0-{spec.key}{suffix}",
    ]
    assert {file.parent for file in files} == {out / "plots"}
    assert all(file.read_bytes().startswith(STARTS[suffix]) for file in files)


def test_a_file_is_one_picture(sampled, tmp_path):
    """That of the cells, or that of a run, which the beginning of its key names."""
    out, spec = sampled
    assert save_plots(out, tmp_path / "a.svg") == [tmp_path / "a.svg"]
    assert "average power [W]" in (tmp_path / "a.svg").read_text()
    assert save_plots(out, tmp_path / "b.svg", run=spec.key[:6]) == [tmp_path / "b.svg"]
    assert "time since the run began [s]" in (tmp_path / "b.svg").read_text()
    assert save_plots(out, tmp_path / "folder", run=spec.key)[0].parent == tmp_path / "folder"


def test_a_run_that_is_not_there_is_named_with_those_that_are(sampled):
    """Nothing, or all, is no beginning of a key."""
    out, spec = sampled
    with pytest.raises(CollectError, match=f"no run zzz.*{spec.key}"):
        save_plots(out, run="zzz")
    with pytest.raises(CollectError, match="has no run"):
        save_plots(out, run="")


def test_a_run_without_samples_says_so(sampled):
    """Such as one that recorded times only."""
    out, spec = sampled
    other = next(key for key in read_results(out) if key != spec.key)
    with pytest.raises(CollectError, match=r"holds no samples\.arrows"):
        save_plots(out, run=other)


def test_runs_are_drawn_before_a_cell_is_measured(sampled):
    """A collection that has only begun has something to show."""
    out, spec = sampled
    for file in out.glob("runs/*/result.json"):
        file.unlink()
    (file,) = save_plots(out)
    assert spec.key in file.name


def test_progress_is_told(sampled):
    """How many files are written, of how many."""
    told = []
    save_plots(sampled[0], progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]
