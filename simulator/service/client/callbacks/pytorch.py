"""PyTorch's distributed training: rank 0 asks the service, and all learn what it was told."""

from __future__ import annotations

from typing import Any

from simulator.frameworks import framework

__all__ = ["broadcast"]


def broadcast(value: Any) -> Any:
    """Hand a plain value from rank 0 to all ranks of the default process group.

    For ``client.train(..., broadcast=broadcast)``, after ``torch.distributed.init_process_group``. Without a process
    group, the value stays as it is.

    Parameters
    ----------
    value
        On rank 0, the value; None on the others.

    Returns
    -------
    object
        Rank 0's value.

    Raises
    ------
    FrameworkMissingError
        If PyTorch is not installed.
    """
    distributed = framework("torch.distributed", install="torch", purpose="broadcast")
    if not (distributed.is_available() and distributed.is_initialized()):
        return value
    box = [value]
    distributed.broadcast_object_list(box, src=0)
    return box[0]
