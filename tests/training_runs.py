"""Training runs that ask a service, and what became of their trials."""

from __future__ import annotations

from simulator.service.client import EnergyMeter


def metered(client, job, **options):
    """A run that assumes 100 W."""
    return client.train(meter=EnergyMeter(power_w=100), **options, **job)


def statuses(client, job):
    """How the trials of the job stand."""
    return [(trial["status"], trial["ending"]) for trial in client.list_trials(job["job_id"])]
