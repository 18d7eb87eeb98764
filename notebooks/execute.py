"""Executes notebooks and stores what they show.

``make notebooks``, or ``python notebooks/execute.py [NOTEBOOK...]``. Each runs in a
kernel and a folder of its own, so that none finds what another left. What differs from
run to run though nothing has changed (timings, names of machines) is not stored.
Describe a figure in its cell's metadata, ``{"mystnb": {"image": {"alt": "..."}}}``; its
output gets the same words.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

__all__ = ["FOLDER", "CellExecutionError", "execute", "paths", "read", "tidy"]

FOLDER = Path(__file__).resolve().parent

#: Longest that a cell may take [s]: compiling, where nothing was compiled before.
TIMEOUT_S = 300

#: The same on every machine, whatever its kernels are called.
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

#: What is said where nothing was compiled before; the next run is silent.
_COMPILING = re.compile(r"^compiling .* for this machine, once; .*\n", re.MULTILINE)


def paths() -> list[Path]:
    """Find the notebooks, in the order in which they are read."""
    return sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read a notebook."""
    return nbformat.read(path, as_version=4)


def execute(notebook: NotebookNode) -> NotebookNode:
    """Execute a notebook from first to last, in a new folder that is removed then.

    Parameters
    ----------
    notebook
        What to execute; it is not changed.

    Returns
    -------
    nbformat.NotebookNode
        A copy with its outputs, tidied.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the error shows the cell and where it failed.
    """
    # In a thread of its own, since the caller's may have an event loop that is running.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_execute, nbformat.from_dict(notebook)).result()


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Remove what differs from run to run; describe figures where they are not seen."""
    notebook.metadata = nbformat.from_dict(_METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in [*cell.get("outputs", [])]:
            if output.output_type == "stream":
                # Commands colour what they say, since a cell is a terminal to them.
                output.text = _COMPILING.sub(
                    "", re.sub(r"\x1b\[[0-9;]*m", "", output.text)
                )
                if not output.text:
                    cell.outputs.remove(output)
            if "image/png" in output.get("data", {}):
                output.metadata["image/png"] = {"alt": alt}
                output.data["text/plain"] = alt
    return notebook


def _execute(notebook: NotebookNode) -> NotebookNode:
    with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
        work = Path(folder, "work")
        work.mkdir()
        # Sockets in the folder: of free ports, several kernels may find the same one.
        places = {
            "transport": "ipc",
            "ip": f"{folder}/socket",
            "connection_file": f"{folder}/kernel.json",
        }
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            config=Config({"KernelManager": places}),
            timeout=TIMEOUT_S,
            record_timing=False,
            coalesce_streams=True,
        )
        # Its loop is closed in the end; that of nbclient's synchronous call is not.
        environment = os.environ | {"IPYTHONDIR": f"{folder}/ipython"}
        asyncio.run(client.async_execute(cwd=str(work), env=environment))
    return tidy(notebook)


def main(names: list[str]) -> None:
    """Execute the notebooks that were named, or all, and write each back whole."""
    for path in [Path(name) for name in names] or paths():
        executed = execute(read(path))
        nbformat.validate(executed)
        fresh = path.with_suffix(".tmp")
        nbformat.write(executed, fresh)
        fresh.replace(path)
        sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
