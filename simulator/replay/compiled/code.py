"""Functions as machine code: from the cache if they are there, else compiled."""

from __future__ import annotations

import dis
import logging
import re
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulator.errors import PolicyError
from simulator.replay.compiled.layout import layout_of
from simulator.replay.compiled.objects import Loaded, emit, fingerprint, read, write
from simulator.replay.compiled.sources import called_by, identity

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Code"]

_logger = logging.getLogger("simulator.replay")

#: Names that machine code calls where it makes objects or prints, for which numba would have to be there; others that
#: it has are ways out of an error, to which it never comes.
_OBJECTS = re.compile(rb"\0((?:NRT_MemInfo|NRT_incref|numba_dict|numba_list|PySys|PyObject)\w*)")


@dataclass(frozen=True)
class Code:
    """A function of a state and of numbers, which returns a whole number.

    Parameters
    ----------
    find
        Finds the function, in the part of Python that compiles; called if it must be compiled.
    made_from
        The functions that decide, with what they call, whether it is still the same.
    state
        Dataclass of its first argument.
    arguments
        What the others are: ``int`` or ``float``.
    """

    find: Callable[[], Any]
    made_from: tuple[Any, ...]
    state: type
    arguments: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """Name in the cache."""
        return fingerprint([identity(one) for one in self.made_from], layout_of(self.state), self.arguments)

    @property
    def is_cached(self) -> bool:
        """Whether it need not be compiled."""
        return self.name in _loaded or read(self.name) is not None

    def load(self) -> int:
        """Load the function, or compile and keep it first; returns its address, at which it is called as C calls.

        Raises
        ------
        PolicyError
            If the function does not compile.
        """
        with _loading:
            if self.name not in _loaded:
                code = read(self.name)
                if code is None:
                    code = self._compile()
                    write(self.name, code)
                _loaded[self.name] = Loaded(code)
        return _loaded[self.name].address

    def _compile(self) -> bytes:
        function = self.find()
        what = f"{function.__module__}.{function.__qualname__}"
        begun = time.perf_counter()
        from numba import cfunc, types

        from simulator.replay.compiled.dialect import allow
        from simulator.replay.compiled.kernel import KINDS
        from simulator.replay.compiled.structs import struct_of

        kinds = {"int": types.int64, "float": types.float64}
        for one in called_by(function):
            if why := _differs(one):
                raise PolicyError(_cannot(what, why))
        allow(function)
        struct = struct_of(layout_of(self.state), KINDS)
        signature = types.int64(struct, *(kinds[kind] for kind in self.arguments))
        try:
            compiled = cfunc(signature, nopython=True, error_model="numpy")(function)
        except Exception as error:  # whatever the compiler says of Python that it does not know
            raise PolicyError(_cannot(what, _gist(error))) from error
        _logger.info("compiled %s in %.1f s", what, time.perf_counter() - begun)
        code = emit(compiled.inspect_llvm(), compiled.native_name)
        if objects := _OBJECTS.search(code):
            raise PolicyError(
                _cannot(what, f"it makes a list, a dictionary or text, or prints ({objects[1].decode()})")
            )
        return code


def _differs(function: Any) -> str:
    """Say what a function does that would be something else in compiled code; nothing if there is nothing."""
    steps = list(dis.get_instructions(function))
    if any(step.opname == "RAISE_VARARGS" for step in steps):
        return "it raises; return a negative number instead"
    for step, following in pairwise(steps):
        asks = following.opname.endswith("_SUBSCR") or following.argrepr == "[]"
        if asks and step.opname.startswith("LOAD_CONST") and isinstance(step.argval, int) and step.argval < 0:
            return f"a list is asked for its place {step.argval}; count from its start"
    return ""


def _cannot(what: str, why: str) -> str:
    return f"{what} does not compile; CONTRIBUTING says what does, and engine='event' runs it as it is: {why}"


def _gist(error: Any) -> str:
    """Shorten what numba says to the lines that name the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    own = [line.partition(": ")[2] for line in lines if line.startswith("NumbaTypeError: ")]
    return " ".join([*own[:1], *lines[-6:]])


_loaded: dict[str, Loaded] = {}
_loading = threading.RLock()
