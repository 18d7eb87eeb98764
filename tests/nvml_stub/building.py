"""Compiles the stub library."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
NAME = "libnvidia-ml.so.1"


def compiler():
    """Find a C compiler, or None; the library needs Linux, as NVML's own does."""
    if sys.platform != "linux":
        return None
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def build(folder):
    """Compile the library into a folder, once, and return its path."""
    library = Path(folder).resolve() / NAME
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        temporary = library.with_name(f"{NAME}.{os.getpid()}")
        flags = [
            "-std=gnu11",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Wno-sign-compare",
            "-fPIC",
            "-shared",
            f"-Wl,-soname,{NAME},-Bsymbolic",
        ]
        words = [compiler(), *flags, "-o", temporary, *sorted(HERE.glob("*.c")), "-lpthread", "-lm"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"the stub library does not compile:\n{done.stderr}")
        temporary.replace(library)
    return library


#: Return type and types of the arguments of each control call, see model.c, control.c and nvml.c.
P, L, T, D, N = ctypes.c_void_p, ctypes.c_int64, ctypes.c_char_p, ctypes.c_double, ctypes.c_int
CALLS = {
    "stub_create": (N, T, L, L, L),
    "stub_open": (P, T),
    "stub_attach": (None, P),
    "stub_start": (None, P, L),
    "stub_now": (L, P),
    "stub_advance": (None, P, L),
    "stub_realtime_offset": (L, P),
    "stub_num_gpus": (L, P),
    "stub_is_manual": (L, P),
    "stub_demand": (N, P, L, L, L, L, L, L, L),
    "stub_limit": (N, P, L, L, L),
    "stub_energy_j": (D, P, L, L, L),
    "stub_truth": (L, P, L, L, N),
    "stub_fault": (N, P, L, L, L, L, L, L),
    "stub_heal": (None, P),
    "stub_set": (N, P, L, T, L),
    "stub_get": (L, P, L, T),
    "stub_text": (N, P, L, T, T),
    "stub_pids": (None, P, L, ctypes.POINTER(L), L),
    "stub_calls": (L, P, L, L),
    "stub_reads": (L, P, L, L, ctypes.POINTER(L)),
    "stub_hold_lock": (None, P),
}


@cache
def load(library):
    """Load the library with the types of its control calls."""
    loaded = ctypes.CDLL(str(library))
    for name, (result, *arguments) in CALLS.items():
        call = getattr(loaded, name)
        call.restype, call.argtypes = result, arguments
    return loaded
