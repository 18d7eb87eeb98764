"""What can go wrong when traces are collected."""

from __future__ import annotations

from simulator.errors.base import SimulatorError

__all__ = [
    "CollectError",
    "EventError",
    "FrameworkMissingError",
    "GpuError",
    "GpuInUseError",
    "GpuLostError",
    "GpuNotSupportedError",
    "GpuPermissionError",
    "NvmlMissingError",
    "PlanError",
    "SampleError",
    "SamplerError",
]


class CollectError(SimulatorError, RuntimeError):
    """Traces could not be collected."""


class PlanError(CollectError, ValueError):
    """A plan lacks something or contradicts itself."""


class EventError(CollectError, ValueError):
    """What a training script reported cannot be understood."""


class SampleError(CollectError, ValueError):
    """Recorded samples cannot be read, or do not cover what was asked for."""


class FrameworkMissingError(CollectError, ImportError):
    """A library that an adapter or an example is for is not installed."""


class SamplerError(CollectError, ChildProcessError):
    """The process that reads the sensors died or does not answer."""


class GpuError(CollectError, OSError):
    """A GPU, or its driver, refused."""


class NvmlMissingError(GpuError, FileNotFoundError):
    """NVML is not on this machine: no driver, or no GPU."""


class GpuPermissionError(GpuError, PermissionError):
    """Only an administrator may do this to a GPU."""


class GpuInUseError(GpuError, BlockingIOError):
    """Another collection holds the GPU."""


class GpuNotSupportedError(GpuError, NotImplementedError):
    """The GPU cannot do what was asked of it."""


class GpuLostError(GpuError, ConnectionError):
    """The GPU does not answer any more."""
