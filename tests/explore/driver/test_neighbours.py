"""Plans that import what lies beside them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from simulator.explore.driver.grids import run_grid
from simulator.explore.plan import load_plan

PLAN = dedent("""\
    import beside_early
    from simulator.explore import Task, product

    class Square(Task):
        side_m: float

        def execute(self):
            import beside_late

            return {"area_m2": beside_late.area_m2(self.side_m)}

    def explorer(launcher):
        launcher(Square, product(side_m=beside_early.SIDES))
    """)


@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_workers_import_what_lies_beside_a_plan(tmp_path, executor):
    """Also what only a cell imports, when it runs; the folder of the grid keeps what the plan imported."""
    (tmp_path / "beside_early.py").write_text("SIDES = [1, 2, 3]\n")
    (tmp_path / "beside_late.py").write_text("def area_m2(side_m): return side_m**2\n")
    (tmp_path / "squares.py").write_text(PLAN)
    run = run_grid(tmp_path / "squares.py", folder=tmp_path / "grids", executor=executor)
    assert run.snapshot.counts.done == 3
    (tmp_path / "beside_early.py").unlink()
    kept = tmp_path / "grids" / "grids" / "squares"
    assert len(load_plan(kept / "plan.py").herd()) == 3
    (tmp_path / "squares.py").write_text(PLAN.replace("import beside_early\n", "").replace("beside_early.SIDES", "[4]"))
    (tmp_path / "beside_late.py").write_text("def area_m2(side_m): return side_m**2\n")
    assert run_grid(tmp_path / "squares.py", folder=tmp_path / "grids", executor=executor).new == 1
    assert list((kept / "beside").iterdir()) == []
