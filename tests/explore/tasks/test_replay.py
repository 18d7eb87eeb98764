"""A chunk of replays has the results that its cells have one by one, to the last bit."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pandas as pd
import pytest
from engines import SEEDS_OF_ALL_SIZES
from small import JOB, TRACES, make_groups, make_traces

import simulator
from simulator.errors import ConfigError, ConvergenceError, ReplayError
from simulator.explore import Replay, product
from simulator.explore.tasks import play
from simulator.policy import names

#: Half the runs at the default size fail, so that some seeds do not converge.
HARD = replace(JOB, max_epochs=7)
SPREAD = make_traces({8: [4.0, 5.0], 16: [6.0, 11.0], 32: [9.0, 20.0]})


def alone(cell, traces):
    """What `simulator.replay` gives for one cell: its table, and the errors."""
    table = simulator.replay(
        cell.job,
        traces,
        policy=cell.policy,
        power_policy=cell.power_policy,
        seeds=cell.seed,
        recurrences=cell.recurrences,
        groups=None if cell.groups is None else cell.groups.path,
        eta=cell.eta,
        beta=cell.beta,
        window=cell.window,
        draws=cell.draws,
        engine="event",
        on_failure="keep",
        detail=cell.detail,
    )
    return table, [failure["error"] for failure in table.attrs["failures"]]


def check(cells, traces):
    """Every cell of a chunk, beside itself alone; returns how many broke off."""
    broken = 0
    for cell, result in zip(cells, Replay.execute_many(cells), strict=True):
        table, errors = alone(cell, traces)
        broken += bool(errors)
        expected = table.assign(synthetic=False, predicted=False, failed=bool(errors))
        found = pd.DataFrame([result]) if isinstance(result, dict) else result
        assert list(found.pop("error").dropna().unique()) == errors[:1]
        pd.testing.assert_frame_equal(found, expected[found.columns], check_exact=True, check_dtype=True)
        assert set(found.columns) == set(expected.columns)
        assert found.dtypes.to_dict() == expected.dtypes.to_dict()
    return broken


@pytest.mark.parametrize("policy", names())
@pytest.mark.parametrize("draws", ["published", "keyed"])
@pytest.mark.parametrize("detail", ["replays", "runs"])
def test_a_chunk_equals_its_cells_one_by_one(on_disk, policy, draws, detail):
    """Every stock policy; seeds × knobs, cut at both ends, as chunks are."""
    common = {"job": JOB, "traces": on_disk(TRACES), "policy": policy, "draws": draws, "detail": detail}
    axes = product(eta=[0.2, 0.7], beta=[1.5, math.inf], seed=range(6))
    cells = [Replay(**common, **each, recurrences=12) for each in axes][2:-3]
    check(cells, TRACES)


@pytest.mark.parametrize("detail", ["replays", "runs"])
@pytest.mark.parametrize("job", [JOB, HARD], ids=["fine", "hard"])
def test_compiled_code_makes_no_difference(on_disk, monkeypatch, job, detail):
    """A worker takes it once it has replayed enough; here, at once."""
    monkeypatch.setattr(play, "engine_for", lambda policies, request: "vectorized")
    common = {"job": job, "traces": on_disk(SPREAD), "policy": "pruning-gts", "detail": detail}
    axes = product(eta=[0.2, 0.7], beta=[1.5, math.inf], seed=range(6))
    check([Replay(**common, **each, recurrences=12) for each in axes][1:-2], SPREAD)


@pytest.mark.parametrize("detail", ["replays", "runs"])
@pytest.mark.parametrize("draws", ["published", "keyed"])
def test_a_replay_that_breaks_off_is_its_own_cell_s_affair(on_disk, detail, draws):
    """Some seeds fail in their first run, others do not; each says why itself, whatever ran beside it."""
    common = {"job": HARD, "traces": on_disk(SPREAD), "policy": "pruning-gts", "draws": draws, "detail": detail}
    cells = [Replay(**common, eta=eta, seed=seed, recurrences=8) for eta in (0.3, 0.5) for seed in range(20)]
    assert 0 < check(cells, SPREAD) < len(cells)


def test_of_very_many_that_break_off_each_says_why(on_disk):
    """A table of replays explains the first hundred only."""
    traces = make_traces({16: [6.0]})
    cells = [
        Replay(job=replace(JOB, max_epochs=2), traces=on_disk(traces), policy="default", seed=seed, recurrences=2)
        for seed in range(130)
    ]
    assert check(cells, traces) == 130


@pytest.mark.parametrize("detail", ["replays", "runs"])
def test_a_replay_that_breaks_off_can_be_a_cell_that_failed(on_disk, detail):
    """With on_failure="raise", as with `simulator.replay`; the message is the same."""
    common = {"job": HARD, "traces": on_disk(SPREAD), "policy": "pruning-gts", "detail": detail}
    cells = [Replay(**common, seed=seed, recurrences=8, on_failure="raise") for seed in range(20)]
    outcomes = list(Replay.execute_many(cells))
    for cell, outcome in zip(cells, outcomes, strict=True):
        _, errors = alone(cell, SPREAD)
        assert isinstance(outcome, ConvergenceError) == bool(errors)
        assert not errors or str(outcome) == errors[0]
    failed = next(cell for cell, outcome in zip(cells, outcomes, strict=True) if isinstance(outcome, Exception))
    with pytest.raises(ConvergenceError, match="reach"):
        failed.execute()


def test_drifting_traces_run_through_their_slices(on_disk):
    """One slice a recurrence; asking for more than there are fails those cells alone."""
    drifting = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]}, slices=range(5))
    common = {"job": JOB, "traces": on_disk(drifting), "policy": "pruning-gts"}
    cells = [Replay(**common, eta=eta, seed=seed) for eta in (0.2, 0.6) for seed in range(5)]
    check(cells, drifting)
    (result,) = Replay.execute_many([Replay(**common, recurrences=6)])
    assert isinstance(result, ReplayError)
    assert "5 slices" in str(result)


@pytest.mark.parametrize("policy", ["default", "pruning-gts", "gts"])
def test_of_groups_of_submissions_a_result_is_the_sum(on_disk, tmp_path, policy):
    """Each group is a replay of its own; energy, time and runs of a cell are those of all of them."""
    file = tmp_path / "groups.csv"
    make_groups().to_csv(file, index=False)
    common = {"job": JOB, "traces": on_disk(TRACES), "policy": policy, "groups": file}
    cells = [Replay(**common, eta=eta, seed=seed) for eta in (0.2, 0.6) for seed in range(5)]
    for cell, result in zip(cells, Replay.execute_many(cells), strict=True):
        table, _ = alone(cell, TRACES)
        assert len(table) == 2
        assert result["energy_j"] == math.fsum(table["energy_j"])
        assert result["runs"] == table["runs"].sum() == result["recurrences"] + result["retries"]
        assert not {"group", "late_energy_j"} & result.keys()
    check([cell.copy(detail="runs") for cell in cells], TRACES)


def test_seeds_of_every_size_keep_their_type(on_disk):
    """A seed beyond 64 bits is text, and makes no text of its neighbours."""
    cells = [
        Replay(job=JOB, traces=on_disk(TRACES), policy="gts", seed=seed, recurrences=5) for seed in SEEDS_OF_ALL_SIZES
    ]
    check(cells, TRACES)


def test_what_is_wrong_with_one_cell_harms_no_other(on_disk):
    """An impossible knob among good ones: in one call they would all be refused."""
    common = {"job": JOB, "traces": on_disk(TRACES), "policy": "gts", "recurrences": 5}
    cells = [Replay(**common, eta=eta, seed=seed) for eta, seed in itertools.product((0.3, 7.0, 0.6), range(3))]
    results = list(Replay.execute_many(cells))
    assert [isinstance(result, ReplayError) for result in results] == [cell.eta == 7.0 for cell in cells]


def test_a_window_goes_to_policies_that_have_one(on_disk):
    """Others refuse it, each cell by itself."""
    common = {"job": JOB, "traces": on_disk(TRACES), "recurrences": 12}
    cells = [Replay(**common, policy="pruning-gts", window=window, seed=seed) for window in (0, 3) for seed in range(4)]
    check(cells, TRACES)
    first, second = Replay.execute_many([Replay(**common, policy="default", window=window) for window in (0, 3)])
    assert first["failed"] is False
    assert isinstance(second, simulator.SimulatorError)


def test_cells_that_differ_in_seed_and_knobs_alone_have_the_same_key(on_disk):
    """So that they come together; with any other field, or other traces, they do not."""
    cell = Replay(job=JOB, traces=on_disk(TRACES), policy="gts")
    together = [cell.copy(seed=3), cell.copy(eta=0.1), cell.copy(beta=3.0), cell.copy(window=2)]
    apart = [cell.copy(policy="ucb"), cell.copy(draws="published"), cell.copy(detail="runs"), cell.copy(recurrences=3)]
    apart += [cell.copy(job=HARD), cell.copy(traces=on_disk(SPREAD)), cell.copy(power_policy="full")]
    assert {each.batch_key() for each in together} == {cell.batch_key()}
    assert len({each.batch_key() for each in [cell, *apart]}) == 8


def test_without_a_job_it_is_that_of_the_traces(on_disk):
    """If they come with one, which then is part of the id; otherwise one has to say which."""
    cell = Replay(traces=on_disk(TRACES, jobs=[JOB]), policy="default", recurrences=3).seal()
    assert cell.job == JOB
    assert cell.execute()["job"] == str(JOB)
    other = Replay(traces=on_disk(TRACES, jobs=[HARD]), policy="default", recurrences=3).seal()
    assert cell.id != other.id, "the traces are the same, the job that lies beside them is not"
    with pytest.raises(ReplayError, match="do not come with one job: none"):
        Replay(traces=on_disk(TRACES), policy="default").seal()


def test_groups_that_were_edited_since_the_plan_are_refused(on_disk, tmp_path):
    """Their result would be filed under the wrong id."""
    file = tmp_path / "groups.csv"
    make_groups().to_csv(file, index=False)
    cell = Replay(job=JOB, traces=on_disk(TRACES), policy="default", groups=file)
    assert cell.seal().id
    make_groups().iloc[:-1].to_csv(file, index=False)
    with pytest.raises(ConfigError, match=r"groups.csv has changed since"):
        cell.execute()


def test_a_row_says_that_its_traces_are_synthetic():
    """So that nobody takes it for a finding."""
    cell = Replay(job=simulator.read_traces(gpu="v100").jobs[0], traces="@v100", recurrences=3)
    assert (cell.execute()["synthetic"], cell.execute()["predicted"]) == (True, False)
