"""Plans in files: how they are read, and what is said when they are wrong."""

from __future__ import annotations

import subprocess
import sys

import cloudpickle
import pytest

from simulator.errors import ConfigError, GridError
from simulator.explore import Explorer, Settings, load_plan

QUICK = """\
from simulator.explore import Task, product

class Square(Task):
    side_m: float

    def execute(self):
        return {"area_m2": self.side_m**2}

def explorer(launcher):
    launcher(Square, product(side_m=[1, 2, 3]))
"""


def refused(path, message):
    """Read a plan and make its cells, which must fail."""
    with pytest.raises(GridError, match=message) as caught:
        load_plan(path).herd()
    return caught.value


def test_a_plan_makes_cells(write):
    """A file with a function called `explorer` is a plan; the grid is called as the file."""
    plan = load_plan(write(QUICK))
    herd = plan.herd()
    assert (plan.name, isinstance(plan.explorer, Explorer), plan.source) == ("quick", True, QUICK)
    assert [task.execute() for task in herd.tasks] == [{"area_m2": 1.0}, {"area_m2": 4.0}, {"area_m2": 9.0}]
    assert plan.herd().ids() == herd.ids()
    assert load_plan(plan.path, "other").name == "other"


def test_settings_hold_for_what_the_plan_does_not_say(write):
    """The launcher begins with them."""
    text = "def explorer(launcher):\n    launcher(Square, side_m=1)\n    launcher.slurm(mem_gb=8)(side_m=2)\n"
    plan = load_plan(
        write(QUICK.partition("def explorer")[0] + text.replace("launcher.slurm", "launcher.bind(Square).slurm"))
    )
    entries = list(plan.herd(Settings(mem_gb=4, time_min=9)))
    assert [entry.settings for entry in entries] == [Settings(mem_gb=4, time_min=9), Settings(mem_gb=8, time_min=9)]


def test_an_explorer_with_hooks_is_taken_as_it_is(write):
    """It decides how its table looks."""
    hooks = "\nfrom simulator.explore import Explorer\nclass Own(Explorer):\n    pass\nexplorer = Own(explorer)\n"
    assert type(load_plan(write(QUICK + hooks)).explorer).__name__ == "Own"


def test_what_a_plan_is_called_is_no_part_of_its_cells(write):
    """A file that is renamed or moved makes the same cells."""
    ids = [load_plan(write(QUICK, name)).herd().ids() for name in ("a.py", "b.py", "folder/plan.py")]
    assert ids[0] == ids[1] == ids[2]


def test_tasks_of_a_plan_travel_with_their_class(write, tmp_path):
    """A worker that never saw the plan can execute them."""
    sent = cloudpickle.dumps(load_plan(write(QUICK)).herd().tasks)
    (tmp_path / "sent").write_bytes(sent)
    code = "import pickle, sys; print([t.execute()['area_m2'] for t in pickle.load(open(sys.argv[1], 'rb'))])"
    words = [sys.executable, "-c", code, str(tmp_path / "sent")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "[1.0, 4.0, 9.0]\n"


def test_two_plans_in_one_process_do_not_mix(write):
    """Each has its own classes, though both modules are called `plan`."""
    one = load_plan(write(QUICK, "one.py"))
    two = load_plan(write(QUICK.replace("**2", "**3"), "two.py"))
    for plan, area in ((one, 4.0), (two, 8.0), (one, 4.0)):
        task = cloudpickle.loads(cloudpickle.dumps(plan.herd().tasks[1]))
        assert task.execute() == {"area_m2": area}


def test_a_plan_imports_its_neighbours(write):
    """Also while its function runs; afterwards the path is as before."""
    write("SIDES = [5]", "beside_sides.py")
    write("MORE = [6]", "beside_more.py")
    text = QUICK.replace(
        "def explorer(launcher):", "import beside_sides\ndef explorer(launcher):\n    import beside_more"
    )
    before = list(sys.path)
    plan = load_plan(write(text.replace("[1, 2, 3]", "beside_sides.SIDES + beside_more.MORE")))
    assert [task.side_m for task in plan.herd().tasks] == [5.0, 6.0]
    assert sys.path == before


def test_a_neighbour_of_another_plan_is_another(write):
    """Two folders may have a file of the same name, and an edited one is read again."""
    text = QUICK.replace("def explorer", "import beside_sides\ndef explorer").replace("[1, 2, 3]", "beside_sides.SIDES")
    for folder, side in (("a", 1), ("b", 22), ("a", 333)):
        write(f"SIDES = [{side}]", f"{folder}/beside_sides.py")
        assert [task.side_m for task in load_plan(write(text, f"{folder}/quick.py")).herd().tasks] == [side]


def test_a_plan_that_is_not_there(write, tmp_path):
    """The message says what lies in the folder."""
    write(QUICK, "quick.py")
    refused(
        tmp_path / "quik.py", r"there is no plan .*quik.py; in its folder there are quick.py; did you mean 'quick.py'\?"
    )
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty" / "plan.py", "its folder has no Python file")
    refused(tmp_path / "empty", "is a folder; name the file of a plan in it")
    refused(tmp_path / "quick.py" / "x", "cannot be read: Not a directory")


def test_a_file_without_explorer_is_told_what_a_plan_looks_like(write, tmp_path):
    """In three lines that are a plan themselves."""
    error = refused(write("explore = 1"), "has no `explorer`; did you mean 'explore'")
    example = str(error).partition("a short one is\n")[2]
    assert len(example.splitlines()) == 3
    assert len(load_plan(write(example, "example.py")).herd()) == 1
    refused(write("explorer = 3"), "has an `explorer` that is 3, no function")
    refused(write("class explorer: pass"), "has an `explorer` that is a class, no function")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def explorer(launcher:\n  pass",
            r"quick.py:1: SyntaxError: '\(' was never closed; the plan is no valid Python",
        ),
        ("x = 1\n  y = 2", r"quick.py:2: IndentationError: unexpected indent"),
        ("x = 1\n1 / 0", r"quick.py:2: ZeroDivisionError: division by zero; correct the plan"),
        (
            "import no_such_module",
            r"quick.py:1: ModuleNotFoundError: No module named 'no_such_module'; a plan can import",
        ),
        ("import sys\nsys.exit(3)", r"quick.py:2: SystemExit: 3; a plan says what to run"),
        (
            "def explorer(launcher):\n    launcher.herd.add(None, 1)",
            r"quick.py:2: AttributeError: .*\(raised in|quick.py:2",
        ),
        ("def explorer(launcher):\n    raise SystemExit('no')", "quick.py:2: SystemExit: no"),
        ("def explorer():\n    pass", "quick.py: TypeError: explorer.* takes 0 positional arguments"),
        ("def explorer(launcher):\n    yield launcher", "has not run, because it yields or is async"),
        ("async def explorer(launcher):\n    pass", "has not run, because it yields or is async"),
        (
            "import json\ndef explorer(launcher):\n    json.loads('{')",
            r"quick.py:3 \(raised in .*json/.*: JSONDecodeError",
        ),
        ("def explorer(launcher):\n    explorer(launcher)", "quick.py:2: RecursionError"),
        ("def explorer(launcher):\n    launcher.slurm(memgb=1)", "quick.py:2: no setting of Slurm is called 'memgb'"),
    ],
)
def test_a_plan_that_is_wrong_is_told_where(write, text, message):
    """One error, with the file and line, what was raised, and what to do; the cause is chained."""
    error = refused(write(text), message)
    assert "yields" in message or error.__cause__ is not None


def test_a_wrong_field_is_told_with_its_place(write):
    """What a configuration says about it, and the line of the plan."""
    error = refused(write(QUICK + "    launcher(Square, sid_m=3)\n"), r"quick.py:11: .*did you mean 'side_m'")
    assert isinstance(error.__cause__, ConfigError)


def test_a_fault_in_a_neighbour_names_both_lines(write):
    """The line of the plan that led there, and the one that raised."""
    write("def sides():\n    raise ValueError('two\\nlines')", "beside_sides.py")
    text = "import beside_sides\ndef explorer(launcher):\n    beside_sides.sides()"
    refused(write(text), r"quick.py:3 \(raised in .*beside_sides.py:2\): ValueError: two")
    write("x = (", "beside_broken.py")
    refused(write("import beside_broken"), r"beside_broken.py:1: SyntaxError: '\(' was never closed")


def test_an_interrupt_stops_the_planning(write):
    """It is the user's wish and no fault of the plan."""
    with pytest.raises(KeyboardInterrupt):
        load_plan(write("raise KeyboardInterrupt"))


@pytest.mark.parametrize("content", [b"x = '\xff'", b"# coding: no-such\n", b"x = 1\0"])
def test_a_file_that_is_no_text_is_told(tmp_path, content):
    """Not with a traceback of the decoder."""
    (tmp_path / "quick.py").write_bytes(content)
    refused(tmp_path / "quick.py", r"quick.py:1: ")


def test_a_plan_may_declare_its_encoding(tmp_path):
    """As any Python file may."""
    (tmp_path / "quick.py").write_bytes(b"# coding: latin-1\nname = '\xe9'\ndef explorer(launcher): pass\n")
    plan = load_plan(tmp_path / "quick.py")
    assert plan.module.name == "é"
    assert len(plan.herd()) == 0


def test_a_package_that_was_there_before_stays(write, monkeypatch):
    """What the rest of the program uses is not read a second time, though it lies beside a plan."""
    write("", "beside_package/__init__.py")
    write("SIDES = [1]", "beside_package/sides.py")
    monkeypatch.syspath_prepend(write(QUICK).parent)
    import beside_package

    path = write("from beside_package import sides\n" + QUICK)
    first = load_plan(path).module.sides
    assert load_plan(path).module.sides is first
    assert sys.modules["beside_package"] is beside_package


def test_a_copy_of_a_plan_needs_nothing_of_the_original(write, tmp_path):
    """The copies hold what it imported from beside it, a file called as the copy included."""
    write("from beside_package.inner import SIDES", "plans/beside_sides.py")
    write("", "plans/beside_package/__init__.py")
    write("SIDES = [4]", "plans/beside_package/inner.py")
    write("unused = 1", "plans/beside_unused.py")
    text = QUICK.replace("def explorer", "import beside_sides\ndef explorer").replace("[1, 2, 3]", "beside_sides.SIDES")
    path = write(text, "plans/quick.py")
    plan = load_plan(path)
    ids = plan.herd().ids()
    inner = ["beside/beside_package/__init__.py", "beside/beside_package/inner.py"]
    assert list(plan.copies()) == ["plan.py", *inner, "beside/beside_sides.py"]
    for name, source in plan.copies().items():
        write(source, f"copy/{name}")
    (tmp_path / "plans").rename(tmp_path / "gone")
    copy = load_plan(tmp_path / "copy" / "plan.py")
    assert copy.herd().ids() == ids
    assert copy.copies() == plan.copies()
    with copy.beside():
        assert str(tmp_path / "copy" / "beside") in sys.path
    assert str(tmp_path / "copy" / "beside") not in sys.path
