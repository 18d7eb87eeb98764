"""Configurations travel to other processes with their classes, and are what they were there."""

from __future__ import annotations

import pickle
import subprocess
import sys
from types import ModuleType

import pytest

from simulator.errors import ConfigError
from simulator.explore import Config, File, Recorded, Task, param, tag, tags

PLAN = """
from __future__ import annotations
from enum import Enum
from typing import Literal
import sys
from simulator.explore import Task, Config, param

class Colour(Enum):
    RED = 1

class Model(Config):
    rate: float = 0.1
    parent: Model | None = None

class Own(Task):
    eta: float = 0.5
    colour: Colour = Colour.RED
    model: Model = Model()
    word: Literal["a", "b"] = param("a", help="A word.")
    some: list[float] = param(default_factory=lambda: [1.0])
    seed: int = param(0, repetition=True)

    def execute(self):
        return {"x": self.eta * self.seed, "unsealed": Own(eta=0.25, model=Model(parent=self.model)).id}
"""

#: Unpickles a cell, looks at it and makes others of its class.
READER = """
import pickle, sys
cell = pickle.load(open(sys.argv[1], "rb"))
kind = type(cell)
print(cell.id, cell.row_id, cell.sealed, cell.execute()["unsealed"], cell.copy().id, kind(eta=cell.eta, seed=3).id)
"""


class Cell(Config):
    eta: float = 0.5
    named: dict[str, int] = param(default_factory=dict)
    words: File | None = None
    traces: Recorded | Task | None = None
    inner: Config | None = None


def test_a_round_trip_changes_nothing(tmp_path):
    """Values, seal, id and tags are the same; a file need not be there any more."""
    file = tmp_path / "words.txt"
    file.write_text("words")
    cell = Cell(eta=tag(0.3), named={"a": 1}, words=file, inner=Cell(), traces=Recorded("@v100")).seal()
    expected = cell.id, cell.row_id, cell.plain(), tags(cell)
    data = pickle.dumps(cell)
    file.unlink()
    back = pickle.loads(data)  # noqa: S301  # our own
    assert (back.id, back.row_id, back.plain(), tags(back)) == expected
    assert back.sealed
    assert back.inner.sealed


def test_what_is_not_sealed_stays_so():
    """It may still be changed where it arrives."""
    cell = pickle.loads(pickle.dumps(Cell()))  # noqa: S301  # our own
    cell.eta = 0.1
    assert cell.id == Cell(eta=0.1).id


def test_a_cell_is_small():
    """Values and id travel, not what is known of the class."""

    def size(n):
        return len(pickle.dumps([Cell(eta=i / 7).seal() for i in range(n)]))

    assert (size(200) - size(100)) / 100 < 250


@pytest.fixture(params=["module", "script", "renamed script"])
def dumped(request, tmp_path):
    """Write a cell of a class that no worker can import: of a plan, or of a script, whatever it is called."""
    target = tmp_path / "cell.pickle"
    dump = (
        "import cloudpickle\n"
        "cell = Own(eta=0.3, seed=3).seal()\n"
        f"open({str(target)!r}, 'wb').write(cloudpickle.dumps(cell))\n"
        "print(cell.id, cell.row_id, Own(eta=0.25, model=Model(parent=Model())).id)\n"
    )
    script = tmp_path / ("other.py" if request.param == "renamed script" else "my_plan.py")
    if request.param == "module":
        lines = [
            "import sys, types, cloudpickle",
            "module = types.ModuleType('plan')",
            "sys.modules['plan'] = module",
            f"exec({PLAN!r}, vars(module))",
            "cloudpickle.register_pickle_by_value(module)",
            "Own, Model = module.Own, module.Model",
        ]
        script.write_text("\n".join(lines) + "\n" + dump)
    else:
        script.write_text(PLAN + dump)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=60)
    return target, done.stdout.split()


def test_classes_of_plans_and_scripts_travel_by_value(dumped):
    """The worker knows neither file nor module, and makes the same ids, of new configurations too."""
    target, (id_, row_id, inner_id) = dumped
    done = subprocess.run(
        [sys.executable, "-c", READER, target], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [id_, row_id, "True", inner_id, id_, id_]


def test_ids_are_the_same_however_a_plan_is_run(tmp_path):
    """As a module or as a script, under any file name, hash seed, locale and time zone."""
    scripts = {}
    for name in ("a.py", "b.py"):
        scripts[name] = tmp_path / name
        scripts[name].write_text(PLAN + "print(Own(eta=0.3, some=[0.1, 2]).id, Own(seed=2).slot_id, Own().name)")
    module = f"import types, sys; m = types.ModuleType('plan'); sys.modules['plan'] = m; exec({PLAN!r}, vars(m));"
    module += "print(m.Own(eta=0.3, some=[0.1, 2]).id, m.Own(seed=2).slot_id, m.Own().name)"
    said = set()
    for seed, locale, what in (
        ("0", "C", [scripts["a.py"]]),
        ("1", "C.UTF-8", [scripts["b.py"]]),
        ("2", "", ["-c", module]),
    ):
        environment = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONPATH": ":".join(sys.path), "TZ": f"UTC-{seed}"}
        done = subprocess.run(
            [sys.executable, *what], capture_output=True, text=True, check=True, env=environment, timeout=60
        )
        said.add(done.stdout)
    assert len(said) == 1, said


def test_a_class_that_was_edited_on_the_way_is_refused(monkeypatch):
    """While a job waits in a queue, say: values would come under other fields, and be filed under the old id."""
    module = ModuleType("edited_meanwhile")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def train(*fields):
        space = {"__module__": module.__name__, "__annotations__": dict.fromkeys(fields, int)}
        return type(Task)("Train", (Task,), space)

    module.Train = train("epochs", "layers")
    sent = pickle.dumps(module.Train(epochs=3, layers=5).seal())
    assert pickle.loads(sent).epochs == 3  # noqa: S301  # made two lines above
    module.Train = train("layers", "epochs")
    with pytest.raises(ConfigError, match="was sent with the fields epochs, layers, and has layers, epochs here"):
        pickle.loads(sent)  # noqa: S301  # as above
