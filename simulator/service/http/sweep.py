"""Gives up trials that fell silent, all the time that a server runs."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.service.deciding.dispatcher import Dispatcher

__all__ = ["sweep"]

logger = logging.getLogger("simulator.service")

#: How often at most and at least [s].
SHORTEST_S, LONGEST_S = 0.5, 60.0


async def sweep(dispatcher: Dispatcher, lease_s: float) -> None:
    """Give up silent trials again and again, until cancelled.

    An error is logged, and the next round tries again. Processes of one server take their rounds at random moments, so
    that they seldom meet.

    Parameters
    ----------
    dispatcher
        Whose trials.
    lease_s
        How long a trial may be silent [s]; a round comes ten times as often.
    """
    pause_s = min(max(lease_s / 10, SHORTEST_S), LONGEST_S)
    while True:
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311  # no secret
        try:
            expired = await dispatcher.expire()
        except Exception:
            logger.exception("silent trials could not be given up; they will be in the next round")
        else:
            if expired:
                logger.info("gave up %d silent trials", expired)
