"""GPUs as NVML shows them: found by index, UUID or ``CUDA_VISIBLE_DEVICES``, read at rate, limited.

::

    codes ──▶ library ──▶ reader ──▶ slow ──▶ facts ──▶ device ──▶ select (find_gpus)

Nothing here loads NVML before `nvml` is entered, so that a machine without a driver can import all of it.
"""

from __future__ import annotations

from simulator.collect.nvml.device import Device, Limits
from simulator.collect.nvml.library import nvml, typed_error
from simulator.collect.nvml.reader import FastReader, FastReading
from simulator.collect.nvml.select import find_gpus
from simulator.collect.nvml.slow import SlowReading

__all__ = ["Device", "FastReader", "FastReading", "Limits", "SlowReading", "find_gpus", "nvml", "typed_error"]
