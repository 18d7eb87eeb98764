"""Finds the GPUs that a job is to use: by index, by UUID, or as CUDA would choose them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING

from simulator.collect.nvml.device import Device
from simulator.collect.nvml.library import call
from simulator.errors import GpuError, GpuNotSupportedError, NvmlMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["find_gpus"]

_LOG = logging.getLogger("simulator.collect")


def find_gpus(
    wanted: int | str | Sequence[int | str] | None = None, *, allow_shared_sensor: bool = False
) -> list[Device]:
    """Find GPUs, while NVML is in use.

    Parameters
    ----------
    wanted
        Indices of NVML, UUIDs, or beginnings of UUIDs that fit one GPU only; one, or several. None means those in the
        environment's
        ``CUDA_VISIBLE_DEVICES``, or all where that is not set. Numbers in it are taken by PCI bus, as CUDA does with
        ``CUDA_DEVICE_ORDER=PCI_BUS_ID``.
    allow_shared_sensor
        Whether GPUs will do whose sensors measure more than the job: those divided by MIG or shared by virtual
        machines, and those with sensors for a whole module only.

    Returns
    -------
    list of Device
        The GPUs, in the order in which they were asked for.

    Raises
    ------
    NvmlMissingError
        If NVML knows no GPU at all.
    GpuError
        If one was not found, fits several, was named twice, or is neither a number nor a text.
    GpuNotSupportedError
        If a MIG instance was asked for, or sensors are shared and that was not allowed.

    Examples
    --------
    >>> with nvml():  # doctest: +SKIP
    ...     find_gpus(["GPU-5a6b"])
    [<GPU 1: NVIDIA A100-SXM4-40GB, GPU-5a6b0c1d-...>]
    """
    count = call("counting GPUs", "nvmlDeviceGetCount")
    if not count:
        raise NvmlMissingError("NVML is here, but knows no GPU; see nvidia-smi")
    gpus = _existing(count)
    words, where = (_named(wanted), "") if wanted is not None else _visible(gpus)
    found = [_match(word, gpus, where) for word in words]
    for gpu in found:
        if found.count(gpu) > 1:
            raise GpuError(f"GPU {gpu.index} ({gpu.uuid}) was named twice{where}")
        if gpu.shared and not allow_shared_sensor:
            raise GpuNotSupportedError(
                f"GPU {gpu.index} ({gpu.name}) {gpu.shared}; "
                "use another GPU, or say --allow-shared-sensor to record it so"
            )
    return found


def _named(wanted: int | str | Sequence[int | str]) -> list[int | str]:
    """List what was asked for; a fraction or a truth value is no number of a GPU, though Python would take it."""
    words = list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
    named: list[int | str] = []
    for word in words:
        if isinstance(word, bool) or not isinstance(word, Integral | str):
            raise GpuError(f"{word!r} names no GPU; give its number in NVML, or its UUID")
        named.append(word if isinstance(word, str) else int(word))
    return named


def _existing(count: int) -> list[Device]:
    """All GPUs that answer; one that is lost must not hide the others."""
    gpus, failures = [], []
    for index in range(count):
        try:
            gpus.append(Device(index))
        except GpuError as error:
            failures.append(error)
    for failure in failures:
        if not gpus:
            raise failure
        _LOG.warning("%s; going on without it", failure)
    return gpus


def _visible(gpus: list[Device]) -> tuple[list[int | str], str]:
    """Read ``CUDA_VISIBLE_DEVICES``, up to the first negative number as CUDA does; and say where that was."""
    value = os.environ.get("CUDA_VISIBLE_DEVICES")
    if value is None:
        return [gpu.index for gpu in gpus], ""
    words: list[int | str] = []
    for word in (part.strip() for part in value.split(",")):
        number = _number(word)
        if word in ("", "NoDevFiles") or (number is not None and number < 0):
            break
        words.append(word if number is None else number)
    if not words:
        raise GpuError(f"CUDA_VISIBLE_DEVICES={value!r} hides every GPU; unset it, or name one of: {_list(gpus)}")
    if (
        any(isinstance(word, int) for word in words)
        and os.environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID"
        and len({gpu.name for gpu in gpus}) > 1
    ):
        _LOG.warning(
            "CUDA_VISIBLE_DEVICES=%s is read in the order of PCI buses; CUDA itself puts the fastest GPU first "
            "unless CUDA_DEVICE_ORDER=PCI_BUS_ID: better name GPUs by UUID",
            value,
        )
    return words, f" in CUDA_VISIBLE_DEVICES={value!r}"


def _number(word: str) -> int | None:
    try:
        return int(word)
    except ValueError:
        return None


def _match(word: int | str, gpus: list[Device], where: str) -> Device:
    """Find the one GPU that a word means."""
    if isinstance(word, str) and word.upper().startswith("MIG-"):
        raise GpuNotSupportedError(
            f"{word}{where} is a MIG instance, for which NVML measures neither power nor energy; "
            f"name a whole GPU: {_list(gpus)}"
        )
    number = word if isinstance(word, int) else _number(word)
    if number is not None:
        found = [gpu for gpu in gpus if gpu.index == number]
    else:
        beginning = str(word).casefold()
        found = [gpu for gpu in gpus if beginning and gpu.uuid.casefold().startswith(beginning)]
    if not found:
        raise GpuError(f"there is no GPU {word}{where}; there are: {_list(gpus)}")
    if len(found) > 1:
        raise GpuError(f"{word}{where} fits several GPUs: {_list(found)}; write more of the UUID")
    return found[0]


def _list(gpus: list[Device]) -> str:
    return "; ".join(f"{gpu.index}: {gpu.name}, {gpu.uuid}" for gpu in gpus)
