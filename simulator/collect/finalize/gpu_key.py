"""A short, stable name for the file of a GPU's power trace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["gpu_key"]

#: Words of a product name that tell no GPU from another.
_VENDOR = {"nvidia", "tesla", "geforce", "quadro", "graphics", "device", "corporation"}


def gpu_key(names: Sequence[str]) -> str:
    """Shorten the names of a run's GPUs: what its power trace is called.

    Parameters
    ----------
    names
        Name of each GPU, as NVML has it.

    Returns
    -------
    str
        Lower-case letters, digits and hyphens; with the number of GPUs if there are several, since the power of all
        is in their trace.

    Examples
    --------
    >>> gpu_key(["NVIDIA A100-SXM4-80GB"])
    'a100-sxm4-80gb'
    >>> gpu_key(["Tesla V100-SXM2-16GB"] * 4)
    'v100-sxm2-16gb-x4'
    >>> gpu_key(["NVIDIA GeForce RTX 3090", "NVIDIA A40"])
    'a40-rtx-3090'
    """
    keys = sorted(map(_one, names))
    if len(keys) > 1 and len(set(keys)) == 1:
        return f"{keys[0]}-x{len(keys)}"
    return "-".join(keys)


def _one(name: str) -> str:
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    return "-".join([word for word in words if word not in _VENDOR] or words) or "gpu"
