"""What a simulated GPU is: its numbers, texts and processes, which tests may change at any time."""

from __future__ import annotations

import ctypes

#: What a GPU is unless a test says otherwise: numbers of model.h by name.
DEFAULTS = {
    "update_ns": 100_000_000,
    "window_ns": 25_000_000,
    "average_ns": 1_000_000_000,
    "samples_ns": 20_000_000,
    "counter_gain_ppm": 1_000_000,
    "instant_gain_ppm": 1_000_000,
    "average_gain_ppm": 1_000_000,
    "counter_offset_mj": 7_000_000,
    "min_mw": 100_000,
    "max_mw": 400_000,
    "default_mw": 400_000,
    "ceiling_mw": 2**40,
    "idle_mw": 60_000,
    "thermal_fields": 269,
    "ambient_mc": 25_000,
    "mc_per_w": 120,
    "tau_ns": 30_000_000_000,
    "sm_mhz": 1980,
    "memory_mhz": 2619,
    "memory_total_b": 80 * 2**30,
    "memory_used_b": 500 * 2**20,
}

#: Arguments in other units than the library's.
UNITS = {"update_ms": ("update_ns", 1e6), "window_ms": ("window_ns", 1e6), "phase_ms": ("phase_ns", 1e6)}
UNITS |= {"idle_w": ("idle_mw", 1e3), "min_w": ("min_mw", 1e3), "max_w": ("max_mw", 1e3)}
UNITS |= {"default_w": ("default_mw", 1e3), "ceiling_w": ("ceiling_mw", 1e3), "noise_w": ("noise_mw", 1e3)}
UNITS |= {"limit_delay_ms": ("limit_delay_ns", 1e6), "counter_gain": ("counter_gain_ppm", 1e6)}
UNITS |= {"instant_gain": ("instant_gain_ppm", 1e6), "average_gain": ("average_gain_ppm", 1e6)}
UNITS |= {"zero_gap_ms": ("zero_gap_ns", 1e6)}


class Knobs:
    """Numbers and texts of GPUs; a subclass opens ``_calls`` and ``_state``."""

    def set(self, *, gpu=0, **knobs):
        """Change numbers of a GPU, by their names in model.h or in ``UNITS``."""
        for name, value in knobs.items():
            known, factor = UNITS.get(name, (name, 1))
            if self._calls.stub_set(self._state, gpu, known.encode(), round(value * factor)):
                raise ValueError(f"a simulated GPU has no {name!r}")

    def get(self, name, gpu=0):
        """Read a number of a GPU by its name in model.h."""
        return self._calls.stub_get(self._state, gpu, name.encode())

    def text(self, *, gpu=0, **texts):
        """Change name, uuid, serial, vbios, part or pci."""
        for name, value in texts.items():
            if self._calls.stub_text(self._state, gpu, name.encode(), value.encode()):
                raise ValueError(f"a simulated GPU has no {name!r}")

    def set_pids(self, pids, gpu=0):
        """Say which processes compute on the GPU, besides foreign ones."""
        pids = list(pids)
        self._calls.stub_pids(self._state, gpu, (ctypes.c_int64 * len(pids))(*pids), len(pids))

    def persistence(self, gpu=0):
        """Whether persistence mode is on."""
        return bool(self.get("persistence", gpu=gpu))

    def uuid(self, gpu=0):
        """The default name that `text` may change."""
        return f"GPU-{gpu:08x}-5150-4e56-4d4c-{gpu:012x}"
