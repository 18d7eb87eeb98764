"""``simulator completion``: let a shell complete commands, options and names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SHELLS", "completion", "script"]

#: What is typed to have completion in every new shell, by the shell's name.
SHELLS: Mapping[str, str] = {
    "bash": "simulator completion bash >> ~/.bashrc",
    "zsh": "simulator completion zsh >> ~/.zshrc",
    "fish": "simulator completion fish > ~/.config/fish/completions/simulator.fish",
}

_KINDS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

_PROGRAM = "simulator"

_VARIABLE = "_SIMULATOR_COMPLETE"


@click.command(
    short_help="Print a script that lets a shell complete words.",
    epilog=examples(
        ('eval "$(simulator completion bash)"', "complete in this shell"),
        (SHELLS["bash"], "in every bash to come"),
        (SHELLS["zsh"], "in every zsh to come"),
        (SHELLS["fish"], "in every fish to come"),
    ),
)
@click.argument("shell", type=click.Choice(list(SHELLS)), required=False, metavar="[bash|zsh|fish]")
@as_json
@verbose
def completion(*, shell: str | None, as_json: bool) -> None:
    """Print a script that lets a shell complete commands, options, and names of jobs, GPUs, policies, traces and grids.

    Without a name, the script is for the shell that you log in with. Nothing is installed: put the script where your
    shell reads it.
    """
    meant = shell or _own_shell()
    tell(script(meant), as_json=as_json, shell=meant, script=script(meant), install=SHELLS[meant])


def script(shell: str) -> str:
    """Write the script.

    Parameters
    ----------
    shell
        One of `SHELLS`.

    Examples
    --------
    >>> "_SIMULATOR_COMPLETE=bash_complete" in script("bash")
    True
    """
    made = _KINDS[shell](click.Command(_PROGRAM), {}, _PROGRAM, _VARIABLE)
    return ShellComplete.source(made)  # not bash's own, which would start a bash to ask for its version


def _own_shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        said = f"your shell is {name}" if name else "SHELL does not say which shell you use"
        raise click.UsageError(f"{said}; name one of {', '.join(SHELLS)}")
    return name
