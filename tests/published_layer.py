"""The published service's layer and ours, called the same way."""

from __future__ import annotations

import importlib

from layered import LATER

from simulator.service.layer import ServiceLayer
from simulator.service.model import Arm, TrialStatus

SIZES = (16, 32, 64)


class Published:
    """A session with the published layer, called as ours is."""

    def __init__(self, zeus, session):
        self.zeus, self.session = zeus, session
        self.layer = zeus.service.ZeusService(session)

    async def create_job(self, spec):
        """Register a job."""
        fields = {
            "job_id": spec.job_id,
            "job_id_prefix": "",
            "batch_sizes": list(spec.batch_sizes),
            "default_batch_size": spec.default_batch_size,
            "eta_knob": spec.eta,
            "window_size": spec.window_size,
            "max_power": spec.max_power_w,
            "number_of_gpus": 1,
            "gpu_model": spec.gpu,
            "mab_seed": spec.seed,
        }
        importing = importlib.import_module("zeus.optimizer.batch_size.common")
        self.layer.create_job(self.zeus.jobs.CreateJob.from_job_config(importing.JobSpecFromClient(**fields)))

    async def get_job(self, job_id):
        """Fetch a job: its lowest cost, with the size that has it."""
        job = await self.layer.get_job(job_id)
        return job and (job.min_cost, job.min_cost_batch_size)

    async def create_trial(self, job_id, type_, size):
        """Hand out a trial: its number."""
        kind = getattr(self.zeus.trials, {"MAB": "CreateMabTrial"}.get(type_.value, f"Create{type_.value}Trial"))
        trial = await self.layer.create_trial(kind(job_id=job_id, batch_size=size))
        await self.session.flush()
        return trial.trial_number

    async def get_trial(self, job_id, size, number):
        """Fetch a trial: its status."""
        trial = await self.layer.get_trial(
            self.zeus.trials.ReadTrial(job_id=job_id, batch_size=size, trial_number=number)
        )
        return trial and trial.status.value

    async def update_trial(self, job_id, size, number, energy_j):
        """End a trial: with a result that converged, or without."""
        result = {} if energy_j is None else {"energy": energy_j, "time": 2.0, "converged": True}
        status = getattr(self.zeus.tables.TrialStatus, "Failed" if energy_j is None else "Succeeded")
        self.layer.update_trial(
            self.zeus.trials.UpdateTrial(job_id=job_id, batch_size=size, trial_number=number, status=status, **result)
        )
        await self.session.flush()

    async def results(self, job_id, size):
        """Read windowed results: their numbers."""
        found = await self.layer.get_trial_results_of_bs(self.zeus.arms.BatchSizeBase(job_id=job_id, batch_size=size))
        return [result.trial_number for result in found.results]

    async def explorations(self, job_id):
        """Read explorations: their numbers by size."""
        found = await self.layer.get_explorations_of_job(job_id)
        return {size: [trial.trial_number for trial in of] for size, of in sorted(found.explorations_per_bs.items())}

    async def choices(self, job_id):
        """Draw an order."""
        return list(self.layer.get_random_choices(self.zeus.calls.GetRandomChoices(job_id=job_id, choices=SIZES)))

    async def normal(self, job_id, loc, scale):
        """Draw a normal number."""
        return self.layer.get_normal(self.zeus.calls.GetNormal(job_id=job_id, loc=loc, scale=scale))

    async def create_arm(self, arm):
        """Store an arm."""
        self.layer.create_arms([self._arm(arm)])
        await self.session.flush()

    async def arms(self, job_id):
        """Read all arms."""
        return sorted(
            (arm.batch_size, arm.param_mean, arm.num_observations) for arm in await self.layer.get_arms(job_id)
        )

    async def get_arm(self, job_id, size):
        """Fetch an arm: its mean."""
        arm = await self.layer.get_arm(self.zeus.arms.BatchSizeBase(job_id=job_id, batch_size=size))
        return arm and arm.param_mean

    async def update_arm(self, number, arm):
        """Store what a trial did to an arm."""
        trial = self.zeus.trials.ReadTrial(job_id=arm.job_id, batch_size=arm.batch_size, trial_number=number)
        self.layer.update_arm_state(self.zeus.calls.UpdateArm(trial=trial, updated_arm=self._arm(arm)))
        await self.session.flush()

    async def delete_job(self, job_id):
        """Delete a job: whether it was there."""
        return await self.layer.delete_job(job_id)

    def _arm(self, arm: Arm):
        return self.zeus.arms.GaussianTsArmState(
            job_id=arm.job_id,
            batch_size=arm.batch_size,
            param_mean=arm.mean,
            param_precision=arm.precision,
            reward_precision=arm.reward_precision,
            num_observations=arm.n_observations,
        )


class Ours:
    """A session with our layer, called the same way."""

    def __init__(self, session):
        self.layer = ServiceLayer(session)

    async def create_job(self, spec):
        """Register a job."""
        await self.layer.create_job(spec, seed=spec.seed)

    async def get_job(self, job_id):
        """Fetch a job: its lowest cost, with the size that has it."""
        job = await self.layer.get_job(job_id)
        return job and (job.min_cost, job.min_cost_batch_size)

    async def create_trial(self, job_id, type_, size):
        """Hand out a trial: its number."""
        return (await self.layer.create_trial(job_id, type_, size, reason="", lease_until=LATER)).number

    async def get_trial(self, job_id, size, number):
        """Fetch a trial: its status."""
        trial = await self.layer.get_trial(job_id, size, number)
        return trial and trial.status.value

    async def update_trial(self, job_id, size, number, energy_j):
        """End a trial: with a result that converged, or without."""
        result = {} if energy_j is None else {"energy_j": energy_j, "time_s": 2.0, "converged": True}
        status = TrialStatus.FAILED if energy_j is None else TrialStatus.SUCCEEDED
        await self.layer.update_trial(job_id, size, number, status=status, **result)

    async def results(self, job_id, size):
        """Read windowed results: their numbers."""
        return [trial.number for trial in await self.layer.get_trial_results_of_bs(job_id, size)]

    async def explorations(self, job_id):
        """Read explorations: their numbers by size."""
        found = await self.layer.get_explorations_of_job(job_id)
        return {size: [trial.number for trial in of] for size, of in found.items()}

    async def choices(self, job_id):
        """Draw an order."""
        return await self.layer.get_random_choices(job_id, SIZES)

    async def normal(self, job_id, loc, scale):
        """Draw a normal number."""
        return await self.layer.get_normal(job_id, loc, scale)

    async def create_arm(self, arm):
        """Store an arm."""
        await self.layer.create_arms([arm])

    async def arms(self, job_id):
        """Read all arms."""
        return [(arm.batch_size, arm.mean, arm.n_observations) for arm in await self.layer.get_arms(job_id)]

    async def get_arm(self, job_id, size):
        """Fetch an arm: its mean."""
        arm = await self.layer.get_arm(job_id, size)
        return arm and arm.mean

    async def update_arm(self, number, arm):
        """Store what a trial did to an arm."""
        await self.layer.update_arm_state(arm.job_id, arm.batch_size, number, arm)

    async def delete_job(self, job_id):
        """Delete a job: whether it was there."""
        return await self.layer.delete_job(job_id)
