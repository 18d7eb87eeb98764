"""The runs of a plan: which, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fabricated import COMMAND, a_job, a_plan
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.plan import Measure, Range
from simulator.errors import PlanError


def cells(specs, kind):
    """Batch size and limit of each run of a kind that is no check."""
    return [(spec.batch_size, spec.power_limit_w) for spec in specs if spec.kind == kind and not spec.drift_check]


def test_epochs_first_then_power():
    """Targets at one limit, the highest; then every limit from the highest down."""
    specs = a_plan(seeds=(3, 4)).runs()
    assert cells(specs, "epochs") == [(8, 300), (8, 300), (16, 300), (16, 300)]
    assert cells(specs, "power") == [(8, 300), (8, 200), (16, 300), (16, 200)]
    assert [spec.kind for spec in specs] == ["epochs"] * 4 + ["power"] * 6
    assert {spec.seed for spec in specs if spec.kind == "power"} == {3}


def test_each_batch_size_returns_to_its_first_limit():
    """To see whether the numbers have moved meanwhile; not where there is one limit only."""
    checks = [spec for spec in a_plan().runs() if spec.drift_check]
    assert [(spec.batch_size, spec.power_limit_w, spec.kind) for spec in checks] == [
        (8, 300, "power"),
        (16, 300, "power"),
    ]
    assert not any(spec.drift_check for spec in a_plan(power_limits_w=(300,)).runs())
    assert not any(spec.drift_check for spec in a_plan(measure=Measure(drift_check=False)).runs())


def test_the_full_product_is_one_pass():
    """Every batch size, limit, seed and slice to the target."""
    job = a_job(command=[*COMMAND, "{slice_number}"])
    specs = a_plan(job=job, full=True, slices=(0, 1)).runs()
    made = {(s.batch_size, s.power_limit_w, s.seed, s.slice) for s in specs if s.kind == "full"}
    assert len(made) == 2 * 2 * 2 * 2 == len(cells(specs, "full"))
    assert not cells(specs, "epochs")


def test_shuffled_limits_are_the_same_each_time():
    """A seed decides; another one decides otherwise."""
    limits = tuple(range(100, 400, 10))
    orders = [
        cells(a_plan(power_limits_w=limits, order="shuffled", order_seed=seed).runs(), "power") for seed in (0, 0, 1)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2]) == [(size, limit) for size in (8, 16) for limit in limits]


def test_commands_say_what_is_run():
    """Learning rates follow the batch size; epochs are those that the run may take."""
    job = a_job(command=[*COMMAND, "{power_limit}"])
    specs = a_plan(job=job, measure=Measure(max_power_epochs=9)).runs()
    assert specs[0].command == ("python", "train.py", "8", "0.05", "0", "6", "300")
    assert specs[-1].command == ("python", "train.py", "16", "0.1", "0", "9", "300")


def test_a_learning_rate_may_be_given():
    """Where no rule fits."""
    plan = a_plan(job=a_job(optimizer="lion", default_lr=None), learning_rates={8: 0.5, 16: 0.25})
    assert [spec.learning_rate for spec in plan.runs() if spec.kind == "epochs"] == [0.5, 0.5, 0.25, 0.25]


def test_a_command_that_names_the_limit_needs_one():
    """Not the word None."""
    plan = a_plan(job=a_job(command=[*COMMAND, "{power_limit}"]), power_limits_w=None)
    assert plan.runs(present_w=250)[0].command[-1] == "250"
    with pytest.raises(PlanError, match="no limit is known"):
        plan.runs()


@given(
    seeds=st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
    limits=st.lists(st.integers(100, 300), min_size=1, max_size=4, unique=True),
    full=st.booleans(),
)
def test_no_two_runs_are_alike(seeds, limits, full):
    """A key names one run, and depends on all that the run depends on."""
    specs = a_plan(seeds=seeds, power_limits_w=limits, full=full).runs(["GPU-1"])
    assert len({spec.key for spec in specs}) == len(specs)


@pytest.mark.parametrize(
    "change",
    [
        {"command": ("python", "other.py")},
        {"batch_size": 9},
        {"power_limit_w": 100},
        {"seed": 9},
        {"slice": 9},
        {"learning_rate": 9.0},
        {"kind": "power"},
        {"epochs": 9},
        {"gpu_uuids": ("GPU-2",)},
        {"drift_check": True},
    ],
)
def test_a_key_depends_on_everything(change):
    """What differs in anything is another run."""
    spec = a_plan().runs(["GPU-1"])[0]
    assert replace(spec, **change).key != spec.key
    assert replace(spec).key == spec.key


def limits_of(plan, **asked):
    """Limits of the power runs."""
    return [limit for size, limit in cells(plan.runs(**asked), "power") if size == 8]


def test_limits_as_the_gpu_has_them():
    """All that it takes, a part of it, or the one that is set."""
    assert limits_of(a_plan(power_limits_w="all"), range_w=(100, 180)) == [180, 155, 130, 105]
    assert limits_of(a_plan(power_limits_w=Range(to=150, step=20)), range_w=(100, 200)) == [200, 180, 160]
    assert limits_of(a_plan(power_limits_w=Range(from_=300, to=200, step=50))) == [300, 250, 200]
    assert limits_of(a_plan(power_limits_w=Range(from_=200, to=310, step=50))) == [300, 250, 200]
    assert limits_of(a_plan(power_limits_w="all"), range_w=(100, 175)) == [175, 150, 125, 100]
    assert limits_of(a_plan(power_limits_w=None), present_w=220) == [220]
    assert limits_of(a_plan(power_limits_w=None)) == [None]


def test_limits_that_nobody_knows_are_refused():
    """A plan that depends on a GPU cannot be laid out without one."""
    with pytest.raises(PlanError, match="list the limits"):
        a_plan(power_limits_w="all").runs()


def test_limits_out_of_range_are_refused_or_moved():
    """Moved only when told."""
    with pytest.raises(PlanError, match=r"300, but this GPU takes 100 to 250 W"):
        a_plan().runs(range_w=(100, 250))
    assert limits_of(a_plan(measure=Measure(clip=True)), range_w=(100, 250)) == [250, 200]


def test_limits_that_are_moved_to_the_same_one_are_one():
    """Else its runs would be made twice, and share a key."""
    plan = a_plan(power_limits_w=(400, 300, 200, 50), measure=Measure(clip=True))
    assert limits_of(plan, range_w=(200, 250)) == [250, 200]


def test_observing_leaves_the_limit_alone(caplog):
    """Only the present one is measured, and what is not is said."""
    specs = a_plan().runs(present_w=200, observe=True)
    assert {spec.power_limit_w for spec in specs} == {200}
    assert "not measured at 300 W" in caplog.text


def test_without_a_gpu_no_limit_is_set():
    """Times only."""
    assert {spec.power_limit_w for spec in a_plan(power_limits_w="all").runs(no_gpu=True)} == {None}
