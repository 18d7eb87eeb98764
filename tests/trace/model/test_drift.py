"""Traces of a job that drifts: made again byte for byte, moved as asked, and of some consequence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import simulator
from simulator.cli import main
from simulator.errors import NotInTraceError, TraceError
from simulator.trace.directory import validate_directory
from simulator.trace.expected import expected_of_slices
from simulator.trace.model import Parameters, write_drift
from simulator.trace.model.drift import DRIFT, MOVABLE, SLICES, check_drift, curves, synthesize_drift

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture(scope="module")
def drifting() -> simulator.Traces:
    """The bundled traces that drift."""
    return simulator.read_traces("drift")


def test_the_readmes_command_makes_every_file_again(bundled: Path, tmp_path: Path) -> None:
    """Byte for byte, with the command that stands in the README, and nothing else lies there."""
    readme = (bundled / "drift" / "README.md").read_text(encoding="utf-8")
    command = "simulator trace drift traces/parameters.json --out traces/drift"
    assert f"```sh\n{command}\n```" in readme
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "parameters.json").write_bytes((bundled / "parameters.json").read_bytes())
    with pytest.MonkeyPatch.context() as here:
        here.chdir(tmp_path)
        main(command.split()[1:], standalone_mode=False)
    made = tmp_path / "traces" / "drift"
    assert sorted(file.name for file in made.iterdir()) == sorted(file.name for file in (bundled / "drift").iterdir())
    for file in made.iterdir():
        assert file.read_bytes() == (bundled / "drift" / file.name).read_bytes(), file.name


def test_a_reader_is_told_that_all_of_it_is_made_up(bundled: Path, drifting: simulator.Traces) -> None:
    """The README's first line, the description and the traces say SYNTHETIC; the README says that the drift is, too."""
    readme = (bundled / "drift" / "README.md").read_text(encoding="utf-8")
    assert "SYNTHETIC" in readme.splitlines()[0]
    assert "**So the drift is made up**" in readme
    assert "SYNTHETIC" in json.loads((bundled / "drift" / "trace.json").read_text(encoding="utf-8"))["description"]
    assert drifting.synthetic


def test_the_traces_are_whole(bundled: Path) -> None:
    """They pass validation without an error, and are small."""
    assert not any(report.errors for report in validate_directory(bundled / "drift").values())
    assert sum(file.stat().st_size for file in (bundled / "drift").iterdir()) < 150_000


def test_the_best_batch_size_moves(drifting: simulator.Traces) -> None:
    """Large at first, small at last; to stay with the first slices' choice costs a half more in the last ones."""
    (job,) = drifting.jobs
    table = drifting.table(job)
    energy, time = expected_of_slices(table)
    cost = (0.5 * energy + 0.5 * table.max_power_w * time).min(axis=2)
    best = table.batch_sizes[cost.argmin(axis=1)]
    assert len(best) == SLICES
    assert set(best[:12]) <= {64, 128}
    assert set(best[26:]) <= {16, 32}
    late = cost[26:].mean(axis=0)
    assert late[table.batch_sizes == 128].item() > 1.5 * late.min()


def test_the_default_reaches_its_target_in_every_run(drifting: simulator.Traces) -> None:
    """So that the default can be what others are compared with."""
    (job,) = drifting.jobs
    at_default = drifting.train[drifting.train["batch_size"] == job.default_bs]
    assert at_default["target_epoch"].max() <= job.max_epochs
    assert at_default["slice"].nunique() == SLICES


def test_a_policy_that_forgets_decides_otherwise(drifting: simulator.Traces) -> None:
    """With a window the same policy, with the same luck, leaves 128 sooner and pays some percent less.

    That is all that is seen: neither comes back to 16 or 32, the best sizes of the late slices, since pruning dropped
    them in the first slices. The means differ by more than four standard errors of the paired differences: by chance,
    once in 30,000 choices of the seeds.
    """
    (job,) = drifting.jobs
    total = {}
    for window in (0, 5):
        result = simulator.replay(
            job, drifting, policy="pruning-gts", window=window, seeds=range(200), draws="keyed", on_failure="keep"
        )
        through = simulator.compare.per_recurrence(result)
        total[window] = through.groupby("seed")["cost"].sum()
    difference = (total[0] - total[5]).dropna()
    assert len(difference) > 180
    assert (difference != 0).mean() > 0.5
    assert total[0].mean() * 0.01 < difference.mean() < total[0].mean() * 0.1
    assert difference.mean() > 4 * difference.std() / np.sqrt(len(difference))


def test_a_curve_is_moved_by_the_factors_that_were_asked(parameters: Parameters) -> None:
    """Evenly over the slices, evenly in the logarithm between them; a spread is raised and never lowered."""
    fitted = parameters.workload("sentiment140").target(0.84)
    moved = curves(fitted, slices=5, drift={"floor_epochs": (1.0, 4.0, 1.0)}, spread=0.1)
    assert [each.floor_epochs / fitted.floor_epochs for each in moved] == pytest.approx([1, 2, 4, 2, 1], rel=1e-5)
    assert {each.critical_size for each in moved} == {fitted.critical_size}
    assert set(moved[0].spreads) == {0.1}
    wide = curves(moved[0], slices=2, drift={}, spread=0.05)
    assert set(wide[0].spreads) == {0.1}


def test_other_jobs_drift_as_well(parameters: Parameters, tmp_path: Path) -> None:
    """Any stock job on any GPU; the README says what was asked for, and the command does it again."""
    asked = {"dataset": "squad", "gpu": "a40", "slices": 4, "drift": {"critical_size": [1, 0.5]}, "runs": 3}
    write_drift(parameters, tmp_path, **asked, spread=0.0, seed=7, source="p.json")
    traces = simulator.read_traces(tmp_path)
    assert [job.dataset for job in traces.jobs] == ["squad-drift"]
    assert traces.train.groupby(["slice", "batch_size"]).size().unique().tolist() == [3]
    words = "--job squad --gpu a40 --slices 4 --spread 0.0 --seed 7 --runs 3 --drift critical_size=1,0.5"
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"simulator trace drift p.json {words} --out {tmp_path}" in readme


def test_slices_have_their_own_luck(parameters: Parameters) -> None:
    """Without drift slices differ by luck alone, and the first ones do not hang on how many follow."""

    def drawn(slices: int) -> pd.DataFrame:
        train, _ = synthesize_drift(
            parameters, dataset="squad", gpu="v100", slices=slices, drift={}, spread=0.3, seed=1, runs=6
        )
        return train

    train = drawn(4)
    of_slices = [rows["target_epoch"].tolist() for _, rows in train.groupby("slice")]
    assert len({tuple(epochs) for epochs in of_slices}) == 4
    assert drawn(2).equals(train[train["slice"] < 2])


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"dataset": "sentiment"}, NotInTraceError, "did you mean 'sentiment140'"),
        ({"gpu": "v10"}, NotInTraceError, "did you mean 'v100'"),
        ({"slices": 1}, TraceError, "slices"),
        ({"spread": -1.0}, TraceError, "spread is -1"),
        ({"drift": {"critical": [1]}}, TraceError, "did you mean 'critical_size'"),
        ({"drift": {"critical_size": []}}, TraceError, "factors above 0"),
        ({"drift": {"critical_size": [1, 0]}}, TraceError, "factors above 0"),
        ({"drift": {"critical_size": 2}}, TraceError, "factors above 0"),
        ({"drift": {"floor_epochs": [1, 9]}}, TraceError, "does not reach its target with its default"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    parameters: Parameters, tmp_path: Path, asked: dict[str, object], error: type[Exception], says: str
) -> None:
    """The message names what exists; the directory stays empty."""
    with pytest.raises(error, match=says):
        write_drift(parameters, tmp_path, **asked)
    assert list(tmp_path.iterdir()) == []


def test_what_can_move_are_numbers_of_the_curve() -> None:
    """The bundled drift is one that anybody could ask for."""
    assert list(check_drift(DRIFT)) == [name for name in MOVABLE if name in DRIFT]
