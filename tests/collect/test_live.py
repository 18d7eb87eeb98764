"""A live view says what GPUs do, how far a collection is, and what sensors there are."""

from __future__ import annotations

import json
import os
import shutil
from itertools import islice

import pytest
from fabricated import a_plan, collect_into

from simulator.collect.live import CourseReader, gpus_of, look_at_sensors, watch
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.result import run_directory
from simulator.collect.run.lock import held
from simulator.errors import CollectError


@pytest.fixture
def views(manual_gpus, manual_clock):
    """Watch the GPU for so long, on its own clock."""
    with nvml():
        yield lambda **words: watch(find_gpus(), clock=manual_clock, **words)


def test_power_energy_and_time_are_the_true_ones(views, manual_gpus):
    """100 W, then 300 W: power now and over a second; energy from the beginning of watching, and not before."""
    manual_gpus.set_demand(100)
    manual_gpus.advance(5)
    start_ns = manual_gpus.now_ns()
    manual_gpus.set_demand(300, at_ns=start_ns + 10_000_000_000)
    *early, last = views(seconds=20)
    (gpu,) = last.gpus
    assert [round(view.time_s, 6) for view in early] == list(range(20))
    assert (gpu.power_instant_w, gpu.power_average_w, gpu.average_source) == (300, 300, "sensor")
    assert gpu.energy_j == pytest.approx(manual_gpus.true_energy_j(start_ns, manual_gpus.now_ns()), abs=30)
    assert gpu.energy_source == "counter"
    assert early[0].gpus[0].energy_j == 0
    assert early[9].gpus[0].power_average_w == 100


def test_the_history_is_a_minute_of_seconds(views, manual_gpus):
    """One mean a second, the latest last; what is older than a minute is forgotten."""
    manual_gpus.set_demand(100)
    manual_gpus.set_demand(200, at_ns=manual_gpus.now_ns() + 40_500_000_000)
    *_, last = views(seconds=80)
    history = last.gpus[0].history_w
    assert len(history) == 60
    assert history[0] == 100
    assert history[-1] == 200
    assert history[:-1] == tuple(sorted(history[:-1]))


def test_nothing_is_set(views, manual_gpus):
    """Neither a limit nor a mode, however long it is watched."""
    list(views(seconds=3))
    with nvml():
        look_at_sensors(find_gpus(), seconds=0.01)
    assert manual_gpus.calls("set_limit") == 0
    assert manual_gpus.calls("set_persistence") == 0


def test_limits_clocks_processes_and_reasons_are_told_in_words(views, manual_gpus):
    """A GPU that is held down by its limit says so."""
    manual_gpus.set(ceiling_w=200)
    manual_gpus.fault("limit_changed", watts=250)
    manual_gpus.set_demand(350)
    manual_gpus.set_pids([4242, 17])
    (gpu,) = next(iter(views(seconds=0))).gpus
    assert (gpu.requested_limit_w, gpu.enforced_limit_w) == (250, 200)
    assert "power_cap" in gpu.reasons
    assert gpu.pids == (17, 4242)
    assert gpu.sm_clock_mhz > 0
    assert gpu.memory_used_b == 500 * 2**20
    assert gpu.memory_total_b == 80 * 2**30


def test_one_look_is_one_view(views):
    """Zero seconds are enough for it."""
    assert len(list(views(seconds=0))) == 1


def test_a_lost_gpu_stays_in_view_and_the_others_go_on(make_gpus):
    """It is said to be lost, with the energy that it had; the other one is watched as before."""
    from nvml_stub import ManualClock

    gpus = make_gpus(gpus=2, manual=True)
    gpus.set_demand(200)
    gpus.set_demand(150, gpu=1)
    gpus.fault("lost", at_ns=gpus.now_ns() + 3_500_000_000)
    with nvml():
        seen = list(watch(find_gpus(), seconds=6, clock=ManualClock(gpus)))
    assert [view.gpus[0].lost for view in seen] == [False] * 4 + [True] * 3
    lost, other = seen[-1].gpus
    assert (lost.power_instant_w, lost.power_average_w, lost.temperature_c, lost.pids) == (None, None, None, None)
    assert lost.code == 15
    assert lost.energy_j == pytest.approx(600, abs=110)
    assert lost.history_w[-1] is None
    assert (other.lost, other.power_instant_w) == (False, 150)


def test_a_gpu_without_counter_or_mean_gets_both_from_its_power(views, manual_gpus):
    """And the view says so."""
    manual_gpus.fault("field_failing", field=83)
    manual_gpus.fault("not_supported", groups="energy")
    manual_gpus.fault("field_failing", field=185)
    manual_gpus.set_demand(250)
    manual_gpus.advance(1)
    *_, last = views(seconds=4)
    (gpu,) = last.gpus
    assert (gpu.power_average_w, gpu.average_source) == (250, "readings")
    assert gpu.energy_j == pytest.approx(1000)
    assert gpu.energy_source == "power"


def test_a_counter_that_begins_anew_takes_nothing_away(views, manual_gpus):
    """Energy never falls."""
    manual_gpus.set_demand(200)
    manual_gpus.fault("counter_reset", at_ns=manual_gpus.now_ns() + 2_500_000_000)
    energies = [view.gpus[0].energy_j for view in views(seconds=5)]
    assert energies == sorted(energies)
    assert energies[-1] == pytest.approx(1000, abs=60)


def test_zeros_are_no_power(views, manual_gpus):
    """Some drivers answer 0 when asked often; that is no idle GPU."""
    manual_gpus.set_demand(200)
    start_ns = manual_gpus.now_ns()
    manual_gpus.fault("zero_reads", at_ns=start_ns + 1_100_000_000, until_ns=start_ns + 4_100_000_000)
    gpus = [view.gpus[0] for view in views(seconds=5)]
    assert [gpu.power_instant_w for gpu in gpus[1:]] == [200, None, None, None, 200]
    assert not any(gpu.lost for gpu in gpus)
    assert gpus[4].energy_j == pytest.approx(200, abs=30)
    assert gpus[5].energy_j == pytest.approx(1000, abs=30)


def test_who_is_slow_misses_views_and_no_energy(views, manual_gpus):
    """Seconds that nobody looked at are left out; the counter knows them."""
    manual_gpus.set_demand(200)
    seen = []
    for view in views(seconds=10):
        seen.append(view)
        manual_gpus.advance(2.5 if len(seen) == 3 else 0)
    assert [round(view.time_s, 1) for view in seen] == [0, 1, 2, 4.5, 5, 6, 7, 8, 9, 10]
    assert seen[-1].gpus[0].energy_j == pytest.approx(2000, abs=30)


def test_a_view_is_json(views):
    """Without the history, which views themselves are."""
    view = next(iter(views(seconds=0)))
    content = json.loads(json.dumps(view.to_json()))
    assert content["course"] is None
    assert content["gpus"][0]["uuid"] == view.gpus[0].uuid
    assert "history_w" not in content["gpus"][0]


# ---- how far a collection is


@pytest.fixture
def out(tmp_path):
    """A collection whose runs of batch size 8 are made."""
    collect_into(tmp_path / "out", a_plan(), change=lambda made: made if made.spec.batch_size == 8 else None)
    return tmp_path / "out"


def begin(out, spec, *lines):
    """Leave what a run leaves while it is made."""
    directory = run_directory(out, spec)
    directory.mkdir()
    (directory / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def said(kind, at_s, **more):
    """One line of events."""
    return {"v": 1, "k": kind, "mono_ns": int(at_s * 1e9), "wall_ns": 0, "pid": 1, "rank": 0, **more}


def test_runs_epochs_and_time_left_are_counted(out):
    """Of a collection that is being made: what is done, what is being done, and how long the rest may take."""
    plan = a_plan()
    spec = next(spec for spec in plan.runs([*gpus_of(out)]) if spec.batch_size == 16)
    lines = [said("run_start", 1), said("epoch_start", 1, epoch=0), said("epoch_end", 3, epoch=0)]
    reader = CourseReader(out)
    assert reader.read().run is None
    begin(out, spec, *lines)
    with held(out):
        course = reader.read()
        assert (course.runs, course.done, course.failed, course.running) == (10, 5, 0, True)
        assert (course.run, course.key) == (str(spec), spec.key)
        assert (course.epoch, course.most_epochs) == (1, 6)
        assert course.rest_s > 0
        with (run_directory(out, spec) / "events.jsonl").open("a") as file:
            file.write(json.dumps(said("epoch_start", 3.5, epoch=1)) + "\n")
        assert reader.read().epoch == 2


def test_a_collection_that_nobody_works_on_is_said_to_be(out):
    """Also if its controller was killed, and another process has its number now."""
    assert not CourseReader(out).read().running
    with held(out):
        assert CourseReader(out).read().running
    (out / ".lock").write_text(f"{os.getpid()}\n")
    os.utime(out / ".lock", (1, 1))  # long before this process began
    assert not CourseReader(out).read().running


def test_failed_and_skipped_runs_are_counted(tmp_path):
    """A batch size that does not fit is skipped from then on, and costs no time."""
    from dataclasses import replace

    def change(result):
        if result.spec.batch_size == 8:
            return replace(result, status="failed", reason="crashed")
        return replace(result, status="infeasible", reason="out of memory") if result.spec.kind == "epochs" else None

    collect_into(tmp_path, a_plan(), change=change)
    course = CourseReader(tmp_path).read()
    assert (course.done, course.failed, course.skipped, course.runs) == (0, 7, 3, 10)
    assert not course.rest_s


def test_new_results_are_seen(out):
    """A reader goes on with what is written after it began."""
    reader = CourseReader(out)
    before = reader.read()
    shutil.rmtree(out / "runs")
    collect_into(out, a_plan())
    after = reader.read()
    assert (before.done, after.done) == (5, 10)


def test_a_folder_without_a_collection_is_refused(tmp_path):
    """With what to name instead."""
    with pytest.raises(CollectError, match="holds no collection"):
        CourseReader(tmp_path)


def test_a_collection_without_gpus_can_be_watched(tmp_path):
    """No NVML is needed for that."""
    collect_into(tmp_path, a_plan(power_limits_w=None), gpus=())
    assert gpus_of(tmp_path) == ()
    (view,) = watch([], seconds=0, course=CourseReader(tmp_path))
    assert view.gpus == ()
    assert view.course.done == view.course.runs


# ---- what sensors there are


def test_sensors_are_found_with_their_periods(make_gpus):
    """Under load; with the period that a collection would choose, and with facts."""
    from nvml_stub import ManualClock

    gpus = make_gpus(manual=True, update_ms=20, noise_w=1)
    gpus.set_demand(200)
    with nvml():
        (view,) = look_at_sensors(find_gpus(), seconds=1, clock=ManualClock(gpus))
    assert view.probe.energy_period_ms == pytest.approx(20, rel=0.05)
    assert view.period_ms == 17
    assert view.facts["name"] == "NVIDIA H100 80GB HBM3 (simulated)"
    assert view.facts["scope"] == "gpu"
    assert view.answers["energy_mj"]
    assert json.loads(json.dumps(view.to_json()))["facts"]["limits"]["max_mw"] == 400_000


def test_what_a_gpu_does_not_tell_is_named(make_gpus):
    """A GPU without mean power and without a counter."""
    from nvml_stub import ManualClock

    gpus = make_gpus(manual=True, noise_w=1)
    gpus.fault("field_failing", field=185)
    gpus.fault("field_failing", field=83)
    gpus.fault("not_supported", groups="energy")
    with nvml():
        (view,) = look_at_sensors(find_gpus(), seconds=1, clock=ManualClock(gpus))
    assert {"power_average_mw", "energy_mj"} <= {name for name, told in view.answers.items() if not told}
    assert view.answers["power_instant_mw"]


def test_watching_ends_when_nobody_asks_for_more(views):
    """It is a generator."""
    assert len(list(islice(views(), 3))) == 3
