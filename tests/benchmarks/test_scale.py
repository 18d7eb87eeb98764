"""The year of a cluster on paper: its groups, its formulas, its simulation of waiting, and the page they come to."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scale_of_a_year.check import MEASURED, beside
from scale_of_a_year.cluster import LEAST, MOST, blocks_of, sizes_of, write_blocks
from scale_of_a_year.costs import MEANINGS, fit
from scale_of_a_year.model import TERMS, intervals, largest_uncertainty, medians, predict
from scale_of_a_year.page import amount, renew
from scale_of_a_year.sentences import check_sentences
from scale_of_a_year.trial import sweep
from scale_of_a_year.waiting import chunks_of, shards_of, simulate, useful_nodes

import simulator


@settings(max_examples=30)
@given(groups=st.integers(1, 3_000), mean=st.integers(LEAST + 1, 5_000), seed=st.integers(0, 9))
def test_groups_have_as_many_runs_as_asked_for(groups, mean, seed):
    """To the last one, and none is submitted less or more often than the law allows."""
    sizes = sizes_of(groups, groups * mean, seed=seed)
    assert sizes.sum() == groups * mean
    assert LEAST <= sizes.min() <= sizes.max() <= MOST
    blocks = blocks_of(sizes, 6)
    assert sum(block.runs for block in blocks) == groups * mean
    assert sum(block.groups for block in blocks) == groups


def test_how_often_groups_recur_is_spread_wide():
    """A few recur a thousand times as often as most; twice the same seed is twice the same cluster."""
    sizes = sizes_of(1_000, 1_000_000)
    assert np.median(sizes) * 1_000 < sizes.max()
    assert (sizes == sizes_of(1_000, 1_000_000)).all()


def test_files_of_groups_are_read_as_submissions(tmp_path):
    """By the library's own reader, with nothing to complain of; and they replay."""
    traces = simulator.read_traces(gpu="v100")
    (block,) = write_blocks(tmp_path, np.array([5, 7, 9]), traces.jobs)
    groups = simulator.read_groups(block.file)
    assert groups.groupby("group").size().tolist() == [5, 7, 9]
    job = traces.jobs[block.job]
    runs = simulator.replay(job, traces, policy="pruning-gts", seeds=0, groups=block.file, on_failure="keep")
    assert len(runs) >= block.runs


def costs(**changed):
    """Made-up repeats of every cost."""
    found = {name: [1.0, 1.0] for name in MEANINGS} | {"cell_s": [0.0, 0.0], "write_run_s": [0.0, 0.0]}
    found |= {"plan_run_s": [0.0, 0.0], "driver_run_s": [0.0, 0.0]}
    return found | {name: list(repeats) for name, repeats in changed.items()}


def test_every_term_grows_as_its_formula_says():
    """Twice the cells is twice the work and the ledger, beside what is there anyhow; workers share work alone."""
    one, two = blocks_of(np.full(40, 10), 6), blocks_of(np.full(80, 10), 6)
    middle = medians(costs())
    small, large = (predict(middle, blocks, workers=1, cores=1) for blocks in (one, two))
    assert set(small) == set(TERMS)
    assert small["work_s"] - 1 == 40 + 400
    assert large["work_s"] - 1 == 2 * (small["work_s"] - 1)
    assert large["ledger_bytes"] - 1 == 2 * (small["ledger_bytes"] - 1)
    assert large["result_bytes"] == 2 * small["result_bytes"] == 800
    shared = predict(middle, two, workers=4, cores=4)
    assert shared["plan_s"] == large["plan_s"]
    assert shared["wall_s"] < large["wall_s"]


def test_what_the_driver_does_for_each_run_is_serial():
    """It reads files to plan and shards to see that they are whole: no number of workers makes that shorter."""
    blocks = blocks_of(np.full(40, 10), 6)
    without, reading = medians(costs()), medians(costs(plan_run_s=[0.5] * 2, driver_run_s=[2.0] * 2))
    alone, many = (predict(reading, blocks, workers=n, cores=64) for n in (1, 64))
    assert alone["plan_s"] - predict(without, blocks, workers=1, cores=64)["plan_s"] == 400 * 0.5
    assert many["driver_s"] == alone["driver_s"] == 2 + 400 * 2
    assert many["wall_s"] > many["plan_s"] + 800


def test_chunks_are_those_of_the_driver():
    """Four cells at first, then a second of usual work, then ever smaller shares; a slow chunk is several shards."""
    chunks = chunks_of(np.full(1_000, 0.02), 2)
    cells = [len(range(1_000)[part]) for part, _ in chunks]
    assert (cells[:5], max(cells), cells[-1], sum(cells)) == ([4, 4, 4, 4, 32], 50, 1, 1_000)
    assert shards_of([(slice(0, 4), 0.5), (slice(4, 54), 2.5)]) == 1 + 3


def test_jobs_of_slurm_are_read_back_while_they_run():
    """A driver that keeps up is done a moment after the last of them."""
    found = simulate([0.5] * 40, 2, plan_s=0, driver_cell_s=0.1, dealt=True)
    assert found["wall_s"] == pytest.approx(10 + 2 * 2 * 0.1)


def test_intervals_come_from_the_repeats_alone():
    """Without spread there is none; the cost that is spread is named, and what it moves."""
    blocks = blocks_of(np.full(400, 10), 6)
    for value, low, high in intervals(costs(), blocks, workers=2, cores=4).values():
        assert low == pytest.approx(value) == high
    spread = costs(plan_cell_s=[0.5, 1.0, 1.5], cell_s=[0.0] * 3, cell_group_s=[1] * 3, cell_run_s=[1] * 3)
    spread |= {"worker_start_s": [1.0] * 3, "crowding": [1.0] * 3}
    value, low, high = intervals(spread, blocks, workers=2, cores=4)["plan_s"]
    assert (low, value, high) == (10, 20, 30)
    assert largest_uncertainty(spread, blocks, workers=2, cores=4)[0] == "plan_cell_s"


def test_costs_are_found_again_in_the_times_they_make():
    """Exactly, where nothing disturbs; none is below zero, whatever does."""
    groups, runs = np.array([1, 1, 20, 40, 40]), np.array([100, 9_000, 500, 80, 7_000])
    assert fit(0.03 + 0.001 * groups + 2e-6 * runs, np.ones(5), groups, runs) == pytest.approx([0.03, 0.001, 2e-6])
    assert min(fit([5, 1, 4, 1, 2], np.ones(5), groups, runs)) >= 0


def test_one_worker_does_all_one_after_the_other():
    """Planning, start, its own start, every cell; notes are taken meanwhile, but for that of the last; the end."""
    found = simulate([0.5] * 8, 1, plan_s=3, driver_cell_s=0.25, start_s=2, worker_start_s=1, end_s=0.5)
    assert found["wall_s"] == pytest.approx(3 + 2 + 1 + 8 * 0.5 + 0.25 + 0.5)


@settings(max_examples=40)
@given(
    seconds=st.lists(st.floats(1e-3, 5), min_size=1, max_size=60),
    workers=st.integers(1, 40),
    cell_s=st.floats(0, 0.1),
    dealt=st.booleans(),
)
def test_nobody_is_faster_than_work_and_driver_allow(seconds, workers, cell_s, dealt):
    """Nor slower than one worker would be; no part is busier than all the time."""
    words = {"plan_s": 1.0, "driver_cell_s": cell_s, "dealt": dealt}
    found, alone = simulate(seconds, workers, **words), simulate(seconds, 1, **words)
    least = 1 + max(sum(seconds) / workers, *seconds, len(seconds) * cell_s)
    assert least - 1e-9 <= found["wall_s"] <= alone["wall_s"] + 1e-9
    assert found["driver_busy"] <= 1 + 1e-9
    assert found["workers_busy"] <= 1 + 1e-9


def test_nodes_stop_helping_when_the_driver_is_busy():
    """Work of 1,000 s and a driver of 100 s: ten workers and no more."""
    rows, last = useful_nodes([1.0] * 1_000, 1, [1, 2, 4, 8, 16, 32], plan_s=0, driver_cell_s=0.1)
    assert last == 8
    assert rows[-1]["speedup"] < 12


def test_a_real_sweep_tells_what_the_formulas_predict(tmp_path):
    """Of a tiny cluster: every term that can be read off it, and a row for each submission at least."""
    sizes = np.array([5, 8, 13] * 14)
    blocks = write_blocks(tmp_path / "groups", sizes, simulator.read_traces(gpu="v100").jobs)
    told = sweep(tmp_path / "sweep", blocks, workers=2)
    found = beside(costs(), blocks, told, executor="pool", workers=2, cores=2)
    measured = {name: term["measured"] for name, term in found["terms"].items() if name in MEASURED}
    assert all(value > 0 for name, value in measured.items() if name != "energy_j")
    assert found["rows"] >= found["submissions"] == sizes.sum()
    assert len(told["each_cpu_s"]) == len(blocks) == 3
    assert told["import_s"] + told["plan_s"] + told["run_s"] + told["close_s"] == pytest.approx(told["wall_s"])


def test_a_page_is_renewed_between_its_marks_alone(tmp_path):
    """What people wrote stays; a page without a mark is refused."""
    page = tmp_path / "page.md"
    page.write_text("Mine.\n<!-- a -->\nold\n<!-- end of a -->\nToo.\n")
    for _ in range(2):
        renew(page, {"a": ["| new |"]})
    assert page.read_text() == "Mine.\n<!-- a -->\n\n| new |\n\n<!-- end of a -->\nToo.\n"
    with pytest.raises(SystemExit, match="there must be one <!-- b -->"):
        renew(page, {"b": []})


def test_sentences_say_how_far_off_it_was():
    """Each term by the range of its errors; a busy machine is said, and no other."""
    term = {"low": 1.0, "high": 3.0, "error_pct": -20.0, "measured": 2.5}
    sweeps = [{"terms": {"work_s": term | {"error_pct": off}}, "clock_over_cpu": 1.0} for off in (-20.0, 5.0)]
    found = {"check": {"sweeps": sweeps}}
    assert check_sentences(found) == [
        "* `work_s` was off by -20 % to +5 %; 2 of 2 measured values lie in its interval."
    ]
    sweeps[0]["clock_over_cpu"] = 2.5
    assert "up to 2.5 times their CPU time" in check_sentences(found)[-1]


def test_the_page_has_no_figure_of_its_own():
    """What it says outside its marks, which the command does not write, names no time or size that was measured."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "reasons" / "scale.md").read_text()
    own = re.sub(r"(?s)<!-- (\w+) -->.*?<!-- end of \1 -->", "", text)
    assert re.findall(r"[0-9.]+ (?:ms|us|min|h|[kMGT]?B|%|times)\b", own) == []


def test_amounts_have_units_that_suit_them():
    """Three digits and a unit, from microseconds to hours and from bytes to terabytes."""
    seconds = [amount(value, "s") for value in (2e-6, 0.05, 3, 300, 9_000)]
    assert seconds == ["2 us", "50 ms", "3 s", "5 min", "2.5 h"]
    assert [amount(value, "bytes") for value in (12, 4.2e10, 3e12)] == ["12 B", "42 GB", "3 TB"]
