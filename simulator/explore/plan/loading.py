"""Reading a plan from its file, and making the cells it asks for."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import GridError, nearest
from simulator.explore.plan.explorer import Explorer
from simulator.explore.plan.faults import LOOKS_LIKE, plan_faults
from simulator.explore.plan.launcher import Launcher
from simulator.explore.plan.neighbours import BESIDE, neighbours, sources

if TYPE_CHECKING:
    import os
    from contextlib import AbstractContextManager

    from simulator.explore.plan.herd import Herd
    from simulator.explore.plan.settings import Settings

__all__ = ["MODULE", "Plan", "load_plan"]

#: What a plan's module is called, whatever its file is called, so that a file that is renamed makes the same cells.
MODULE: Final = "plan"


@dataclass(frozen=True)
class Plan:
    """What makes a grid.

    Parameters
    ----------
    name
        What the grid is called; that of the file by default.
    explorer
        Makes the cells.
    module
        What the file defines.
    source
        Text of the file, as it was when it was read.
    path
        The file.
    imported
        Texts of what it has imported so far from its own folder, by relative paths.
    """

    name: str
    explorer: Explorer
    module: ModuleType
    source: str
    path: Path
    imported: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the plan and its neighbours lie."""
        return self.path.parent

    def beside(self) -> AbstractContextManager[None]:
        """Let the plan's neighbours be imported meanwhile; workers that are started meanwhile find them as well."""
        return neighbours(self.folder)

    def copies(self) -> dict[str, str]:
        """Say which files, with which text, make a copy of the plan that can be read with `load_plan`.

        Returns
        -------
        dict
            Texts by relative paths: ``plan.py``, and in the folder ``beside`` what it has imported from its own folder.
        """
        return {"plan.py": self.source, **{f"{BESIDE}/{path}": text for path, text in sorted(self.imported.items())}}

    def herd(self, settings: Settings | None = None) -> Herd:
        """Make the cells.

        Parameters
        ----------
        settings
            What a scheduler is told about cells for which the plan says nothing else.

        Returns
        -------
        Herd
            The cells, in the order of the plan.

        Raises
        ------
        GridError
            If the plan raises, with the place, the cause, and what to do.
        """
        launcher = Launcher(settings=settings)
        with self.beside(), plan_faults(self.path):
            self._check(self.explorer(launcher))
        self.imported.update(sources(self.path))
        return launcher.herd

    def _check(self, result: Any) -> None:
        if inspect.isgenerator(result) or inspect.iscoroutine(result):
            result.close()
            raise GridError("explorer has not run, because it yields or is async: make it a plain function")


def load_plan(path: str | os.PathLike[str], name: str | None = None) -> Plan:
    """Read a plan: execute a Python file that has a function, or an `Explorer`, called ``explorer``.

    The file is executed as the module ``plan``, so that classes of tasks in it are called ``plan.X``; tasks travel to
    workers with their classes. Its folder can be imported from meanwhile.

    Parameters
    ----------
    path
        The file.
    name
        What the grid is called; by default as the file, without ``.py``.

    Raises
    ------
    GridError
        If there is no such file, it is no Python, it raises, or it has no ``explorer``.

    Examples
    --------
    >>> load_plan("no_such_plan.py")
    Traceback (most recent call last):
    simulator.errors.GridError: there is no plan no_such_plan.py; ...
    """
    source = _source(Path(path))
    file = Path(path).absolute()
    module = ModuleType(MODULE)
    module.__file__ = str(file)
    with neighbours(file.parent, fresh=True), plan_faults(file):
        code = compile(source, str(file), "exec", dont_inherit=True)
        _register(module)
        exec(code, vars(module))  # noqa: S102  # a plan is a program that the user asks to run
    return Plan(name or file.stem, _explorer(module, file), module, source, file, sources(file))


def _source(path: Path) -> str:
    """Read a plan's text."""
    try:
        return decode_source(path.read_bytes())
    except FileNotFoundError as error:
        beside = sorted(each.name for each in path.absolute().parent.glob("*.py"))
        there = (
            f"in its folder there are {', '.join(beside[:10])}"
            if beside
            else "its folder has no Python file; simulator grid example writes one"
        )
        raise GridError(f"there is no plan {path}; {there}{nearest(path.name, beside)}") from error
    except IsADirectoryError as error:
        raise GridError(f"{path} is a folder; name the file of a plan in it") from error
    except OSError as error:
        raise GridError(f"the plan {path} cannot be read: {error.strerror or error}") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise GridError(
            f"{path}:1: the plan is no text in the encoding that it declares ({error}): use UTF-8"
        ) from error


def _register(module: ModuleType) -> None:
    """Let others find the module, and let what it defines travel by value: no worker can import it."""
    import cloudpickle

    sys.modules[MODULE] = module
    cloudpickle.register_pickle_by_value(module)


def _explorer(module: ModuleType, file: Path) -> Explorer:
    """Find what makes the cells."""
    found = getattr(module, "explorer", None)
    if isinstance(found, Explorer):
        return found
    if callable(found) and not isinstance(found, type):
        return Explorer(found)
    if found is None:
        names = [each for each in vars(module) if not each.startswith("_")]
        problem = f"has no `explorer`{nearest('explorer', names)}"
    else:
        problem = f"has an `explorer` that is {'a class' if isinstance(found, type) else repr(found)}, no function"
    raise GridError(f"{file} {problem}\n`simulator grid example` writes longer plans; a short one is\n{LOOKS_LIKE}")
