"""Random numbers of cells: each begins anew, so that no result depends on which cells ran before."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kept", "seed"]


def seed(cell_id: str) -> None:
    """Seed the global generators of `random` and `numpy.random` from a cell's id.

    Cells should have a seed of their own among their fields and a generator of their own. For those who do not, the
    global ones are the same at the beginning of a cell whatever ran before it in this process.

    Parameters
    ----------
    cell_id
        64 hexadecimal digits.

    Examples
    --------
    >>> import numpy as np
    >>> with kept():
    ...     seed("0" * 63 + "1")
    ...     first = np.random.random(), random.random()
    ...     seed("0" * 63 + "1")
    ...     (np.random.random(), random.random()) == first
    True
    """
    random.seed(int(cell_id[-32:-16], 16))
    np.random.seed(int(cell_id[-8:], 16))


@contextmanager
def kept() -> Iterator[None]:
    """Give both generators back as they were."""
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
