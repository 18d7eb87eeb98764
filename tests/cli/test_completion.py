"""What shells offer for words that are half typed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from simulator.cli import main
from simulator.cli.completion import SHELLS, script


def offered(line: str) -> list[str]:
    """Names that are offered for the last word of a line, and ``(file)`` or ``(dir)`` for paths."""
    *words, incomplete = line.split(" ")
    items = ShellComplete(main, {}, "simulator", "_SIMULATOR_COMPLETE").get_completions(words, incomplete)
    return [item.value if item.type == "plain" else f"({item.type})" for item in items]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("rep", ["replay", "report"]),
        ("-q rep", ["replay", "report"]),
        ("trace -v des", ["describe"]),
        ("trace import p", ["pollux"]),
        ("grid st", ["(file)", "status"]),
        ("collect pr", ["(file)", "probe"]),
        ("serve ex", ["export", "example"]),
        ("replay --po", ["--policy", "--power-policy"]),
        ("replay --job squ", ["squad"]),
        ("replay -j bert", ["bert_base_uncased"]),
        ("replay --gpu v", ["v100"]),
        ("compare --gpu a", ["a40", "all"]),
        ("compare -p prun", ["pruning-gts"]),
        ("compare -p gts+f", ["gts+full", "gts+fixed"]),
        ("replay --power-policy ji", ["jit"]),
        ("replay --traces zeus", ["(dir)", "zeus-nsdi23"]),
        ("replay --traces drift -j s", ["sentiment140-drift"]),
        ("trace describe zeus", ["(dir)", "zeus-nsdi23"]),
        ("replay --groups bun", ["(file)", "bundled"]),
        ("price results --tariff example-p", ["(file)", "example-price"]),
        ("sensitivity --knob default", ["default-bs"]),
        ("compare --correction h", ["holm"]),
        ("replay --engine ve", ["vectorized"]),
        ("grid example read", ["readme"]),
        ("serve example Dock", ["Dockerfile"]),
        ("completion z", ["zsh"]),
    ],
)
def test_names_are_offered(line, names):
    """Commands, options, and what their values may be."""
    assert offered(line) == names


def test_names_come_from_the_traces_that_are_named(tmp_path):
    """Jobs and GPUs are those of --traces, as far as it was typed; what is broken there offers nothing."""
    (tmp_path / "trace.json").write_text(json.dumps({"jobs": [{"dataset": "words", "network": "tiny"}]}))
    (tmp_path / "power_h100.csv.gz").touch()
    (tmp_path / "summary_power_b200.parquet").touch()
    assert offered(f"replay --traces {tmp_path} --job ") == ["words", "tiny"]
    assert offered(f"replay --traces {tmp_path} --gpu ") == ["b200", "h100"]
    (tmp_path / "trace.json").write_text("{")
    assert offered(f"replay --traces {tmp_path} --job ") == []


def test_grids_of_the_folder_are_offered(tmp_path):
    """Those of --folder; their results are not read."""
    (tmp_path / "grids" / "learning-rates").mkdir(parents=True)
    assert offered(f"grid status --folder {tmp_path} lear") == ["learning-rates"]
    assert offered(f"grid log --folder {tmp_path}/none --name lear") == []


def test_offering_loads_no_tables():
    """A shell asks at every press of a key."""
    code = (
        "import sys; from click.shell_completion import ShellComplete; from simulator.cli import main\n"
        "for line in ('replay --job s', 'replay --gpu v', 'compare -p g', 'grid status r', 'grid example r', 'rep'):\n"
        "    *words, last = line.split(' ')\n"
        "    ShellComplete(main, {}, 'simulator', '_SIMULATOR_COMPLETE').get_completions(words, last)\n"
        "print([name for name in 'pandas pyarrow scipy numba matplotlib rich'.split() if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_bash_completes_with_the_script(tmp_path):
    """In a real bash, by the function that the script defines."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    program = tmp_path / "simulator"
    program.write_text(f"#!{sys.executable}\nfrom simulator.cli import main\nmain(prog_name='simulator')\n")
    program.chmod(0o755)
    lines = (
        'eval "$(simulator completion bash)"\n'
        "complete -p simulator\n"
        "COMP_WORDS=(simulator replay --job squ); COMP_CWORD=3\n"
        "_simulator_completion simulator; echo ${COMPREPLY[@]}"
    )
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    env["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([bash, "--norc", "-c", lines], env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["complete -o nosort -F _simulator_completion simulator", "squad"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_takes_its_script(shell, run):
    """If it is installed, it reads the script without a word; the script asks the program in the shell's own way."""
    printed = run("completion", shell)
    assert printed.exit_code == 0
    assert f"_SIMULATOR_COMPLETE={shell}_complete" in printed.stdout
    assert printed.stdout == script(shell) + "\n"
    if (found := shutil.which(shell)) is not None:
        done = subprocess.run([found, "-n"], input=printed.stdout, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_shell_is_that_of_the_login(run, monkeypatch):
    """Where SHELL says which; else one is asked for by name."""
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert run("completion").stdout == script("fish") + "\n"
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert "your shell is tcsh; name one of bash, zsh, fish" in run("completion").stderr
    monkeypatch.delenv("SHELL")
    refused = run("completion")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_all_values_with_names_are_completed():
    """Wherever a metavar says NAME of something that can be listed, something is offered."""
    listed = {"--job", "--gpu", "--policy", "--power-policy", "--traces", "--groups", "--tariff", "--engine", "--knob"}
    for command in (main.commands[name] for name in ("replay", "compare", "front", "sensitivity", "transfer", "price")):
        for option in command.params:
            if isinstance(option, click.Option) and max(option.opts, key=len) in listed:
                with click.Context(command) as ctx:
                    assert option.shell_complete(ctx, ""), (command.name, option.opts)
