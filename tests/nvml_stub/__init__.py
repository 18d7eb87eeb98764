"""Simulated GPUs behind the real NVML bindings: a ``libnvidia-ml.so.1`` built from C, and its handle for tests.

All processes that are started with `SimulatedGpus.environment` see the same GPUs. True power is piecewise constant
(with a square ripple if asked for), and every sensor is derived from the true energy, which tests can ask for.
"""

from __future__ import annotations

from nvml_stub.building import build, compiler
from nvml_stub.clock import ManualClock
from nvml_stub.gpus import SimulatedGpus

__all__ = ["ManualClock", "SimulatedGpus", "build", "compiler"]
