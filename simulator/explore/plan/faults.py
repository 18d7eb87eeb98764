"""What a plan does wrong, as one error that names the line."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import GridError, LedgerError, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOOKS_LIKE", "plan_faults"]

#: What a plan looks like, for those whose file is none.
LOOKS_LIKE = """\
    from simulator import read_traces
    def explorer(launcher):
        launcher(job=read_traces(gpu="v100").jobs[0], traces="@v100", policy="pruning-gts")"""


@contextmanager
def plan_faults(path: Path) -> Iterator[None]:
    """Turn whatever a plan raises into one error; only an interrupt by the user passes as it is.

    Parameters
    ----------
    path
        The plan's file.

    Raises
    ------
    GridError
        With the file and line, what was raised there, and what to do; the cause is chained.
    """
    try:
        yield
    except SyntaxError as error:
        where = f"{error.filename or path}:{error.lineno or 1}"
        raise GridError(f"{where}: {type(error).__name__}: {error.msg}; the plan is no valid Python") from error
    except SystemExit as error:
        raise GridError(
            f"{_place(error, path)}: SystemExit: {error.code}; a plan says what to run and ends nothing: put what only "
            "a program does under `if __name__ == '__main__':`"
        ) from error
    except LedgerError:  # it is about the folder, where digests of files are kept, and no fault of the plan
        raise
    except SimulatorError as error:  # it says itself what to do
        raise GridError(f"{_place(error, path)}: {error}") from error
    except ModuleNotFoundError as error:
        raise GridError(
            f"{_place(error, path)}: {_said(error)}; a plan can import what is installed, and its neighbours in "
            f"{path.parent}"
        ) from error
    except Exception as error:
        raise GridError(f"{_place(error, path)}: {_said(error)}; correct the plan and run it again") from error


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _place(error: BaseException, path: Path) -> str:
    """Name the last line of the plan that led to an error, and the line elsewhere that raised it, if it is another."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    inside = [(name, line) for name, line in frames if name == str(path)]
    if not inside:
        return str(path)
    file, line = inside[-1]
    last = frames[-1]
    beside = "" if last[0] == file or isinstance(error, SimulatorError) else f" (raised in {last[0]}:{last[1]})"
    return f"{file}:{line}{beside}"
