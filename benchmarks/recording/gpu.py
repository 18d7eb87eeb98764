"""Which GPU it is, and whether it is a real one."""

from __future__ import annotations

import os

import pynvml

from simulator.collect.finalize.gpu_key import gpu_key
from simulator.collect.nvml import find_gpus

__all__ = ["identify", "is_simulated", "key_of"]


def identify(gpu):
    """Find one GPU by index or UUID, while NVML is in use."""
    return find_gpus([int(gpu) if gpu.isdigit() else gpu])[0]


def is_simulated(device):
    """Whether a GPU is simulated: its library is the tests' one, or it says so itself."""
    own_words = [device.name, *(device.facts()[key] for key in ("serial", "board_part", "driver", "nvml"))]
    says_so = any("simulated" in str(word).lower() for word in own_words)
    return says_so or "NVML_STUB_STATE" in os.environ or hasattr(pynvml.nvmlLib, "stub_create")


def key_of(device):
    """Name the GPU as files do."""
    return gpu_key([device.name])
