"""A command has an option for each field, with its type, default and help."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Literal

import click
import pytest
from click.testing import CliRunner

from simulator.explore import Config, options, param


class Colour(Enum):
    RED = 1
    BLUE = 2


class Model(Config):
    rate: float = param(0.1, help="Learning rate.")
    layers: list[int] = (4, 2)


class Cell(Config):
    policy: Literal["gts", "default"] = param("gts", help="Who decides.")
    max_epochs: int = param(help="Epochs after which one gives up.")
    eta: float | None = 0.5
    quick: bool = False
    colour: Colour = Colour.RED
    some: list[float] = param((), help="Any number of them.")
    where: Path = Path("here")
    model: Model = Model(rate=0.3)


@click.command()
@options(Cell)
@click.option("--count", type=int, default=1)
def command(config, count):
    click.echo(f"{config} {count}")


def run(*words):
    return CliRunner().invoke(command, words)


def test_options_make_a_configuration():
    """Typed as if it had been made in Python; the command's own options stay its own."""
    words = [
        "--max-epochs",
        "6",
        "--eta",
        "1",
        "--quick",
        "--colour",
        "BLUE",
        "--some",
        "1",
        "--some",
        "2",
        "--count",
        "3",
    ]
    done = run(*words)
    assert done.output == ("Cell(max_epochs=6, eta=1.0, quick=True, colour=<Colour.BLUE: 2>, some=(1.0, 2.0)) 3\n"), (
        done.output
    )


def test_what_is_not_said_has_its_default():
    """That of the class, in nested configurations that of the default there."""
    assert run("--max-epochs", "6").output == "Cell(max_epochs=6) 1\n"
    assert run("--max-epochs", "6", "--eta", "none").output == "Cell(max_epochs=6, eta=None) 1\n"
    assert run("--max-epochs", "6", "--model.layers", "1").output.startswith(
        "Cell(max_epochs=6, model=Model(rate=0.3, layers=(1,)))"
    )


def test_help_says_what_the_fields_say():
    """Help, default, choices."""
    output = " ".join(run("--help").output.split())
    for part in (
        "--policy [gts|default] Who decides. [default: gts]",
        "--max-epochs INTEGER Epochs after which one gives up. [required]",
        "--quick / --no-quick",
        "--colour [RED|BLUE]",
        "--model.rate NUMBER Learning rate. [default: 0.3]",
        "--where PATH",
    ):
        assert part in output, (part, output)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing option '--max-epochs'"),
        (["--max-epochs", "x"], "Invalid value for '--max-epochs': is 'x' (str); it must be a whole number"),
        (["--max-epochs", "1", "--policy", "gst"], "did you mean 'gts'"),
        (["--max-epochs", "1", "--colour", "GREEN"], "'GREEN'"),
        (["--max-epochs", "1", "--model.rate", "x"], "it must be a number"),
    ],
)
def test_what_does_not_fit_is_said_as_click_does(words, said):
    """Exit code 2, and no traceback."""
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.output
