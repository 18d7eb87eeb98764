"""Adapters are optional: without their framework they say what to install."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from simulator.errors import FrameworkMissingError
from simulator.frameworks import framework

ADAPTERS = ["huggingface", "keras", "lightning"]


@pytest.mark.parametrize("name", ADAPTERS)
def test_importing_an_adapter_imports_no_framework(name):
    """Only asking for its callback does."""
    heavy = ["torch", "transformers", "lightning", "pytorch_lightning", "keras", "numpy"]
    code = f"import sys, simulator.collect.adapters.{name}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "modules", "install"),
    [
        ("huggingface", ["transformers"], "pip install transformers accelerate"),
        ("keras", ["keras"], "pip install keras"),
        ("lightning", ["lightning.pytorch", "pytorch_lightning", "lightning"], "pip install lightning"),
    ],
)
def test_a_missing_framework_is_named(monkeypatch, name, modules, install):
    """Its name, and the command that installs it."""
    adapter = importlib.import_module(f"simulator.collect.adapters.{name}")
    monkeypatch.delitem(vars(adapter), "EventsCallback", raising=False)
    real = importlib.import_module

    def missing(module):
        if module in modules:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return real(module)

    monkeypatch.setattr("simulator.frameworks.import_module", missing)
    with pytest.raises(FrameworkMissingError, match=install):
        _ = adapter.EventsCallback
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = adapter.Nothing


def test_a_framework_that_lacks_something_itself_is_not_called_missing(tmp_path, monkeypatch):
    """Its own error is the one to read."""
    (tmp_path / "half_installed.py").write_text("import something_it_needs\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        framework("half_installed", install="half", purpose="A test")
