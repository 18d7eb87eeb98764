"""The notebooks show what they would show if they were executed now."""

from __future__ import annotations

import re
from difflib import unified_diff
from pathlib import Path

import execute
import pytest
from nvml_stub import compiler

from simulator.errors import NotInTraceError
from simulator.trace.locate import locate

PATHS = execute.paths()
SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces"


@pytest.fixture(autouse=True)
def _no_home_wanted(tmp_path, monkeypatch):
    """Let IPython keep its own files here: a home may be missing, and what it holds is not ours to use."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_shows_what_is_stored(path, monkeypatch):
    """Executed anew, every cell prints the stored text, and draws a figure where one is stored."""
    if path.stem in WANTS:
        WANTS[path.stem](monkeypatch)
    stored = execute.read(path)
    executed = execute.execute(stored)
    for before, after in zip(stored.cells, executed.cells, strict=True):
        varies = "varies" in before.metadata.get("tags", [])
        if changes := [*unified_diff(_shown(before, varies), _shown(after, varies), "stored", "now", lineterm="")]:
            pytest.fail(f"cell {before.id}; if it is meant to: make notebooks\n" + "\n".join(changes), pytrace=False)


def _compiler(_):
    if not compiler():
        pytest.skip("needs a C compiler, for the simulated GPU")


def _recorded_traces(monkeypatch):
    if (SHARED / "zeus-nsdi23").is_dir():
        monkeypatch.setenv("SIMULATOR_DATA_DIR", str(SHARED))
    try:
        locate("zeus-nsdi23")
    except NotInTraceError as error:
        pytest.skip(f"needs recorded traces: {error}")


#: What notebooks cannot do without, beyond the package and its tests' extras.
WANTS = {"07-from-training-to-trace": _compiler, "09-the-papers-evaluation": _recorded_traces}


def _shown(cell, varies):
    """List what a cell shows, line by line; of a figure, and of what was measured, that it is there."""
    lines = []
    for output in cell.get("outputs", []):
        said = {output.name: output.text} if output.output_type == "stream" else output.data
        for kind, value in sorted(said.items()):
            lines.append(kind)
            if not varies and kind != "image/png":
                lines += str(value).splitlines()
    return lines


def test_figures_are_told_apart_from_text():
    """What is compared of a cell: all of a text, of a figure that it is there, of a measured text that it is there."""
    text = {"output_type": "execute_result", "data": {"text/plain": "1\n2"}}
    figure = {"output_type": "display_data", "data": {"image/png": "abc", "text/plain": "<Figure>"}}
    cell = execute.nbformat.from_dict({"cell_type": "code", "source": "", "outputs": [text, figure]})
    assert _shown(cell, varies=False) == ["text/plain", "1", "2", "image/png", "text/plain", "<Figure>"]
    assert _shown(cell, varies=True) == ["text/plain", "image/png", "text/plain"]


def test_what_is_said_on_a_new_machine_alone_is_not_stored():
    """Compiling happens once on a machine; a warning beside it stays."""
    said = "compiling mine for this machine, once; that takes a few seconds\n"
    cells = [execute.nbformat.v4.new_code_cell(outputs=[stream(text)]) for text in (said, said + "odd\n")]
    first, second = execute.tidy(execute.nbformat.v4.new_notebook(cells=cells)).cells
    assert first.outputs == []
    assert [output.text for output in second.outputs] == ["odd\n"]


def stream(text):
    """A warning as a kernel hands it over."""
    return execute.nbformat.v4.new_output("stream", name="stderr", text=text)


def test_a_failing_cell_is_shown():
    """Whoever breaks a notebook reads which cell failed, and how; nothing of the run is left behind."""
    cells = ["import os", "raise LookupError(os.getcwd(), os.listdir())"]
    broken = execute.nbformat.v4.new_notebook(cells=[execute.nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(execute.CellExecutionError, match=r"raise LookupError\(os(?s:.*)LookupError") as failed:
        execute.execute(broken)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(failed.value))
    found = re.search(r"LookupError: \('(.*)', (.*)\)", plain)
    assert found, plain
    assert not Path(found[1]).exists()
    assert found[2] == "[]"
