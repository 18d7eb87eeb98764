"""What the documents say is so: examples run, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click

from simulator.cli import main

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [
    page
    for page in sorted((REPOSITORY / "docs").rglob("*.md"))
    if not {"build", "gallery"} & set(page.relative_to(REPOSITORY / "docs").parts)
]
#: Folders of what is written when the pages are built; links to it are checked there (tests/docs).
WRITTEN = {REPOSITORY / "docs" / name for name in ("gallery", "reference/commands", "reference/python")}
DOCUMENTS = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "traces/README.md")),
    *PAGES,
]


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), flags=re.DOTALL | re.MULTILINE)


def _commands(path: Path) -> list[str]:
    shown = [block.replace("\n$ ", "\n").removeprefix("$ ") for block in _blocks(path, "console")]
    lines = "\n".join([*_blocks(path, "sh"), *shown]).splitlines()
    inline = re.findall(r"`(simulator [^`]+)`", path.read_text())
    return [line.partition("#")[0].strip() for line in [*lines, *inline] if line.startswith("simulator ")]


def test_the_readme_is_short():
    """It shows the way, and pages say the rest."""
    assert len((REPOSITORY / "README.md").read_text().splitlines()) < 200


def test_links_lead_somewhere():
    """Every relative link and picture is a file of the tree."""
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            if (path.parent / target).resolve().parent not in WRITTEN:
                assert (path.parent / target).exists(), (path.name, target)


def test_every_documented_command_parses():
    """Every `simulator ...` in the documents names a command that exists, with options that it takes."""
    commands = [command for path in DOCUMENTS for command in _commands(path)]
    assert len(commands) > 100
    for command in commands:
        words, group = shlex.split(command)[1:], main
        while isinstance(group, click.Group):
            if hasattr(group, "default") and (not words or words[0] not in group.commands):
                group = group.default  # its first word, if it has one, is an argument
                break
            if not words or words[0].startswith("-"):
                break  # the program itself, or a group, with options of its own
            name = words.pop(0)
            assert name in group.commands, command
            group = group.commands[name]
        words = words[: words.index("--")] if "--" in words else words
        known = {option for parameter in group.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= {*known, "--help"}, command


def test_the_documented_make_targets_exist():
    """Every `make target` in the documents is one."""
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = {
        t for path in DOCUMENTS for t in re.findall(r"(?:^|`)make ([\w-]+)", path.read_text(), flags=re.MULTILINE)
    }
    assert {"replay", "test", "test-frameworks", "test-published", "lint"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_contributors_policy_is_a_policy(tmp_path, monkeypatch):
    """The policy and the test that CONTRIBUTING shows work as they stand, as two files side by side."""
    for block in _blocks(REPOSITORY / "CONTRIBUTING.md", "python"):
        name = block.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    namespace: dict[str, object] = {}
    exec((tmp_path / "test_round_robin.py").read_text(), namespace)  # noqa: S102  (our own document)
    namespace["test_round_robin_keeps_the_rules"]()
    sys.modules.pop("round_robin")


def test_every_dependency_has_a_reason():
    """Dependencies of the project are those that CONTRIBUTING gives reasons for."""
    project = (REPOSITORY / "pyproject.toml").read_text()
    declared = set(re.findall(r'^    "([a-z][a-z-]*)[>=]=', project, flags=re.MULTILINE))
    table = (REPOSITORY / "CONTRIBUTING.md").read_text().partition("## Dependencies")[2]
    explained = {
        word for row in re.findall(r"^\| ([^|]+) \|", table, flags=re.MULTILINE) for word in re.findall(r"[\w-]+", row)
    }
    assert len(declared) > 12
    assert declared <= explained
