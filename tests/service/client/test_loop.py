"""The training loop of the documentation, as it stands there: two terminals, and no GPU."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "serve.md"
ADDRESS = "http://127.0.0.1:8000"


def shown():
    """Return the script that the page shows."""
    (block,) = re.findall(r"^```python\n(# train\.py\n.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    return block


def test_recurrences_learn_a_batch_size(served, scripts):
    """It explores first; by the end it keeps to sizes that are neither the smallest nor the largest."""
    loop = shown()
    assert loop.count(ADDRESS) == 1
    process = scripts(loop.replace(ADDRESS, served.url))
    out, messages = process.communicate(timeout=100)
    assert process.returncode == 0, messages
    sizes = [int(size) for size in re.findall(r"batch size (\d+)", out)]
    assert len(sizes) == 20
    assert sizes[0] == 32
    assert len(set(sizes[:8])) > 1
    assert not {8, 2048} & set(sizes[-5:])
