"""Simulated GPUs."""

from collect.conftest import make_gpus, stub_library

__all__ = ["make_gpus", "stub_library"]
