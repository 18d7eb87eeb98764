"""Help comes quickly, and what is not installed is said."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.cli.serve import place

HEAVY = ("fastapi", "pydantic", "sqlalchemy", "uvicorn", "numpy", "pandas")


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["serve", "migrate", "--help"]])
def test_help_loads_nothing_of_the_service(words):
    """Neither the database's library nor that of HTTP."""
    program = (
        "import sys\nfrom simulator.cli import main\n"
        f"main({words!r}, standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.rstrip().endswith("[]")


def test_a_missing_extra_is_named(monkeypatch):
    """With the line that installs it."""
    monkeypatch.setattr(place, "NEEDED", ("no_such_library",))
    ended = CliRunner().invoke(main, ["serve"])
    assert ended.exit_code == 2
    assert "no_such_library" in ended.output
    assert "pip install 'trace-simulator[service]'" in ended.output
