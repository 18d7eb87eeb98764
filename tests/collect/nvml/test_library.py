"""NVML is loaded when it is needed, and what it refuses becomes a typed error."""

from __future__ import annotations

import subprocess
import sys

import pynvml
import pytest

from simulator.collect.nvml import find_gpus, nvml, typed_error
from simulator.collect.nvml.library import ask, text
from simulator.errors import (
    GpuError,
    GpuLostError,
    GpuNotSupportedError,
    GpuPermissionError,
    NvmlMissingError,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (3, GpuNotSupportedError),
        (4, GpuPermissionError),
        (9, NvmlMissingError),
        (12, NvmlMissingError),
        (13, GpuNotSupportedError),
        (15, GpuLostError),
        (16, GpuLostError),
        (999, GpuError),
        (424242, GpuError),
    ],
)
def test_each_code_has_its_error_which_says_what_was_tried(code, kind):
    error = typed_error(code, "reading GPU 3")
    assert type(error) is kind
    assert str(error).startswith("reading GPU 3 failed: ")
    assert f"(NVML code {code})" in str(error)


def test_a_machine_without_a_driver_is_told_what_to_do(gpus):
    gpus.fault("driver_not_loaded")
    with pytest.raises(NvmlMissingError, match="install the NVIDIA driver") as told, nvml():
        pass
    assert "--" not in str(told.value)


def test_a_machine_without_the_library_is_told_so(monkeypatch):
    def missing():
        raise pynvml.NVMLError(12)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    with pytest.raises(NvmlMissingError, match=r"libnvidia-ml\.so\.1"), nvml():
        pass


def test_blocks_may_be_nested_and_the_outer_one_goes_on(gpus):
    with nvml():
        with nvml():
            pass
        assert len(find_gpus()) == len(gpus)
    assert ask("nvmlDeviceGetCount") == (None, 1)


def test_what_the_bindings_lack_is_a_function_not_found():
    assert ask("nvmlDeviceGetColour") == (None, 13)


def test_names_may_be_bytes_or_texts():
    assert text(b"NVIDIA A100") == text("NVIDIA A100") == "NVIDIA A100"
    assert text(None) is None


def test_importing_the_package_loads_no_bindings():
    code = "import sys, simulator.collect.nvml; sys.exit('pynvml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
