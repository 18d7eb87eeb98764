"""The program ``simulator grid`` as a process of its own, in a folder of the test's; what it may say, and what not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from simulator.explore import export_table, read_table

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = [sys.executable, "-c", "from simulator.cli import main; main()", "grid"]

#: A plan of ten cells; what is put in the place of "pass" is done by each.
PLAN = """
import os, signal, time
from pathlib import Path
from simulator.explore import Task, param, product

class Tiny(Task):
    x: int
    seed: int = param(0, repetition=True)

    def execute(self):
        DO
        return {"y": self.x / 7 + self.seed}

def explorer(launcher):
    launcher.bind(Tiny)(product(x=range(5), seed=range(2)))
"""


def plan_that(do="pass", text=PLAN):
    """Write down a plan whose cells do something."""
    return text.replace("DO", do)


def start(where: Path, *words: object, program=PROGRAM, **options) -> subprocess.Popen[str]:
    """Start the program in a folder."""
    environment = {**os.environ, **options.pop("env", {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": where}
    return subprocess.Popen([*program, *map(str, words)], env=environment, **{**streams, **options})


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for its end, see that it ended in order, and return all that it said."""
    said, messages = process.communicate(timeout=60)
    assert "Traceback" not in messages, messages
    assert process.returncode == code, (process.returncode, messages)
    return said + messages


def grid(where: Path, *words: object, code: int = 0, **options) -> str:
    """Run the program to its end."""
    return ended(start(where, *words, **options), code)


def table(where: Path, folder: object = "sweeps") -> bytes:
    """Export the table of a sweep, and read it."""
    return export_table(read_table(where / str(folder)), where / "table.csv").read_bytes()


def wait_for(condition, timeout_s=60.0):
    """Wait until something is so."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.005)


@contextmanager
def small_disk(place: Path, kib: int):
    """Mount a disk of so many KiB; it is to grow to what the function says that is handed over."""
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("this root may not mount")
    try:
        yield lambda more: subprocess.run(["mount", "-o", f"remount,size={more}k", place], check=True)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free on a disk; the file that takes it all can be removed."""
    with (disk / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return disk / "ballast"


@contextmanager
def read_only(folder: Path):
    """Let nothing be written in a folder: by a mount where root may, who may write anywhere, else by its rights."""
    if os.geteuid():
        rights = [(each, each.stat().st_mode) for each in [folder, *folder.rglob("*")]]
        for each, mode in rights:
            each.chmod(mode & ~0o222)
        try:
            yield
        finally:
            for each, mode in rights:
                each.chmod(mode)
        return
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False).returncode:
        pytest.skip("root may write anywhere, and this one may not mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
