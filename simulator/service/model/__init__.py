"""What the service knows of jobs: plain values, without database and network."""

from __future__ import annotations

from simulator.service.model.arm import Arm
from simulator.service.model.job import Job, Stage
from simulator.service.model.spec import JobSpec
from simulator.service.model.trial import Ending, Origin, Trial, TrialStatus, TrialType

__all__ = ["Arm", "Ending", "Job", "JobSpec", "Origin", "Stage", "Trial", "TrialStatus", "TrialType"]
