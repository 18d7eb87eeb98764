"""From results to traces: the same valid files whatever happened before, and all that is known in tables."""

from __future__ import annotations

import pandas as pd
import pytest
from fabricated import a_plan, collect_into

from simulator.collect.finalize import finalize
from simulator.collect.plan import Measure
from simulator.errors import CollectError
from simulator.trace.directory import validate_directory


def all_bytes(out):
    """Content of every file that finalizing leaves."""
    return {
        str(file.relative_to(out)): file.read_bytes() for name in ("trace", "tables") for file in (out / name).iterdir()
    }


def test_twice_and_in_any_order_gives_the_same_bytes(tmp_path):
    """Results decide, not the order in which they were made, nor what an earlier time left."""
    contents = []
    for seed in range(3):
        out = tmp_path / str(seed)
        collect_into(out, a_plan(targets=[0.7]), order_seed=seed)
        finalize(out)
        contents.append(all_bytes(out))
        finalize(out)
        contents.append(all_bytes(out))
    assert all(content == contents[0] for content in contents)
    assert len(contents[0]) == 9


def test_files_of_an_earlier_time_go(tmp_path):
    """Else two power traces would lie there, one of them stale."""
    collect_into(tmp_path, a_plan(measure=Measure(gpu_key="mine")))
    assert finalize(tmp_path).gpu == "mine"
    collect_into(tmp_path, a_plan(seeds=(5,)))
    finalize(tmp_path)
    assert sorted(file.name for file in (tmp_path / "trace").glob("power*")) == ["power_a100-sxm4-80gb.csv"]


def test_traces_are_valid(tmp_path):
    """By the rules for everybody's traces; few runs are the only thing to be said."""
    collect_into(tmp_path, a_plan(targets=[0.7, 0.8]))
    reports = validate_directory(finalize(tmp_path).trace)
    assert {file.name for file in reports} >= {"train.csv", "power_a100-sxm4-80gb.csv", "trace.json"}
    problems = [problem.message for report in reports.values() for problem in report.problems]
    assert [message.split(":")[0] for message in problems] == ["fewer than 3 runs"]


def test_all_that_is_known_is_in_the_tables(tmp_path):
    """Every run, be it made or not, and every epoch with its windows."""
    specs = collect_into(tmp_path, a_plan(), change=lambda result: result if result.spec.seed == 0 else None)
    finalize(tmp_path)
    runs = pd.read_parquet(tmp_path / "tables" / "runs.parquet")
    assert runs["key"].tolist() == [spec.key for spec in specs]
    assert runs["status"].value_counts().to_dict() == {"done": 8, "missing": 2}
    epochs = pd.read_parquet(tmp_path / "tables" / "epochs.parquet")
    assert len(epochs) == 2 * 6 + 6 * 4
    assert (epochs["whole_uncertainty_j"] == epochs["whole_energy_j"] / 256).all()
    assert set(epochs["whole_source"]) == {"counter"}


def test_a_folder_without_a_collection_is_refused(tmp_path):
    """Nothing is written there."""
    with pytest.raises(CollectError, match="holds no collection"):
        finalize(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_verb_has_the_name_of_its_room():
    """`simulator.collect.finalize(out)` works, whatever was imported before."""
    import simulator.collect

    with pytest.raises(CollectError, match="holds no collection"):
        simulator.collect.finalize("/none")
