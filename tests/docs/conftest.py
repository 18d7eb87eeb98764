"""The documentation, built once for all tests, from a copy: nothing is written beside the pages themselves."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from site_pages import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """The built documentation."""

    folder: Path
    returncode: int
    messages: str

    @cached_property
    def pages(self) -> Mapping[str, Page]:
        """All pages by their path within the site."""
        return {
            path.relative_to(self.folder).as_posix(): read_page(path)
            for path in sorted(self.folder.rglob("*.html"))
            if "_static" not in path.parts
        }

    @cached_property
    def inventory(self) -> Mapping[str, Mapping[str, object]]:
        """What can be linked to, by kind and name, as other projects would see it."""
        from sphinx.util.inventory import InventoryFile

        return InventoryFile.loads((self.folder / "objects.inv").read_bytes(), uri="").data


def _build(folder: Path) -> None:
    """Copy what the documentation is made of, and build it as `make docs` does; what was said is kept in a file."""
    source = folder / "source"
    shutil.copytree(REPOSITORY / "docs", source / "docs", ignore=shutil.ignore_patterns("build", "gallery", "*.rst"))
    shutil.copytree(REPOSITORY / "notebooks", source / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(REPOSITORY / "benchmarks", source / "benchmarks", ignore=lambda _, names: _no_pictures(names))
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    done = subprocess.run(
        [*command, str(source / "docs"), str(folder / "html")], capture_output=True, text=True, timeout=300, check=False
    )
    (folder / "said").write_text(f"{done.returncode}\n{done.stdout}{done.stderr}")


def _no_pictures(names: list[str]) -> list[str]:
    return [name for name in names if "." in name and not name.endswith((".png", ".svg"))]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The documentation. Where tests run in several processes, the first that needs it builds it for all."""
    pytest.importorskip("furo", reason="needs the extra docs")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "documentation"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "said").exists():
            _build(folder)
    code, _, messages = (folder / "said").read_text().partition("\n")
    return Site(folder / "html", int(code), messages)
