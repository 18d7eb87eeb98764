"""The package as a whole: what it exports, what it imports, and which way imports point."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import simulator
from simulator import errors

PACKAGE = Path(simulator.__file__).parent
#: Rooms from the ground up; an import may point to the same room or a lower one.
FLOORS = [
    "errors",
    "check",
    "verb",
    "lazy",
    "frameworks",
    "rapl",
    "state_dir",
    "cost",
    "job",
    "trace",
    "policy",
    "replay",
    "compare",
    "plot",
    "collect",
    "explore",
    "service",
    "report",
    "doctor",
    "cli",
    "__main__",
]
#: Rooms that do not know one another, though one is listed above the other.
NEIGHBOURS = {("cost", "job"), ("job", "cost"), ("explore", "collect"), ("service", "collect"), ("service", "explore")}


def test_every_public_name_is_there():
    """`__all__` is sorted, complete, and every name in it can be had."""
    assert simulator.__all__ == sorted(simulator.__all__)
    for name in simulator.__all__:
        assert getattr(simulator, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = simulator.nothing


def test_the_import_is_light():
    """`import simulator` loads nothing heavy, so that it is quick."""
    heavy = ["numba", "matplotlib", "sqlalchemy", "pynvml", "pandas", "numpy", "scipy", "pyarrow", "rich", "pooch"]
    code = f"import simulator, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_replaying_loads_no_optional_part():
    """The engine itself needs no plots, compiler, database or GPU."""
    code = (
        "import simulator, sys; t = simulator.read_traces(gpu='v100');"
        "simulator.replay(t.jobs[0], t, policy='pruning-gts', seeds=0, recurrences=3);"
        "print([m for m in 'numba matplotlib sqlalchemy pynvml scipy rich click pooch'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _imports() -> list[tuple[Path, str]]:
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simulator"):
                found.append((path, node.module))
            elif isinstance(node, ast.Import):
                found += [(path, alias.name) for alias in node.names if alias.name.startswith("simulator")]
    return found


def test_imports_point_down():
    """No room imports from a room above it: the tree is the diagram."""
    imports = _imports()
    assert len(imports) > 50
    for path, module in imports:
        if "examples" in path.parts:
            continue  # they are written as users write
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        there = module.split(".")[1] if "." in module else "__init__"
        if here == "__init__" or there == "__init__":
            assert here in ("__init__", "cli"), f"{path} imports the package's face"
            continue
        assert FLOORS.index(there) <= FLOORS.index(here), f"{path} imports {module}, which is above it"
        assert (here, there) not in NEIGHBOURS, f"{path} imports {module}, its neighbour"


def test_no_files_import_each_other_in_a_circle():
    """Every file can be read after those that it names; imports within functions and for types count as well."""
    files = {path: ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    faces = {name.removesuffix(".__init__") for name in files.values() if name.endswith(".__init__")}
    graph: dict[str, set[str]] = {}
    for path, module in _imports():
        if module not in faces:  # a package's face only hands names on
            graph.setdefault(files[path], set()).add(module)
    assert len(list(TopologicalSorter(graph).static_order())) > 80  # raises CycleError, which names the circle


def test_nothing_below_the_command_line_prints():
    """Data is returned, never printed."""
    for path in PACKAGE.rglob("*.py"):
        if "cli" in path.parts:
            continue
        calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        assert "print" not in {f.id for f in calls if isinstance(f, ast.Name)}, path


def test_every_error_is_of_the_family_and_a_builtin():
    """Each error can be caught as `SimulatorError`, and by those who do not know it as the builtin it stands for."""
    builtin = (ValueError, LookupError, RuntimeError, ConnectionError, OSError, ImportError)
    for name in set(errors.__all__) - {"SimulatorError", "nearest"}:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.SimulatorError)
        assert issubclass(kind, builtin), name


def test_nothing_below_plot_draws():
    """matplotlib is loaded by rooms from `plot` upwards alone; those below return tables."""
    below = FLOORS[: FLOORS.index("plot")]
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in below:
            continue
        nodes = list(ast.walk(ast.parse(path.read_text())))
        named = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        named += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        assert not [name for name in named if name.split(".")[0] == "matplotlib"], path
