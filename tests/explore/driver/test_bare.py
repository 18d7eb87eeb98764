"""Where nobody is logged in: in a job of a queue, a service, a container."""

from __future__ import annotations

import subprocess
import sys

from tiny_sweep import states

PLAN = """
import getpass, os
from simulator.explore import Task, Token

def nobody(*_):
    raise OSError("nobody is logged in")

os.getlogin = getpass.getuser = nobody

class Quiet(Task):
    x: int
    def execute(self):
        return {"y": self.x}

def explorer(launcher):
    for x in range(3):
        launcher(Token("licences", 2)(1, Quiet(x=x)))
"""


def test_a_sweep_needs_neither_a_terminal_nor_a_name_of_the_user(tmp_path):
    """Not even for the lock and for tokens, which say who holds them."""
    plan = tmp_path / "plan.py"
    plan.write_text(PLAN)
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "grid", "run", str(plan)],
        cwd=tmp_path,
        env={"SIMULATOR_STATE_DIR": str(tmp_path / "state")},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(states(tmp_path / "sweeps").values()) == {"done"}
