"""Loads NVML, calls it, and says in this package's errors what it refused."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from simulator.collect.nvml.codes import (
    DRIVER_NOT_LOADED,
    FUNCTION_NOT_FOUND,
    GPU_IS_LOST,
    LIBRARY_NOT_FOUND,
    NO_PERMISSION,
    NOT_SUPPORTED,
    RESET_REQUIRED,
    SUCCESS,
)
from simulator.errors import GpuError, GpuLostError, GpuNotSupportedError, GpuPermissionError, NvmlMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ask", "call", "nvml", "text", "typed_error"]

_MISSING = "install the NVIDIA driver"

#: What to do about a code, and the error to raise.
_ERRORS: dict[int, tuple[type[GpuError], str]] = {
    NOT_SUPPORTED: (GpuNotSupportedError, "this GPU does not support it"),
    NO_PERMISSION: (
        GpuPermissionError,
        "only an administrator may do that (in a container, with --cap-add=SYS_ADMIN besides); "
        "measure at the present limit only, or name a command that may",
    ),
    DRIVER_NOT_LOADED: (NvmlMissingError, f"no NVIDIA driver is loaded; {_MISSING}"),
    LIBRARY_NOT_FOUND: (NvmlMissingError, f"there is no libnvidia-ml.so.1 on this machine; {_MISSING}"),
    FUNCTION_NOT_FOUND: (
        GpuNotSupportedError,
        "the installed driver, or the installed nvidia-ml-py, is too old for it",
    ),
    GPU_IS_LOST: (GpuLostError, "the GPU fell off the bus; see the kernel's log, and reboot"),
    RESET_REQUIRED: (GpuLostError, "the GPU needs a reset, as with nvidia-smi --gpu-reset"),
}


def typed_error(code: int, what: str) -> GpuError:
    """Turn a return code of NVML into the error to raise.

    Parameters
    ----------
    code
        The code, ``nvmlReturn_t``.
    what
        What was asked for, as the beginning of a sentence.

    Returns
    -------
    GpuError
        `NvmlMissingError`, `GpuPermissionError`, `GpuNotSupportedError` or `GpuLostError` where one of them fits.

    Examples
    --------
    >>> typed_error(3, "setting the power limit of GPU 0")
    GpuNotSupportedError('setting the power limit of GPU 0 failed: this GPU does not support it (NVML code 3)')
    """
    kind, advice = _ERRORS.get(code, (GpuError, _name(code)))
    return kind(f"{what} failed: {advice} (NVML code {code})")


def _name(code: int) -> str:
    """Say what the bindings call a code that calls for no advice."""
    import pynvml

    return f"NVML says {str(pynvml.NVMLError(code))!r}"


@contextmanager
def nvml() -> Iterator[None]:
    """Use NVML within the block; blocks may be nested, for NVML counts them itself.

    Raises
    ------
    NvmlMissingError
        If this machine has no NVML, or no driver.
    GpuError
        If NVML does not start for another reason, such as a driver that was updated while loaded.

    Examples
    --------
    >>> with nvml():  # doctest: +SKIP
    ...     gpus = find_gpus()
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise typed_error(error.value, "starting NVML") from error
    try:
        yield
    finally:
        with suppress(pynvml.NVMLError):  # a GPU that was lost meanwhile must not hide what the block raised
            pynvml.nvmlShutdown()


def ask(function: str, *arguments: Any) -> tuple[Any, int]:
    """Ask NVML something that it may refuse.

    Parameters
    ----------
    function
        Name of a function of `pynvml`. Bindings that lack it answer as drivers that do: `FUNCTION_NOT_FOUND`.
    arguments
        Its arguments.

    Returns
    -------
    value
        The answer, or None if it was refused.
    code
        The return code, 0 if it was answered.
    """
    import pynvml

    found = getattr(pynvml, function, None)
    if found is None:
        return None, FUNCTION_NOT_FOUND
    try:
        return found(*arguments), SUCCESS
    except pynvml.NVMLError as error:
        return None, int(error.value)
    except getattr(pynvml, "NVMLLibraryMismatchError", ()):  # some functions say so of a driver that lacks them
        return None, FUNCTION_NOT_FOUND


def call(what: str, function: str, *arguments: Any) -> Any:
    """Ask NVML something that it must not refuse.

    Parameters
    ----------
    what
        What is asked for, as the beginning of a sentence.
    function, arguments
        As for `ask`.

    Returns
    -------
    object
        The answer.

    Raises
    ------
    GpuError
        If it refuses; see `typed_error`.
    """
    value, code = ask(function, *arguments)
    if code != SUCCESS:
        raise typed_error(code, what)
    return value


def text(value: Any) -> str | None:
    """Make a text of what NVML gives as one: bindings before 11.515 give bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
