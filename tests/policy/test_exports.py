"""What `simulator.policy` and its kit export, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import simulator.policy
import simulator.policy.checks


@pytest.mark.parametrize("package", [simulator.policy, simulator.policy.checks])
def test_exports_are_on_purpose(package):
    """`__all__` is sorted, its names exist and are described, and nothing else leaks."""
    assert package.__all__ == sorted(package.__all__)
    public = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }
    assert public == set(package.__all__)
    assert all(getattr(package, name).__doc__ for name in package.__all__)


def test_importing_and_listing_is_light():
    """Names, descriptions and the stock policies need neither pandas nor plots nor a compiler."""
    code = (
        "import sys, simulator.policy as p; [p.describe(n) for n in p.names()]; p.create('oracle');"
        "print([m for m in 'numba matplotlib pandas scipy pyarrow rich click'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
