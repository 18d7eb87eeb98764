"""One rule that policies keep, and what is raised when one does not."""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Check", "ContractError", "Factory", "make", "run_all"]

Factory: TypeAlias = Callable[..., Any]

#: Seed of every policy under test.
SEED = 20230417


class ContractError(PolicyError, AssertionError):
    """A policy breaks a rule that hosts rely on.

    Parameters
    ----------
    broken
        What went wrong, by name of the rule.
    """

    def __init__(self, broken: dict[str, str]) -> None:
        super().__init__(broken)
        self.broken = broken

    def __str__(self) -> str:
        """Name each broken rule and what went wrong."""
        return "; ".join(f"{rule}: {what}" for rule, what in self.broken.items())


@dataclass(frozen=True)
class Check:
    """One rule; call it with a factory of policies to have it checked.

    Parameters
    ----------
    name
        Name of the rule, lower case with hyphens; also its text form.
    rule
        What a policy promises.
    verify
        Looks for a breach: returns what went wrong, an empty text if nothing did.
    """

    name: str
    rule: str
    verify: Callable[[Factory], str]

    def __str__(self) -> str:
        return self.name

    def __call__(self, factory: Factory) -> None:
        """Check the rule on policies from a factory.

        Raises
        ------
        ContractError
            If they break it.
        """
        if what := self.breach(factory):
            raise ContractError({self.name: what})

    def breach(self, factory: Factory) -> str:
        """Say how policies from a factory break the rule; an empty text if they keep it."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # that a policy prints is one rule's business
                what = self.verify(factory)
        except Exception as error:  # a foreign policy raises what it likes
            what = f"raised {error!r}"
        return f"{self.rule}, but this one {what}" if what else ""


def make(factory: Factory) -> Any:
    """Make a policy, with the kit's seed if the factory takes one."""
    try:
        takes_seed = "seed" in inspect.signature(factory).parameters
    except (TypeError, ValueError):  # some builtins have no signature
        takes_seed = False
    return factory(seed=SEED) if takes_seed else factory()


def run_all(checks: Iterable[Check], factory: Factory) -> None:
    """Check all rules, then report all breaches at once.

    Raises
    ------
    ContractError
        If there is one.
    """
    if broken := {check.name: what for check in checks if (what := check.breach(factory))}:
        raise ContractError(broken)
