"""The process that gives a job a long history, in few transactions: as an import does, without the network."""

from __future__ import annotations

import asyncio
import random

from sweeps.fresh import asked, tell

from service.clients import SIZES, used
from simulator.service import Dispatcher, Settings
from simulator.service.database import Database
from simulator.service.deciding.results import RecordedRun

#: Runs that are entered at once.
MANY = 5_000


async def fill(database_url: str, job_id: str, n: int) -> None:
    """Enter so many runs of a job, spread over its sizes."""
    luck = random.Random(n)  # noqa: S311  # no secret
    database = Database(database_url)
    dispatcher = Dispatcher(database, Settings(database_url=database_url))
    try:
        for first in range(0, n, MANY):
            sizes = [SIZES[number % len(SIZES)] for number in range(first, min(first + MANY, n))]
            runs = []
            for size in sizes:
                time_s, energy_j = used(size, luck)
                runs.append(RecordedRun(batch_size=size, energy_j=energy_j, time_s=time_s, converged=True))
            await dispatcher.record(job_id, runs)
    finally:
        await database.close()


if __name__ == "__main__":
    words = asked()
    asyncio.run(fill(**words))
    tell(done=True)
