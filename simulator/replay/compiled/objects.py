"""Machine code, kept from one use to the next: compiled once for a machine, loaded in milliseconds ever after.

numba turns a function into LLVM's code; what LLVM makes of that for this processor is written to the user's cache
directory, under a name that is a hash of everything it depends on. Loading it takes llvmlite alone, not numba. The
cache does not depend on where the package lies or when it was installed, and a damaged or foreign file in it is
recompiled.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import re
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

__all__ = ["CACHE_VARIABLE", "Loaded", "cache_folder", "emit", "fingerprint", "read", "write"]

_logger = logging.getLogger("simulator.replay")

_DIGEST_BYTES = 32

#: Environment variable for another cache directory.
CACHE_VARIABLE = "SIMULATOR_CACHE_DIR"

#: Name of the function that an object file is about.
ENTRY = "entry"


def cache_folder() -> Path:
    """Folder of the compiled code: below SIMULATOR_CACHE_DIR if that is set, else in the user's cache directory."""
    root = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("trace-simulator", appauthor=False)
    return Path(root) / "compiled"


def _make_target() -> Any:
    """Make LLVM's idea of this machine, a new one for each use: an engine keeps, and ends, the one that it is given."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


@cache
def _machine() -> tuple[str, ...]:
    """Versions of the compilers, and this processor."""
    import llvmlite.binding as llvm

    cpu = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return version("numba"), version("llvmlite"), *cpu


def fingerprint(*parts: object) -> str:
    """Hash what compiled code depends on: the parts given, compiler versions and this processor."""
    return hashlib.sha256(repr((*_machine(), *parts)).encode()).hexdigest()


def read(name: str) -> bytes | None:
    """Read code from the cache; None if it is not there, or not whole."""
    try:
        content = (cache_folder() / f"{name}.o").read_bytes()
    except OSError:
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(code).digest() != digest:
        _logger.warning("the compiled code in %s is damaged; it is compiled again", cache_folder() / f"{name}.o")
        return None
    return code


def write(name: str, code: bytes) -> None:
    """Write code to the cache, at once or not at all; a cache that cannot be written to costs time, no more."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            Path(temporary).replace(folder / f"{name}.o")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        _logger.warning(
            "compiled code cannot be kept for the next time (%s); set %s to a folder that can be written to",
            error,
            CACHE_VARIABLE,
        )


def emit(llvm_code: str, symbol: str) -> bytes:
    """Turn LLVM's code into an object file for this machine, in which the function of this name is the `ENTRY`."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(llvm_code)
    module.get_function(symbol).name = ENTRY
    code: bytes = _make_target().emit_object(module)
    return code


class Loaded:
    """Code in memory.

    Parameters
    ----------
    code
        An object file with an `ENTRY`.

    Attributes
    ----------
    address
        Where the entry is.
    """

    def __init__(self, code: bytes) -> None:
        import llvmlite.binding as llvm

        llvm.load_library_permanently("")
        # numba's ways out in case of an error, which code without exceptions never takes.
        for name in re.findall(rb"\0((?:numba|NRT)_\w+)", code):
            llvm.add_symbol(name.decode(), ctypes.cast(ctypes.pythonapi.Py_FatalError, ctypes.c_void_p).value)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _make_target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.address: int = self._engine.get_function_address(ENTRY)
