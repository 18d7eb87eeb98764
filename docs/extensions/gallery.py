"""The notebooks as pages: copied from ``notebooks/`` with their outputs, since Sphinx reads below its own folder alone.

What a notebook links to outside of its folder is named instead, unless it is a page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import write_page

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LINK = re.compile(r"\[([^\]]*)\]\(([^)#:]+)(#[^)]*)?\)")


def copy_notebooks(app: Sphinx) -> None:
    """Copy all notebooks that there are; remove pages of those that are no more."""
    source, folder = Path(app.srcdir).parent / "notebooks", Path(app.srcdir) / "gallery"
    notebooks = sorted(source.glob("*.ipynb"))
    for page in set(folder.glob("*.ipynb")) - {folder / notebook.name for notebook in notebooks}:
        page.unlink()
    for notebook in notebooks:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        content["metadata"].setdefault("language_info", {"name": "python"})["pygments_lexer"] = "ipython3"
        for cell in content["cells"]:
            if cell["cell_type"] == "markdown":
                text = _LINK.sub(lambda link: _link(link, source), "".join(cell["source"]))
                cell["source"] = text.splitlines(keepends=True)
        write_page(folder, notebook.name, json.dumps(content, ensure_ascii=False))


def _link(link: re.Match[str], source: Path) -> str:
    """Keep a link to another notebook, lead one to a page there, and name what is no page."""
    text, target, anchor = link[1], link[2], link[3] or ""
    if "/" not in target:
        return link[0] if (source / target).exists() else text
    if target.startswith("../docs/"):
        return f"[{text}](../{target.removeprefix('../docs/')}{anchor})"
    return f"{text} (`{target.removeprefix('../')}`)"


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("builder-inited", copy_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
