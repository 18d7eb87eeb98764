"""How long to wait before a request is made again: exponential backoff with full jitter, within a total deadline."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Backoff", "retry_after_s"]

#: Longest wait before the second try, and before any [s].
FIRST_S, LONGEST_S = 0.5, 10.0


class Backoff:
    """Waits between the tries of one request.

    The n-th wait is drawn evenly between 0 and ``first_s * 2**n``, or ``longest_s`` if that is less: "full jitter",
    which keeps jobs that lost their server at the same moment from coming back at the same moment (Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    Parameters
    ----------
    deadline_s
        Time for all tries and waits together [s].
    first_s, longest_s
        Bounds of the first wait, and of all [s].
    draw
        Draws evenly from [0, 1). The default is a generator of its own, so that training draws what it would have
        drawn without a service.
    clock
        A monotonic clock [s].

    Examples
    --------
    >>> backoff = Backoff(60, draw=lambda: 0.5, clock=lambda: 0.0)
    >>> [backoff.wait_s() for _ in range(7)]
    [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    >>> backoff.wait_s(at_least_s=20), backoff.wait_s(at_least_s=600)
    (20, None)
    """

    def __init__(
        self,
        deadline_s: float,
        *,
        first_s: float = FIRST_S,
        longest_s: float = LONGEST_S,
        draw: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bound_s, self._longest_s = first_s, longest_s
        self._draw = draw or random.SystemRandom().random
        self._clock = clock
        self._end_s = clock() + deadline_s

    @property
    def left_s(self) -> float:
        """Time that is left [s]; 0 when there is none."""
        return max(0.0, self._end_s - self._clock())

    def wait_s(self, at_least_s: float = 0.0) -> float | None:
        """Say how long to wait before the next try [s].

        Parameters
        ----------
        at_least_s
            What the server asked for [s].

        Returns
        -------
        float or None
            None if the deadline would pass.
        """
        bound_s = min(self._bound_s, self._longest_s)
        self._bound_s = bound_s * 2
        wait_s = max(at_least_s, self._draw() * bound_s)
        return wait_s if wait_s < self.left_s else None


def retry_after_s(value: str | None) -> float:
    """Read a ``Retry-After`` header: seconds, or a date (RFC 9110, section 10.2.3).

    Parameters
    ----------
    value
        The header, None if there is none.

    Returns
    -------
    float
        Seconds from now on; 0 if it says nothing that can be understood.

    Examples
    --------
    >>> retry_after_s("3"), retry_after_s(None), retry_after_s("soon"), retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT")
    (3.0, 0.0, 0.0, 0.0)
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return 0.0
