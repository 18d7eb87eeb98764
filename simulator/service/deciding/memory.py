"""What a process remembers of jobs' policies, so that it need not read them each time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.service.deciding.live import LivePolicy

__all__ = ["Memory", "Remembered"]


@dataclass
class Remembered:
    """A policy, the revision of the stored state that it equals, and whether that was committed for sure.

    Of its job it is known that there was a trial of this number then, 0 if there was none. Numbers go on after a
    deletion, so a job that still has the trial is the same job, and no later one of its name.
    """

    policy: LivePolicy
    revision: int
    number: int = 0
    committed: bool = False


class Memory:
    """Policies of the jobs used last, each with the revision of the stored state that it equals.

    Whoever takes a policy owns it: it is put back when all is written, and is lost if anything goes wrong before. It
    is put back under a new random revision before the transaction is committed, so if that fails, no stored job has
    this revision, and nobody is served from it.

    Parameters
    ----------
    most
        How many are remembered; the one that was not used for longest makes way.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._policies: OrderedDict[str, Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._policies)

    def take(self, job_id: str) -> Remembered | None:
        """Take out what is remembered of a job, which may be stale."""
        return self._policies.pop(job_id, None)

    def put(self, job_id: str, revision: int, policy: LivePolicy, *, number: int) -> None:
        """Remember a job's policy as of a revision that will be committed, and the number of a trial of the job."""
        self._policies[job_id] = Remembered(policy, revision, number)
        self._policies.move_to_end(job_id)
        while len(self._policies) > self._most:
            self._policies.popitem(last=False)

    def confirm(self, job_id: str, revision: int) -> None:
        """Note that a revision was committed."""
        remembered = self._policies.get(job_id)
        if remembered is not None and remembered.revision == revision:
            remembered.committed = True

    def forget(self, job_id: str) -> None:
        """Forget a job's policy, if it is remembered."""
        self._policies.pop(job_id, None)
