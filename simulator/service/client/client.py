"""A connection to the service: jobs and trials, read and written."""

from __future__ import annotations

import os
import signal
import uuid
from typing import TYPE_CHECKING, Any, Literal, Unpack

from simulator.errors import SettingsError
from simulator.service.client.answers import at
from simulator.service.client.fields import JobFields, check_names, check_present
from simulator.service.client.paths import job_path, trial_path
from simulator.service.client.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    import httpx

    from simulator.service.client.run import TrainingRun
    from simulator.service.client.usage import Meter

__all__ = ["Client"]

#: Where address and token come from if they are not given.
URL_VARIABLE, TOKEN_VARIABLE = "SIMULATOR_SERVICE_URL", "SIMULATOR_SERVICE_TOKEN"


class Client:
    """A connection to the service. Threads and forked processes may share it.

    Within ``with Client(...) as client:`` connections are kept between requests; without, each has its own.

    What it returns is the service's own JSON; `/openapi.json` of a running service describes every field.

    Parameters
    ----------
    url
        Address of the service; None: what ``SIMULATOR_SERVICE_URL`` says.
    token
        Bearer token; None: what ``SIMULATOR_SERVICE_TOKEN`` says, if anything.
    timeout_s
        How long one try of a request may stay without a sign of the server [s].
    deadline_s
        How long a request is tried when the service does not answer [s]. A restart of the service takes less.
    transport
        Makes the transport of httpx, to reach a service in another way than through the network.

    Raises
    ------
    SettingsError
        If no address is given, or none that can be one.

    Examples
    --------
    >>> Client("http://127.0.0.1:8000")
    <Client of http://127.0.0.1:8000>
    >>> Client("127.0.0.1")
    Traceback (most recent call last):
    simulator.errors.SettingsError: '127.0.0.1' is no address of a service; write it as http://host:8000

    With `simulator serve` running:

    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     [job["job_id"] for job in client.list_jobs()]
    ['mnist', 'resnet']
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        timeout_s: float = 10.0,
        deadline_s: float = 120.0,
        transport: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        url = os.environ.get(URL_VARIABLE, "") if url is None else url
        if not str(url).strip():
            raise SettingsError(f"give the address of the service, or set {URL_VARIABLE}; `simulator serve` prints it")
        token = os.environ.get(TOKEN_VARIABLE) if token is None else token
        self.transport = Transport(url, token, timeout_s=timeout_s, deadline_s=deadline_s, make=transport)

    def __repr__(self) -> str:
        return f"<Client of {self.transport.url}>"

    def __enter__(self) -> Client:
        self.transport.keep()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept; requests after this have one each."""
        self.transport.close()

    def register(self, *, key: str | None = None, **fields: Unpack[JobFields]) -> dict[str, Any]:
        """Register a job; again, if it is the same.

        Parameters
        ----------
        key
            Idempotency key; None: a new one, so that a request that is made again registers one job.
        **fields
            The job; see `simulator.service.JobSpec`.

        Returns
        -------
        dict
            The job as the service keeps it, ``job_id`` included.

        Raises
        ------
        SpecError
            If the description names what no job has, or cannot work.
        JobConflictError
            If another job has this id.
        UnreachableError, RefusedError
            As for every request.
        """
        check_names(fields)
        answer = self.transport.request("POST", "/v1/jobs", fields, key=key or uuid.uuid4().hex)
        at(answer, "job_id", str, "registration")
        return dict(answer)

    def list_jobs(self, *, prefix: str | None = None, stage: str | None = None) -> Iterator[dict[str, Any]]:
        """All jobs, page after page.

        Parameters
        ----------
        prefix
            Only those whose id begins so.
        stage
            Only those in this stage, ``"Pruning"`` or ``"MAB"``.

        Yields
        ------
        dict
            A job, with counts and costs of its trials.
        """
        yield from self._pages("/v1/jobs", {"prefix": prefix, "stage": stage})

    def get_job(self, job_id: str) -> dict[str, Any]:
        """One job; UnknownJobError if there is none."""
        return dict(self._get(job_path(job_id)))

    def list_trials(self, job_id: str, *, status: str | None = None) -> Iterator[dict[str, Any]]:
        """All trials of a job in their order, or those of a status, page after page."""
        yield from self._pages(job_path(job_id) + "/trials", {"status": status})

    def get_trial(self, job_id: str, number: int) -> dict[str, Any]:
        """One trial; UnknownTrialError if there is none."""
        return dict(self._get(trial_path(job_id, number)))

    def why(self, job_id: str, number: int) -> dict[str, Any]:
        """Why a trial has the batch size that it has."""
        return dict(self._get(trial_path(job_id, number) + "/why"))

    def get_arms(self, job_id: str) -> list[dict[str, Any]]:
        """Beliefs of a job's bandit about each batch size; infinite precisions are the text ``"inf"``."""
        return list(at(self._get(job_path(job_id) + "/arms"), "items", list))

    def get_costs(self, job_id: str) -> list[dict[str, Any]]:
        """Costs of each batch size of a job so far."""
        return list(at(self._get(job_path(job_id) + "/costs"), "items", list))

    def delete(self, job_id: str) -> None:
        """Delete a job with all its trials; UnknownJobError if there is none."""
        self.transport.request("DELETE", job_path(job_id))

    def train(
        self,
        *,
        meter: Meter | None = None,
        batch_size: int | None = None,
        rank: int | None = None,
        broadcast: Callable[[Any], Any] | None = None,
        on_unreachable: Literal["raise", "default"] = "raise",
        on_failure: Literal["return", "raise"] = "return",
        patience_s: float = 20.0,
        ends_on: Sequence[int] = (signal.SIGTERM,),
        **fields: Unpack[JobFields],
    ) -> TrainingRun:
        """Prepare one training run of a job, to be entered with ``with``.

        Parameters
        ----------
        meter
            Measures energy: an `EnergyMeter`, a ZeusMonitor, or whatever has their ``begin_window`` and
            ``end_window``. It sees rank 0's machine alone; a job that spans several adds up their energy itself. None:
            the script says ``energy_j`` when it reports.
        batch_size
            On rank 0, a batch size of the script's own choice, which the service takes note of; None: the service
            chooses. On other ranks, what rank 0 was told.
        rank
            Rank of this process among those that train together; None: what the environment says (``RANK``, or
            ``SLURM_PROCID``, ``LOCAL_RANK`` and ``NODE_RANK``). Only rank 0 talks to the service.
        broadcast
            Called on all ranks, with a plain value on rank 0 and None on the others; returns rank 0's value. For
            PyTorch: `simulator.service.client.callbacks.pytorch.broadcast`. None: other ranks learn their batch size
            from ``batch_size``, or from rank 0's environment if rank 0 started them; ``report`` answers False there.
        on_unreachable
            What to do if the service does not answer at the start: raise UnreachableError, or train with the default
            batch size, unreported, and warn.
        on_failure
            Whether ``report`` raises TrainingFailedError when the service stops a run that did not reach its target.
        patience_s
            How long an ordinary report is tried [s]; if it is not delivered, training goes on, and the next report,
            which includes it, is. The last report of a run is tried as long as the client tries any request.
        ends_on
            Signals that end the run's trial before they do what they would have done. Leave SIGTERM out if the
            program survives it and goes on training.
        **fields
            The job, ``job_id`` included; the same at every recurrence. See `simulator.service.JobSpec`.

        Returns
        -------
        TrainingRun
            Nothing has been asked for yet.

        Raises
        ------
        SpecError
            If the description names what no job has, or lacks what every job has. Without an id, every run would
            begin a new job.
        """
        from simulator.service.client.options import RunOptions
        from simulator.service.client.run import TrainingRun

        options = RunOptions(
            meter=meter,
            batch_size=batch_size,
            rank=rank,
            broadcast=broadcast,
            on_unreachable=on_unreachable,
            on_failure=on_failure,
            patience_s=patience_s,
            ends_on=tuple(ends_on),
        )
        check_names(fields)
        check_present(fields)
        return TrainingRun(self.transport, fields, options)

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.transport.request("GET", path, params=params)

    def _pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        asked = {name: value for name, value in params.items() if value is not None}
        while True:
            page = self._get(path, asked)
            yield from at(page, "items", list)
            if page.get("next") in (None, asked.get("after")):  # a server that repeats itself would never end
                return
            asked["after"] = page["next"]
