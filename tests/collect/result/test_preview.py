"""What a collection would do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from fabricated import a_plan, collect_into

from simulator.collect.result import known_limits, preview
from simulator.errors import PlanError

PLAN = a_plan()


def test_a_preview_knows_what_is_made(tmp_path):
    """It lists the rest, and the epochs that are there say how long they take."""
    collect_into(tmp_path, PLAN, change=lambda result: result if result.spec.batch_size == 16 else None)
    found = preview(PLAN, tmp_path)
    assert (len(found.runs), found.made) == (5, 5)
    assert {spec.batch_size for spec in found.runs} == {8}
    assert found.estimate.basis == "epochs measured at batch size 16; scaled from the nearest at 8"
    assert not preview(PLAN, tmp_path / "none").made


def test_batch_sizes_that_do_not_fit_are_left_out(tmp_path):
    """A collection skips them, and so do its list and its estimate."""

    def change(result):
        if result.spec.batch_size == 8:
            return None
        first = (result.spec.kind, result.spec.seed) == ("epochs", 0)
        return replace(result, status="infeasible", reason="out of memory", epochs=()) if first else None

    collect_into(tmp_path, PLAN, change=change)
    found = preview(PLAN, tmp_path)
    assert {spec.batch_size for spec in found.runs} == {8}
    assert (len(found.runs), found.made, found.skipped, found.estimate.runs) == (5, 1, 4, 5)


def test_limits_are_those_of_the_gpu(tmp_path, make_gpus):
    """All that it takes where the plan says so; the one that is set when observing."""
    make_gpus(min_w=150, max_w=250, default_w=225)
    found = preview(a_plan(power_limits_w="all"), tmp_path)
    assert {spec.power_limit_w for spec in found.runs} == {250, 225, 200, 175, 150}
    assert {spec.power_limit_w for spec in preview(PLAN, tmp_path, observe=True).runs} == {225}
    assert found.runs[0].gpu_uuids[0].startswith("GPU-")


def test_listed_limits_need_no_gpu(tmp_path, monkeypatch):
    """A plan can be looked at on any machine; one that depends on a GPU says so."""
    monkeypatch.setattr("simulator.collect.nvml.find_gpus", lambda *a, **k: pytest.fail("looked for a GPU"))
    assert len(preview(PLAN, tmp_path).runs) == 10
    assert len(preview(a_plan(power_limits_w="all"), tmp_path, no_gpu=True).runs) == 6


def test_limits_that_depend_on_a_gpu_need_one(tmp_path, no_nvml):
    """The present limit is whatever it will be; a range of all limits cannot be laid out."""
    assert {spec.power_limit_w for spec in preview(a_plan(power_limits_w=None), tmp_path).runs} == {None}
    with pytest.raises(PlanError, match="list the limits"):
        preview(a_plan(power_limits_w="all"), tmp_path)


@pytest.fixture
def no_nvml(monkeypatch):
    """A machine without a driver."""
    from simulator.errors import NvmlMissingError

    def missing():
        raise NvmlMissingError("no driver")

    monkeypatch.setattr("simulator.collect.nvml.nvml", missing)


@dataclass
class Limits:
    """What a GPU says."""

    min_mw: int | None = 100_000
    max_mw: int | None = 300_000
    requested_mw: int | None = 250_000
    enforced_mw: int | None = 240_000


def known(*each):
    """Limits of GPUs that say this."""
    return known_limits([type("Gpu", (), {"limits": lambda self, said=said: said})() for said in each])


def test_several_gpus_share_what_all_take():
    """The least of what is enforced, and the range that all have, in whole watts."""
    assert known(Limits()) == (240, (100, 300))
    assert known(Limits(), Limits(min_mw=120_500, max_mw=250_900, enforced_mw=200_000)) == (200, (121, 250))
    assert known(Limits(enforced_mw=None)) == (250, (100, 300))
    assert known(Limits(), Limits(max_mw=None, enforced_mw=None, requested_mw=None)) == (None, None)
    assert known() == (None, None)
