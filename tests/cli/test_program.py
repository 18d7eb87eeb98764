"""How commands end: exit codes and messages."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.cli.options import verbose
from simulator.cli.program import Program, _in_options, _options
from simulator.errors import TraceError


def program(raises):
    """A program with one command, which raises."""

    @click.group(cls=Program)
    def outer():
        pass

    @outer.command()
    @verbose
    def work():
        raise raises

    return outer


def test_bad_input_is_one_message_and_exit_code_2():
    """A person sees what is wrong and what to do, not where in our code it was found."""
    result = CliRunner().invoke(program(TraceError("no rows; there are 3")), ["work"])
    assert result.exit_code == 2
    assert result.stderr == "error: no rows; there are 3\n"
    assert result.stdout == ""


def test_verbose_shows_where_it_was_found():
    """With -v the traceback comes before the message."""
    result = CliRunner().invoke(program(TraceError("no rows")), ["work", "-v"])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: no rows\n")


def test_the_operating_system_is_quoted_with_its_file():
    """A refused permission names what was refused."""
    result = CliRunner().invoke(program(PermissionError(13, "Permission denied", "/x/y")), ["work"])
    assert (result.exit_code, result.stderr) == (2, "error: /x/y: Permission denied\n")


@pytest.mark.parametrize(
    ("words", "message", "said"),
    [
        ("trace predict", "like= one of v100", "--like one of v100"),
        (
            "trace predict",
            "say how: like=, relative_speed=, max_power_w=",
            "say how: --like, --relative-speed, --max-power",
        ),
        ("trace predict", "relative_speed and max_power_w compare", "--relative-speed and --max-power compare"),
        (
            "replay",
            "d needs a default: Job(..., default_bs=...), one of [8]",
            "d needs a default: --default-bs, one of [8]",
        ),
        ("replay", "eta is 2.0; it lies between", "--eta is 2.0; it lies between"),
        ("replay", "raise beta or max_epochs, or", "raise --beta or --max-epochs, or"),
        ("trace get", "with a larger max_bytes (now 3)", "with a larger max_bytes in Python (now 3)"),
        (
            "replay",
            "no row has target_metric 0.9; runs like these",
            "no row has target_metric 0.9; runs like these",
        ),
        ("replay", "say gts:seed=..., as in gts:gpu=3", "say gts:seed=..., as in gts:gpu=3"),
        ("replay", "runs is 1.5; it is a whole number", "runs is 1.5; it is a whole number"),
        (
            "trace predict",
            "relative_speed is 0.0 and max_power_w 700.0; both",
            "--relative-speed is 0.0 and --max-power 700.0; both",
        ),
    ],
)
def test_messages_speak_of_options(words, message, said):
    """The library names its arguments; who types a command has its options, under other names at times."""
    assert _in_options(message, _options(COMMANDS[words])) == said


def test_options_are_named_where_commands_end(run):
    """Not only in a function that nobody calls."""
    result = run("trace", "predict", "--gpu", "new", "--relative-speed", "3")
    assert result.exit_code == 2
    assert "--relative-speed" in result.stderr
    assert "relative_speed" not in result.stderr


def test_options_of_a_policy_are_none_of_the_command(run):
    """`replay` has no --runs; the message names the policy that has it."""
    result = run("replay", "-p", "grid:runs=1.5")
    assert result.stderr == "error: 'grid:runs=1.5': runs is 1.5; it is a whole number, at least 1\n"


def test_options_of_another_command_are_not_named():
    """They cannot be given here."""
    outer = program(TraceError("runs is 1"))
    outer.add_command(click.Command("other", params=[click.Option(["--runs"])]))
    assert CliRunner().invoke(outer, ["work"]).stderr == "error: runs is 1\n"


def test_python_m_is_the_program():
    """For whoever has no script on the path."""
    done = subprocess.run([sys.executable, "-m", "simulator", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("simulator, version ")


def test_ctrl_c_is_130():
    """As a shell has it."""
    result = CliRunner().invoke(program(KeyboardInterrupt()), ["work"])
    assert result.exit_code == 130
    assert result.stderr.startswith("interrupted")


def test_our_own_mistakes_are_not_hidden():
    """An error that is none of the user's keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(program(ZeroDivisionError()), ["work"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["repaly"], "replay"),
        (["replay", "--polcy", "gts"], "--policy"),
        (["replay", "--job", "libri"], "librispeech"),
        (["replay", "--gpu", "v10"], "v100"),
        (["replay", "--policy", "gtss"], "gts"),
        (["replay", "--policy", "gts+ful"], "full"),
        (["replay", "--power-policy", "jitt"], "jit"),
        (["replay", "--traces", "zeus-nsdi32"], "zeus-nsdi23"),
        (["trace", "descrbe"], "describe"),
    ],
)
def test_slips_of_the_keyboard_get_the_nearest_name(run, words, hint):
    """Whatever is chosen by name says what comes closest, and exits with 2."""
    result = run(*words)
    assert result.exit_code == 2
    assert re.search(rf"[Dd]id you mean.*{hint}", result.stderr)
    assert "Traceback" not in result.stderr


def test_sigterm_unwinds_like_ctrl_c():
    """What a command has begun is cleaned up when it is told to end."""
    code = (
        "import click, os, signal; from simulator.cli.program import Program\n"
        "@click.group(cls=Program)\ndef outer(): pass\n"
        "@outer.command()\ndef work():\n"
        "    try: os.kill(os.getpid(), signal.SIGTERM); signal.pause()\n"
        "    finally: print('cleaned up')\n"
        "outer()"
    )
    done = subprocess.run([sys.executable, "-c", code, "work"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "cleaned up\n")


def test_signals_are_given_back():
    """Who calls the program from Python keeps their own handlers."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    CliRunner().invoke(main, ["policies"])
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_ctrl_c_after_the_end_is_no_news():
    """All is written when Python itself ends, which takes a while: no traceback then, and no other exit code."""
    late = "import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
    code = "from simulator.cli import main; main(['policies', '--json'])"
    done = subprocess.run([sys.executable, "-c", late + code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pruning-gts" in done.stdout


def test_a_reader_that_goes_away_is_no_error(start):
    """`simulator policies | head -1` says nothing on stderr."""
    read, write = os.pipe()
    os.close(read)
    process = start("policies", stdout=write)
    os.close(write)
    assert process.communicate()[1] == ""


def test_a_full_disk_below_stdout_is_said(start):
    """A table that could not be written is no success."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        process = start("policies", "--json", stdout=full)
        message = process.communicate()[1]
    assert process.returncode == 2
    assert "No space left on device" in message


def test_the_version_is_that_of_the_package(run):
    """One number, said once in pyproject.toml."""
    from importlib.metadata import version

    assert run("--version").output == f"simulator, version {version('trace-simulator')}\n"


@pytest.mark.parametrize("words", [["--help"], ["replay", "--help"], ["trace", "fit", "--help"]])
def test_help_loads_nothing_heavy(words):
    """Help comes at once: no tables, no plots, no colours are loaded for it."""
    code = (
        "import sys; from simulator.cli import main\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'rich', 'pyarrow', 'scipy', 'pooch'}\n"
        f"try: main({words})\n"
        "finally: print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def commands(group, words=()):
    """All commands by their words; one that needs no word of its own, by those of its group."""
    if hasattr(group, "default"):
        yield " ".join(words), group.default
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join([*words, name]), command


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself(run, words):
    """Help gives examples of commands that exist, and explains every option."""
    text = run(*words.split(), "--help").output
    examples = re.findall(r"^  +simulator (.+)", text.partition("Examples:")[2], flags=re.MULTILINE)
    assert examples
    assert all(any(example.startswith(known) for known in COMMANDS) for example in examples)
    for option in COMMANDS[words].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.opts[0] in text
    assert "None" not in text


def test_ctrl_c_while_the_program_is_still_being_loaded_ends_it_quietly():
    """With the exit code that it has later, too."""
    code = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "simulator.cli.front":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from simulator.cli import main
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
