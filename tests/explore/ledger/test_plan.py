"""A grid consists of what its plan makes."""

import json

import pytest
from small_ledgers import cell_id, described, plan, run

from simulator.errors import UnknownCellError
from simulator.explore.ledger import Ledger
from simulator.explore.ledger.planning import UNLINKED


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "sweep") as made:
        yield made


def test_new_cells_are_pending_in_plan_order(ledger):
    """Ten seeds are a row."""
    planned = plan(ledger, range(12))
    assert (planned.new, planned.known, planned.unlinked, planned.unchanged) == (12, 0, 0, False)
    assert ledger.todo("night") == [cell_id(n) for n in range(12)]
    rows = list(ledger.cells("night", content=True))
    assert [row.row for row in rows] == [0] * 10 + [1] * 2
    assert rows[11].position == 11
    assert rows[11].name == "eta=1_seed=1"
    assert json.loads(rows[11].content)["fields"] == {"seed": 1, "eta": 1}
    assert {row.reason for row in rows} == {"new"}
    assert ledger.grids()[0][2:] == (12, 2)


def test_the_same_plan_again_changes_nothing_and_describes_nothing(ledger):
    """Its digest is enough."""
    plan(ledger, range(3), digest="same")
    run(ledger, [0])
    again = ledger.plan("night", [cell_id(n) for n in range(3)], "same", lambda _: pytest.fail("described"))
    assert again.unchanged
    assert again.known == 3
    assert ledger.counts("night")["done"] == 1


def test_only_new_cells_are_described_if_the_others_are_labelled(ledger):
    """A longer plan costs what is new in it."""
    plan(ledger, range(5))
    asked = []

    def describe(at):
        asked.append(at)
        return described(at)

    ledger.plan("night", [cell_id(n) for n in range(7)], "longer", describe, lambda at: (f"cell {at}", "{}"))
    assert asked == [5, 6]
    assert [row.name for row in ledger.cells("night")][4:6] == ["cell 4", "eta=0_seed=5"]


def test_cells_that_a_plan_no_longer_makes_are_unlinked_and_their_results_stay(ledger):
    """What has not run does not run; what has is found again."""
    plan(ledger, range(4))
    run(ledger, [0, 1])
    assert plan(ledger, [1, 2]).unlinked == 2
    assert ledger.counts("night") == ledger.counts()
    assert ledger.counts()["done"] == 1
    assert plan(ledger, range(4)).known == 4
    assert [row.state for row in ledger.cells("night")] == ["done", "done", "pending", "pending"]


def test_a_cell_that_was_unlinked_is_planned_again_but_one_that_a_user_cancelled_is_not(ledger):
    """The reasons tell them apart."""
    plan(ledger, range(3))
    ledger.set_state([cell_id(0)], "cancelled", "by hand")
    plan(ledger, [2])
    assert ledger.attempts(cell_id(1)) == []
    plan(ledger, range(3))
    rows = list(ledger.cells("night"))
    assert [(row.state, row.reason) for row in rows] == [
        ("cancelled", "by hand"),
        ("pending", "planned again"),
        ("pending", "new"),
    ]
    assert UNLINKED not in {row.reason for row in rows}


def test_a_cell_of_two_grids_is_one_cell_with_two_names(ledger):
    """It runs once, and stays while one of them has it."""
    plan(ledger, range(3), grid="night")
    ledger.plan("day", [cell_id(1)], "d", lambda at: described(1, name="mine", tags='{"a": 1}'))
    assert [row.name for row in ledger.cells("day")] == ["mine"]
    assert [row.tags for row in ledger.cells("day")] == ['{"a": 1}']
    assert next(iter(ledger.cells("night", ids=[cell_id(1)]))).name == "eta=0_seed=1"
    plan(ledger, [0], grid="night")
    assert ledger.states("day") == {cell_id(1): "pending"}
    assert sum(ledger.counts().values()) == 2


def test_a_plan_that_raises_half_way_changes_nothing(ledger):
    """It is one transaction, and the error is the plan's own."""
    plan(ledger, range(3))

    def describe(at):
        if at == 4:
            raise FileNotFoundError(2, "No such file", "trace.csv")
        return described(at)

    with pytest.raises(FileNotFoundError):
        ledger.plan("night", [cell_id(n) for n in range(6)], "other", describe)
    assert len(ledger.todo("night")) == 3
    assert plan(ledger, range(4)).new == 1


def test_a_cell_in_the_place_of_another_says_what_differs(ledger):
    """An edited trace, a raised version, a nested configuration."""

    def content(sha256, version=1, nested="a"):
        traces = {"traces": {"gpu": "V100", "path": "x", "sha256": sha256}}
        fields = {"t": traces, "job": {"config": cell_id(nested)}}
        return json.dumps({"class": "plan.T", "version": version, "fields": fields, "meta": {}})

    def make(n, told, nested="a"):
        inner = json.dumps({"class": "plan.Job", "version": 1, "fields": {"size": nested}, "meta": {}})
        return described(n, slot_id=cell_id("same"), content=told, nested=[(cell_id(nested), inner)])

    contents = [
        make(1, content("0a" * 32)),
        make(2, content("0b" * 32)),
        make(3, content("0b" * 32, version=2)),
        make(4, content("0b" * 32, version=2, nested="b"), nested="b"),
    ]
    reasons = []
    for told in contents:
        ledger.plan("night", [told.id], told.id, lambda _, told=told: told)
        reasons += [row.reason for row in ledger.cells("night")]
    assert reasons == [
        "new",
        "t changed: x@V100 0a0a0a0a0a0a → x@V100 0b0b0b0b0b0b",
        "version changed: 1 → 2",
        "job.size changed: 'a' → 'b'",
    ]
    assert set(ledger.contents([cell_id("a"), cell_id("b"), contents[0].id, cell_id("none")])) == {
        cell_id("a"),
        cell_id("b"),
        contents[0].id,
    }


def test_an_unknown_grid_is_said_with_those_there_are(ledger):
    """And the one that was meant."""
    with pytest.raises(UnknownCellError, match="no grid is called 'night'; no plan was run here yet"):
        ledger.states("night")
    plan(ledger, [1])
    with pytest.raises(UnknownCellError, match="no grid is called 'nigth'; there are night; did you mean 'night'"):
        ledger.counts("nigth")
