"""The same sweep as jobs of a real Slurm: the same table, and jobs that outlive their driver are found again."""

from __future__ import annotations

import pandas as pd
import pytest
from tiny_sweep import cells, results, start_run, wait_for, write_plan

from simulator.errors import ExploreError
from simulator.explore import run_grid
from simulator.explore.executors.slurm import Slurm
from simulator.explore.ledger import Ledger
from simulator.explore.tokens import Holder, Leases, Token, TokenUse

pytestmark = pytest.mark.usefixtures("slurm")


def test_the_table_is_the_one_of_this_machine(tmp_path, folder):
    """To the bit; cells are spread over as many jobs as the plan says."""
    plan = write_plan(tmp_path / "plan.py", rows=4)
    run_grid(plan, folder=tmp_path / "inline", executor="inline")
    source = plan.read_text().replace("launcher.bind(Tiny)", "launcher.slurm(array_parallelism=2).bind(Tiny)")
    plan.write_text(source)
    run = run_grid(plan, folder=folder, executor=Slurm(grace_s=1.0))
    assert run.counts.done == 12
    pd.testing.assert_frame_equal(results(folder), results(tmp_path / "inline"), check_exact=True)
    with Ledger.open(folder, write=False) as ledger:
        assert len({ledger.attempts(cell.id)[0].chunk for cell in cells(folder)}) == 2


@pytest.fixture
def orphans(tmp_path, folder):
    """Jobs of a driver that was killed, and their plan."""
    plan = write_plan(tmp_path / "plan.py", rows=2, seeds=2, wait_s=2.0)
    process = start_run(plan, folder, executor="slurm", workers=8)

    def runs():
        try:
            with Ledger.open(folder, write=False) as ledger:
                return any(chunk.job for chunk in ledger.running())
        except OSError:
            return False

    wait_for(runs, timeout_s=60)
    process.kill()
    process.communicate()
    return plan


def test_jobs_that_outlive_their_driver_are_found_again(orphans, folder):
    """Nothing that runs already is begun a second time."""
    run = run_grid(orphans, folder=folder, executor=Slurm(grace_s=1.0))
    assert run.counts.done == 4
    assert {cell.attempts for cell in cells(folder)} == {1}


def test_jobs_that_outlive_their_driver_end_if_the_next_one_runs_their_cells_elsewhere(orphans, folder, slurm_server):
    """They would compute in vain, and might keep tokens from those who compute now."""
    with Ledger.open(folder, write=False) as ledger:
        (chunk, *_) = ledger.running()
    desk = TokenUse(Token("desk", 1), 1)
    assert Leases().acquire([desk], [Holder.remote(chunk.key)], what=f"{folder}/{chunk.key}")
    run = run_grid(orphans, folder=folder, executor="pool", workers=2)
    assert Leases().find() == []
    assert run.counts.done == 4
    assert slurm_server.ask("squeue", "--noheader", "--states=CANCELLED").strip()
    assert not [note.name for note in (folder / "logs" / "slurm").glob("*.chunk")]


def test_settings_of_slurm_that_the_plan_leaves_open_are_said_beside_it(tmp_path, folder):
    """On the command line, say, as ``--set partition=batch``; the plan's own word wins."""
    plan = write_plan(tmp_path / "plan.py", rows=2)
    with pytest.raises(ExploreError, match="nowhere"):
        run_grid(plan, folder=folder, executor="slurm", settings={"partition": "nowhere"})
    with pytest.raises(ExploreError, match=r"Slurm has no setting 'particion'; it has .*partition.*did you mean 'part"):
        run_grid(plan, folder=folder, executor="slurm", settings={"particion": "batch"})
    run = run_grid(plan, folder=folder, executor="slurm", settings={"time_min": 5, "workers": 2})
    assert run.counts.done == run.counts.total > 0
    scripts = [path.read_text() for path in (folder / "logs" / "slurm").rglob("*submission.sh")]
    assert any("--time=5" in script for script in scripts)
