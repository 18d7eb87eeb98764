"""GPUs are found by index, UUID and environment; what does not exist is refused with what does."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from simulator.collect.nvml import find_gpus, nvml
from simulator.errors import GpuError, GpuLostError, GpuNotSupportedError, NvmlMissingError


@pytest.fixture
def three(make_gpus, monkeypatch):
    """Three GPUs, while NVML is in use."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    gpus = make_gpus(manual=True, gpus=3)
    with nvml():
        yield gpus


def indices(wanted=None, **words):
    return [gpu.index for gpu in find_gpus(wanted, **words)]


def test_all_are_found_unless_the_environment_says_otherwise(three):
    assert indices() == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([2, 0], [2, 0]),
        (["1"], [1]),
        (["GPU-00000002-5150-4e56-4d4c-000000000002"], [2]),
        (["gpu-00000001"], [1]),
        ([], []),
    ],
)
def test_they_are_found_by_index_uuid_and_its_beginning_in_the_order_asked(three, wanted, found):
    assert indices(wanted) == found


@pytest.mark.parametrize(
    ("value", "found"), [("2,0", [2, 0]), (" 1 , GPU-00000000 ", [1, 0]), ("0,-1,1", [0]), ("0,,1", [0])]
)
def test_the_environment_is_read_as_cuda_reads_it(three, monkeypatch, value, found):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert indices() == found
    assert indices([1]) == [1]


@pytest.mark.parametrize("value", ["", "-1", "NoDevFiles"])
def test_an_environment_that_hides_all_is_an_error_that_lists_them(three, monkeypatch, value):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    with pytest.raises(GpuError, match=r"hides every GPU.*GPU-00000001-"):
        find_gpus()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([3], "there is no GPU 3; there are: 0: "),
        (["GPU-ff"], "there is no GPU GPU-ff"),
        ([-1], "there is no GPU -1"),
        (["GPU-0"], "fits several GPUs"),
        ([""], "there is no GPU"),
        ([0, "GPU-00000000"], "named twice"),
    ],
)
def test_what_is_not_one_gpu_is_refused(three, wanted, message):
    with pytest.raises(GpuError, match=message):
        find_gpus(wanted)


def test_a_bad_name_in_the_environment_says_where_it_stands(three, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,7")
    with pytest.raises(GpuError, match="there is no GPU 7 in CUDA_VISIBLE_DEVICES='0,7'"):
        find_gpus()


def test_mig_instances_are_refused(three):
    with pytest.raises(GpuNotSupportedError, match="MIG instance"):
        find_gpus(["MIG-11111111-2222-3333-4444-555555555555"])


@pytest.mark.parametrize(("knob", "message"), [("mig", "divided by MIG"), ("module_scope", "module only")])
def test_shared_sensors_are_refused_unless_allowed(three, knob, message):
    three.set(gpu=1, **{knob: 1})
    assert indices([0, 2]) == [0, 2]
    with pytest.raises(GpuNotSupportedError, match=f"GPU 1 .*{message}.*--allow-shared-sensor"):
        find_gpus()
    assert indices(allow_shared_sensor=True) == [0, 1, 2]


def test_a_lost_gpu_does_not_hide_the_others(three, caplog):
    three.fault("lost", gpu=1)
    with caplog.at_level(logging.WARNING, "simulator.collect"):
        assert indices() == [0, 2]
    assert "going on without it" in caplog.text
    three.fault("lost", gpu=None)
    with pytest.raises(GpuLostError):
        find_gpus()


def test_different_gpus_by_number_are_warned_about(three, monkeypatch, caplog):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    find_gpus()
    assert not caplog.records
    three.text(gpu=2, name="NVIDIA T400")
    find_gpus()
    assert "better name GPUs by UUID" in caplog.text


def test_a_driver_that_knows_no_gpu_is_as_none(make_gpus):
    make_gpus(gpus=0)
    with nvml(), pytest.raises(NvmlMissingError, match="knows no GPU"):
        find_gpus()


@pytest.mark.parametrize(("wanted", "found"), [(1, [1]), ("GPU-00000002", [2]), ("2", [2]), ((0, 1), [0, 1])])
def test_one_gpu_needs_no_list(three, wanted, found):
    assert indices(wanted) == found


def test_numbers_of_numpy_are_numbers(three):
    assert indices(np.arange(2)) == [0, 1]


@pytest.mark.parametrize("wanted", [1.5, [1.0], [True], [None], float("nan"), [b"GPU-00000001"]])
def test_what_is_neither_a_number_nor_a_text_names_no_gpu(three, wanted):
    with pytest.raises(GpuError, match="names no GPU; give its number in NVML, or its UUID"):
        find_gpus(wanted)
