"""What pages show is what comes out: commands in the tutorial, and scripts of the published simulator."""

from __future__ import annotations

import doctest
import inspect
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SHOWN = [page for page in sorted(DOCS.rglob("*.md")) if "```console" in page.read_text()]


def test_some_pages_show_what_commands_print():
    """The tutorial does."""
    assert len(SHOWN) >= 3


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.stem)
def test_commands_print_what_is_shown(page, tmp_path, monkeypatch):
    """Each block of a page is run, in a folder that the page has to itself; `...` stands for anything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    steps = [
        step for block in blocks for step in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE)
    ]
    assert steps
    for command, expected in steps:
        done = CliRunner().invoke(main, shlex.split(command)[1:], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert doctest.OutputChecker().check_output(expected, done.stdout, FLAGS), f"{command}\n{done.stdout}"


def _run(source: str) -> doctest.TestResults:
    """Run a block with prompts; how many examples it has, and how many of them failed."""
    parsed = doctest.DocTestParser().get_doctest(source, {}, "migration.md", None, 0)
    return doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(parsed, out=lambda _: None)


def test_the_script_that_moved_has_the_same_history_there():
    """With the imports of the published simulator, the block of the migration page shows the same numbers."""
    pytest.importorskip("zeus._legacy", reason="needs the published simulator")
    block = re.findall(r"^```python\n(.*?)^```", (DOCS / "migration.md").read_text(), flags=re.DOTALL | re.MULTILINE)[0]
    theirs = block.replace("from simulator import Job", "from zeus._legacy.job import Job")
    theirs = theirs.replace("from simulator import Simulator", "from zeus._legacy.simulate import Simulator")
    theirs = theirs.replace("from simulator.policy import", "from zeus._legacy.policy import")
    assert theirs.count("zeus._legacy") == 3
    assert _run(block).failed == 0
    assert _run(theirs).failed == 0
    assert _run(theirs.replace("seed=1,", "seed=2,")).failed > 0


def test_the_migration_page_names_all_that_the_published_simulator_has():
    """Each class, method and argument of it."""
    job = pytest.importorskip("zeus._legacy.job", reason="needs the published simulator")
    from zeus._legacy import simulate
    from zeus._legacy.policy import interface, mab, optimizer

    page = (DOCS / "migration.md").read_text()
    for module in (job, simulate, interface, mab, optimizer):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__ or name in ("PruningExploreManager", "GaussianTS"):
                continue  # these two are helpers; what they have is no interface
            assert name in page
            for member, what in inspect.getmembers(kind, inspect.isfunction):
                if member == "__init__" or not member.startswith("_"):
                    for word in [member, *inspect.signature(what).parameters]:
                        assert word in {"self", "__init__"} or re.search(rf"\b{word}\b", page), (name, member, word)
