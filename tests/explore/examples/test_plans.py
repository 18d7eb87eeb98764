"""The plans to start from do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from nvml_stub import SimulatedGpus, build, compiler
from quick_collections import TESTS, a_plan, write_plan

import simulator.explore.examples
from simulator.explore import load_plan, read_table
from simulator.explore.driver import Race, run_grid

FOLDER = Path(simulator.explore.examples.__file__).parent
PLANS = sorted(file.stem for file in FOLDER.glob("[a-z]*.py"))


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Tokens of these tests alone, in a folder where plans find their files."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PLANS)
def test_each_makes_the_cells_that_its_text_tells_of(state, name):
    """How many, and each one once; and it is short enough to be read."""
    write_plan(a_plan(), state / "digits.toml")
    herd = load_plan(FOLDER / f"{name}.py").herd()
    assert len(herd) == {"collection": 61, "own_task": 16, "policies": 3600, "readme": 24}[name]
    assert not herd.n_duplicates
    text = (FOLDER / f"{name}.py").read_text()
    assert len(text.splitlines()) <= 60
    assert f"simulator grid run {name}.py" in text


def test_a_task_of_ones_own_waits_for_others(state):
    """The thriftiest policy is known once all have run."""
    run_grid(FOLDER / "own_task.py", folder=state / "grids", executor="pool", workers=3)
    table = read_table(state / "grids")
    assert table["done"].tolist() == [5, 5, 5, 1], "seeds are one row"
    last = table.iloc[-1]
    assert last["thriftiest"] == "unimodal-ucb"
    assert last["energy_mj"] == table["energy_mj"].min()


def test_policies_can_be_raced(state):
    """What is surely dominated is stopped; what is left has all its seeds."""
    run = run_grid(FOLDER / "policies.py", folder=state / "grids", executor="pool", workers=2, race=Race("cost"))
    assert run.counts.stopped > 0
    assert run.counts.done + run.counts.stopped == 3600
    table = read_table(state / "grids")
    assert len(table) == 72
    best = table.loc[table.groupby(["job", "eta"])["cost"].idxmin()]
    assert (best["done"] == 50).all()


def test_what_is_collected_is_replayed(state, monkeypatch):
    """On a simulated GPU: three policies replay the traces that the collection has made."""
    if compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang would build the simulated GPU")
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpus = SimulatedGpus(state, library=build(state / "nvml"), update_ms=20, window_ms=20)
    for variable, value in gpus.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("GPUS", gpus.uuid())
    tiny = a_plan(batch_sizes=(8,), limits=(300,), epoch_s=0.1, epochs=1, warm_up_epochs=0, min_window_s=0.2)
    write_plan(tiny, state / "digits.toml")
    run = run_grid(FOLDER / "collection.py", folder=state / "grids", executor="pool", workers=2)
    assert run.counts.done == 61
    table = read_table(state / "grids")
    assert table["done"].tolist() == [1, 20, 20, 20], "a collection, and a row for each policy"
    assert (table["runs"].iloc[1:] >= 40).all()
