"""What `pip install .` brings: the package with its types and traces, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


def test_the_wheel_holds_the_package_and_the_traces(wheel):
    """Types are marked, every bundled file travels, and tests and results stay at home."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "simulator/py.typed" in names
    traces = REPOSITORY / "traces"
    for path in traces.rglob("*.*"):
        assert f"simulator/trace/bundled/{path.relative_to(traces).as_posix()}" in names
    for path in (REPOSITORY / "simulator" / "service" / "page" / "files").iterdir():
        assert f"simulator/service/page/files/{path.name}" in names
    for path in (REPOSITORY / "simulator" / "report" / "page").glob("*.*"):
        assert f"simulator/report/page/{path.name}" in names
    assert {name.split("/")[0] for name in names} == {"simulator", wheel.name.rsplit("-", 3)[0] + ".dist-info"}


def test_an_installed_package_replays_its_traces(wheel, tmp_path):
    """Away from the checkout, the bundled traces are found and replayed as from it."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import simulator; t = simulator.read_traces(gpu='a40');"
        "r = simulator.replay(t.jobs[0], t, policy='pruning-gts', seeds=0, recurrences=5);"
        "print(simulator.__file__, t.synthetic, r['energy_j'].sum().hex())"
    )

    def run(path):
        environment = {**os.environ, "PYTHONPATH": str(path)}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    installed, checkout = run(tmp_path / "site"), run(REPOSITORY)
    assert Path(installed[0]).is_relative_to(tmp_path)
    assert Path(checkout[0]).is_relative_to(REPOSITORY)
    assert installed[1:] == checkout[1:]
    assert installed[1] == "True"
