"""Importing a framework when what adapts to it is used, and saying what to install if it is not there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulator.errors import FrameworkMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["callback_class", "framework"]


def framework(*modules: str, install: str, purpose: str) -> Any:
    """Import the first of several modules that is there.

    Parameters
    ----------
    *modules
        Names to try.
    install
        What to give to ``pip install``.
    purpose
        What needs it, as the beginning of the error.

    Returns
    -------
    module
        The framework.

    Raises
    ------
    FrameworkMissingError
        If none is installed.
    """
    for module in modules:
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
                raise  # the framework is there, but lacks something itself
    raise FrameworkMissingError(f"{purpose} needs {' or '.join(modules)}; pip install {install}")


def callback_class(name: str, module: str, reporter: type, bases: Sequence[type]) -> type:
    """Join what reports with a framework's base classes; the class can be pickled by its module and name."""
    about = {"__module__": module, "__doc__": reporter.__doc__, "__qualname__": name}
    return type(name, (reporter, *bases), about)
