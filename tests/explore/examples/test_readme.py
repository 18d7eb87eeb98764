"""The comparison of the README has the same table, to the last byte, whoever runs its cells."""

from __future__ import annotations

import pytest

from simulator.explore import export_table, read_table
from simulator.explore.driver import run_grid

#: The example, with few seeds and resamples, on one GPU.
PLAN = """
import simulator
from simulator.explore.examples import readme

simulator.list_gpus = lambda: ["v100"]

@readme.Comparison
def explorer(launcher):
    readme.explorer(launcher.bind(n_seeds=6, resamples=4, resample_seeds=4, recurrences=20))
"""

KINDS = ("csv", "parquet", "html", "tex")


def tables(folder, plan, executor, **more):
    """Run the plan, and give its table in every format, as bytes."""
    run_grid(plan, folder=folder, executor=executor, **more)
    table = read_table(folder, "comparison")
    assert len(table) == 6
    return {kind: export_table(table, folder / f"table.{kind}").read_bytes() for kind in KINDS}


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A file of it; what it replaces is put back."""
    monkeypatch.setattr("simulator.list_gpus", None)
    file = tmp_path / "comparison.py"
    file.write_text(PLAN)
    return file


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the plan comes to in this very process, one cell after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.list_gpus", None, raising=False)
        folder = tmp_path_factory.mktemp("inline")
        (folder / "comparison.py").write_text(PLAN)
        return tables(folder / "grids", folder / "comparison.py", "inline")


def test_by_processes_it_is_the_same(plan, tmp_path, expected):
    """Executor ``pool``; and once more with nothing left to be run."""
    assert tables(tmp_path / "grids", plan, "pool", workers=2) == expected
    assert tables(tmp_path / "grids", plan, "pool", workers=2) == expected


def test_by_dask_it_is_the_same(plan, tmp_path, expected):
    """Executor ``dask``."""
    pytest.importorskip("distributed", reason="needs the extra dask")
    assert tables(tmp_path / "grids", plan, "dask", workers=2) == expected


@pytest.mark.usefixtures("slurm")
def test_by_slurm_it_is_the_same(plan, tmp_path, expected):
    """Executor ``slurm``."""
    assert tables(tmp_path / "grids", plan, "slurm", workers=2) == expected


def test_the_table_says_that_its_traces_are_synthetic(expected):
    """In every format, since nobody must take it for a finding."""
    assert "SYNTHETIC" in expected["html"].decode()
    assert "SYNTHETIC" in expected["tex"].decode()
    assert "SYNTHETIC" in expected["csv"].decode()
