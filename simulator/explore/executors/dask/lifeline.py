"""Loaded by the process that watches over a worker of Dask: it ends with the driver, however that ends.

The driver holds the other end of its standard input. When that is closed this process ends at once, and the worker, who
watches this process, with it; Dask by itself would first wait for what the worker computes.
"""

from __future__ import annotations

import os
import threading
from typing import Any

__all__ = ["dask_setup"]


def dask_setup(nanny: Any) -> None:
    """Begin to watch; Dask calls this.

    Parameters
    ----------
    nanny
        Whoever watches over the worker; not used.
    """
    threading.Thread(target=_end_with_driver, name="lifeline", daemon=True).start()


def _end_with_driver() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
