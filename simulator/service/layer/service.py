"""The service layer: everything that may be done to what is stored, within one session."""

from __future__ import annotations

from simulator.service.layer.methods.arms import ArmMethods
from simulator.service.layer.methods.draws import DrawMethods
from simulator.service.layer.methods.jobs import JobMethods
from simulator.service.layer.methods.keys import KeyMethods
from simulator.service.layer.methods.leases import LeaseMethods
from simulator.service.layer.methods.lists import ListMethods
from simulator.service.layer.methods.policies import PolicyMethods
from simulator.service.layer.methods.results import ResultMethods
from simulator.service.layer.methods.trials import TrialMethods

__all__ = ["ServiceLayer"]


class ServiceLayer(
    JobMethods,
    TrialMethods,
    ResultMethods,
    ArmMethods,
    DrawMethods,
    LeaseMethods,
    PolicyMethods,
    ListMethods,
    KeyMethods,
):
    """Jobs, trials and arms of one session, with the rule that what is updated was fetched in it.

    The layer remembers one job, one trial and one arm: those fetched last with `get_job`, `get_trial` and `get_arm`.
    A method that updates refuses what is not remembered, so that nothing is written that was not read, and locked, in
    the same transaction. What is created does not count as fetched. Nothing is committed here: whoever opened the
    session does that.

    Parameters
    ----------
    session
        An open session; its transaction is the caller's.
    clock
        What time it is, in UTC; by default the machine's clock.

    Raises
    ------
    BadOperationError
        By methods that update, if what they update was not fetched, or cannot be updated any more.
    BadValueError
        By methods that store, if a value cannot be stored.

    Notes
    -----
    Sixteen methods are those of the published service's layer, and behave likewise: `get_arms`, `get_arm`,
    `get_explorations_of_job`, `update_trial`, `update_arm_state`, `update_exp_default_bs`, `create_trial`,
    `get_random_choices`, `get_normal`, `get_job`, `get_trial`, `create_job`, `get_trial_results_of_bs`, `create_arms`,
    `update_job_stage` and `delete_job`. They differ where that one loses something: lists are in order whatever the
    database, the lowest cost is one of runs that converged, and trial numbers go on after a deletion.

    How much a method reads does not depend on how many trials the job has, but for `get_trial_results_of_bs` without
    a window, `get_rewards` from the start and `sum_costs`.
    """
