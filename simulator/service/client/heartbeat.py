"""Tells the service that a trial still runs."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from simulator.errors import RefusedError
from simulator.service.client.paths import trial_path

if TYPE_CHECKING:
    from simulator.service.client.plan import Plan
    from simulator.service.client.transport import Transport

__all__ = ["Heartbeat"]

_LOG = logging.getLogger("simulator.service")


class Heartbeat(threading.Thread):
    """Beats at a third of the lease, so that two beats may be lost, from a daemon thread that raises nothing.

    Parameters
    ----------
    transport
        Who carries it; each beat has a connection of its own, for servers close those that are idle.
    plan
        The trial.
    """

    def __init__(self, transport: Transport, plan: Plan) -> None:
        super().__init__(name=f"simulator-heartbeat-{plan.number}", daemon=True)
        self._transport, self._plan = transport, plan
        self._stopped = threading.Event()

    @property
    def every_s(self) -> float:
        """Time between beats [s]."""
        return self._plan.lease_s / 3

    def run(self) -> None:
        """Beat until stopped, or until the service says that the trial is none any more."""
        wait_s = self.every_s
        while not self._stopped.wait(min(wait_s, threading.TIMEOUT_MAX)):
            wait_s = self.every_s / 10  # after a beat that was tried in vain for all that time
            try:
                self._beat()
                wait_s = self.every_s
            except RefusedError as error:
                if self._stopped.is_set():
                    return
                _LOG.warning("the service takes no heartbeat of this trial: %s", error)
                if error.status < 500 and error.status not in (401, 403):
                    return
            except Exception as error:  # nothing that happens here may end training
                _LOG.warning("a heartbeat was not delivered: %s", error)

    def stop(self) -> None:
        """Beat no more."""
        self._stopped.set()

    def _beat(self) -> None:
        assert self._plan.number is not None
        path = trial_path(self._plan.job_id, self._plan.number) + "/heartbeat"
        self._transport.request("POST", path, deadline_s=self.every_s, sleep=self._stopped.wait, fresh=True)
