"""What makes an object a policy: methods alone, so that one written for the published simulator is one."""

from __future__ import annotations

import inspect
from typing import Any

from simulator.errors import PolicyError

__all__ = ["check_policy"]

_BATCH_SIZE_METHODS = ("name", "register_job", "predict", "observe")
_POWER_METHODS = ("name", "predict", "observe")


def check_policy(argument: str, policy: Any, *, takes_size: bool) -> None:
    """Refuse what is no policy of its kind.

    Parameters
    ----------
    argument
        What it was given as, for the message.
    policy
        What was given.
    takes_size
        Whether it is to be a power policy, whose `predict` takes a batch size as well.

    Raises
    ------
    PolicyError
        If it lacks a method, or is a policy of the other kind.
    """
    kind, methods = ("power limit", _POWER_METHODS) if takes_size else ("batch size", _BATCH_SIZE_METHODS)
    problem = ", ".join(method for method in methods if not hasattr(policy, method))
    if not problem:
        try:
            inspect.signature(policy.predict).bind(*("job", "size") if takes_size else ("job",))
        except TypeError:
            problem = f"predict for a {kind}"
    if problem:
        raise PolicyError(
            f"{argument} is {policy!r}, which is no {kind} policy: it has no {problem}; both interfaces are in "
            "simulator.policy"
        )
