"""The notebooks call what there is, say what they do, and can be read anywhere."""

from __future__ import annotations

import ast
import re

import execute
import pytest
from IPython.core.inputtransformer2 import TransformerManager

PATHS = execute.paths()
#: Most lines of a cell's code.
MOST_LINES = 35
#: Most lines of a function: none is needed, but where a policy or a plan is written, or others' numbers are compared.
MOST_OF_A_FUNCTION = {"06-your-own-policy": 20, "08-reading-a-sweep": 8, "09-the-papers-evaluation": 20}
MOST_BYTES = 500_000
#: What takes seconds and is to be called with all there is, never in a loop.
VERBS = {"replay", "compare"}
LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _trees(notebook):
    plain = TransformerManager()
    return [ast.parse(plain.transform_cell(cell.source)) for cell in _code(notebook)]


def test_they_are_there():
    """There are notebooks, numbered from 01 without a gap."""
    assert [path.name[:2] for path in PATHS] == [f"{number:02}" for number in range(1, len(PATHS) + 1)]
    assert PATHS


@every_notebook
def test_it_is_written_for_people(path):
    """A title first, words before each cell of code, and at the end what was learned and where to go on."""
    cells = execute.read(path).cells
    assert re.match(r"# \w", cells[0].source)
    assert sum(cell.source.startswith("# ") for cell in cells if cell.cell_type == "markdown") == 1
    assert sum(cell.cell_type == "markdown" for cell in cells) >= len(cells) / 3
    last = cells[-1].source
    assert last.startswith("## What we learned")
    assert "**Careful.**" in last
    assert "**Where to go on.**" in last
    assert "SYNTHETIC" in "".join(cell.source for cell in cells)


@every_notebook
def test_links_lead_somewhere(path):
    """Every relative link is a file of the tree."""
    for cell in execute.read(path).cells:
        for target in re.findall(r"\]\(([^)#:]+)\)", cell.source):
            assert (path.parent / target).exists(), target


@every_notebook
def test_it_imports_first(path):
    """The first cell of code imports all that the others need, and nothing else does."""
    first, *others = _trees(execute.read(path))
    assert any(isinstance(node, ast.Import) and node.names[0].name == "simulator" for node in ast.walk(first))
    for tree in others:
        for node in tree.body:
            assert not isinstance(node, ast.Import | ast.ImportFrom), ast.unparse(node)


@every_notebook
def test_it_calls_and_does_not_compute(path):
    """Cells are short, functions are few, and what runs much is called once, not in a loop."""
    notebook = execute.read(path)
    for cell in _code(notebook):
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.id
    for tree in _trees(notebook):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < MOST_OF_A_FUNCTION.get(path.stem, 0), node.name
            if isinstance(node, LOOPS):
                called = {part.func.attr for part in ast.walk(node) if _is_call_of_a_part(part)}
                assert not called & VERBS, ast.unparse(node)


def _is_call_of_a_part(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


@every_notebook
def test_it_is_stored_as_it_ran(path):
    """All cells ran once, in order, without a warning; names of cells are words; no place of one machine is shown."""
    notebook = execute.read(path)
    assert [cell.execution_count for cell in _code(notebook)] == list(range(1, len(_code(notebook)) + 1))
    assert path.stat().st_size < MOST_BYTES
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", cell.id)
        assert "execution" not in cell.metadata
        texts = [cell.source]
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.text
            assert output.output_type != "error"
            texts += [
                output.get("text", ""),
                *map(str, (value for key, value in output.get("data", {}).items() if "image" not in key)),
            ]
        assert not re.search(r"(?<![\w.<:/-])/(home|root|tmp|work|usr|var|opt|Users)/", "\n".join(texts)), cell.id


@every_notebook
def test_figures_are_described(path):
    """Each figure says in words what it shows, for those who cannot see it; every notebook has one."""
    figures = 0
    for cell in _code(execute.read(path)):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                figures += 1
                assert len(output.metadata["image/png"]["alt"].split()) > 7, cell.id
                assert output.metadata["image/png"]["alt"] == cell.metadata["mystnb"]["image"]["alt"]
    assert figures
