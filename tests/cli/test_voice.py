"""One voice over all commands: what a user learned at one holds at every other."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import simulator
from simulator.cli import main
from simulator.cli.default import DefaultCommand

#: Where no list of files, no bar and no hint is shown, there is nothing to be quiet about.
NOTHING_TO_SILENCE = {
    "policies",
    "completion",
    "trace describe",
    "trace validate",
    "trace fit",
    "grid status",
    "grid table",
    "grid explain",
    "grid log",
    "grid export",
    "grid forecast",
    "grid retry",
    "grid cancel",
    "grid clear",
    "collect probe",
    "collect restore",
    "collect watch",
    "serve jobs",
    "serve migrate",
    "serve example",
}

#: Options that mean another thing in another command, and why they have the same name all the same.
ANOTHER_THING = {
    "--baseline": "policies in replays, any field in sweeps",
    "--dataset": "of a plan, or of groups",
    "--format": "the formats differ",
    "--gpu": "whose traces are read, made, or drawn",
    "--job": "one job that is registered or moved, or many that are replayed",
    "--lower-is-better": "a job may say either already, a new trace only this",
    "--name": "of a grid that is there, or that is to be made",
    "--out": "files and folders differ",
    "--power-limits": "a GPU's own may be given as a range",
    "--runs": "how many, or whose",
    "--seconds": "how long, of each GPU or in all",
    "--seed": "of what differs",
    "--token-file": "those that a server lets in, or the one that a client shows",
    "--workers": "of a server, or of a replay",
}

#: Words that begin a title rather than a sentence that says what a command does.
NO_VERBS = {"a", "an", "the", "how", "what", "which", "where", "all", "this", "of", "for", "is", "are"}


def walk(command: click.Command, words: tuple[str, ...] = ()):
    """All commands and groups by their words; one that needs no word of its own, by those of its group."""
    yield " ".join(words), getattr(command, "default", command)
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from walk(each, (*words, name))


EVERYTHING = dict(walk(main))
COMMANDS = {words: command for words, command in EVERYTHING.items() if not isinstance(command, click.Group)}
GROUPS = {words: command for words, command in EVERYTHING.items() if words not in COMMANDS}


def options_of(command: click.Command) -> list[click.Option]:
    """Options of a command."""
    return [param for param in command.params if isinstance(param, click.Option)]


def names_of(command: click.Command) -> set[str]:
    """All names of all its options."""
    return {name for option in options_of(command) for name in (*option.opts, *option.secondary_opts)}


def help_of(words: str, width: int) -> str:
    """What --help says, for a terminal of so many characters."""
    settings = {**main.context_settings, "terminal_width": min(width, 120), "max_content_width": min(width, 120)}
    with click.Context(EVERYTHING[words], info_name=f"simulator {words}".strip(), **settings) as ctx:
        return EVERYTHING[words].get_help(ctx)


def examples_of(command: click.Command) -> list[str]:
    """Commands that its epilog shows, without what is said about them, and without pipes."""
    lines = (command.epilog or "").partition("Examples:\n")[2].splitlines()
    return [re.split(r"\s{2,}|\s\|\s", line.strip())[0] for line in lines if line.strip()]


@pytest.mark.parametrize("words", EVERYTHING)
def test_a_summary_is_a_sentence_that_begins_with_a_verb(words):
    """Lists of commands read as what one can have done; so does the first line of each help."""
    command = EVERYTHING[words]
    for said in (command.get_short_help_str(limit=200), (command.help or "").strip().partition("\n")[0]):
        first = said.partition(" ")[0]
        assert first[:1].isupper(), said
        assert first.lower() not in NO_VERBS, said
        assert first == "Bring" or not first.endswith("ing"), said
        assert "`" not in said.partition(".")[0], said
    short = command.get_short_help_str(limit=200)
    assert short.endswith("."), short
    assert len(short) <= 72 or command is main, short


@pytest.mark.parametrize("words", EVERYTHING)
def test_examples_parse(words):
    """What stands below a help can be typed: the command exists, and takes these options."""
    found = examples_of(EVERYTHING[words])
    assert found, "there is no example"
    for example in found:
        typed = shlex.split(example.removeprefix('eval "$(').removesuffix(')"'))
        typed = typed[: next((at for at, word in enumerate(typed) if word.startswith(">")), None)]
        assert typed[0] == "simulator", example
        command, rest = main, typed[1:]
        while isinstance(command, click.Group):
            if not (rest and rest[0] in command.commands):
                assert hasattr(command, "default"), example
                command = command.default
            else:
                command, rest = command.commands[rest[0]], rest[1:]
        command.make_parser(click.Context(command, **main.context_settings)).parse_args(list(rest))  # raises if not


def test_the_first_example_is_of_the_command_itself():
    """Who asks for help about one command sees that one first."""
    for words, command in COMMANDS.items():
        first = examples_of(command)[0].removeprefix('eval "$(')
        assert first.startswith((f"simulator {words}", "simulator grid example")), first


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_takes_the_flags_that_all_take(words):
    """-v and --json everywhere, -q where there is something to be quiet about."""
    names = names_of(COMMANDS[words])
    assert {"-v", "--verbose", "--json"} <= names
    assert ("-q" in names, "--quiet" in names) == ((words not in NOTHING_TO_SILENCE),) * 2


def test_groups_say_which_flags_their_commands_take():
    """Who looks at `simulator --help` alone learns of them, too."""
    for words, group in GROUPS.items():
        assert {"-v", "-q", "--json"} <= names_of(group), words


def test_an_option_is_explained_in_the_same_words_everywhere():
    """The same name: the same metavar, and the same first sentence."""
    said = defaultdict(lambda: defaultdict(list))
    for words, command in EVERYTHING.items():
        for option in options_of(command):
            name = max(option.opts, key=len)
            first = (option.help or "").partition(". ")[0].rstrip(".").partition(";")[0]
            if not first.startswith("With --register"):  # says what another option makes of it
                said[name][option.metavar, first].append(words)
    differ = {name: dict(ways) for name, ways in said.items() if len(ways) > 1}
    assert not {name: ways for name, ways in differ.items() if name not in ANOTHER_THING}
    assert set(ANOTHER_THING) <= set(differ), "these need no reason any more"


@pytest.mark.parametrize("words", EVERYTHING)
def test_every_option_is_explained(words):
    """With a sentence that begins like one and ends with a full stop; values have a name."""
    for option in options_of(EVERYTHING[words]):
        assert option.help, option.name
        assert option.help.endswith("."), option.help
        assert not option.help[:1].islower() or option.help.startswith(("auto:", "example-")), option.help
        assert "[default" not in option.help, option.help
        if not (option.is_flag or option.count or isinstance(option.type, click.Choice)):
            assert option.metavar, option.name
    for param in EVERYTHING[words].params:
        if isinstance(param, click.Argument):
            assert param.metavar, param.name


def test_options_for_where_to_write_are_alike():
    """-o and --out, everywhere."""
    for words, command in COMMANDS.items():
        for option in options_of(command):
            if "--out" in option.opts:
                assert "-o" in option.opts, words
                assert set(option.metavar.split("|")) <= {"DIR", "FILE"}, words


@pytest.mark.parametrize("width", [60, 80, 200])
def test_help_fits(width):
    """Nothing is wider than the terminal but what cannot be broken; and nothing is wider than can be read."""
    for words in EVERYTHING:
        text = help_of(words, width).partition("Examples:")[0]
        wide = [line for line in text.splitlines() if len(line) > min(width, 120)]
        assert not [line for line in wide if len(line.split()) > 2], (words, wide)


def test_help_is_asked_for_in_two_ways():
    """-h is --help."""
    for words in ("", "replay", "grid", "trace import"):
        short, long = (CliRunner().invoke(main, [*words.split(), flag]).output for flag in ("-h", "--help"))
        assert short == long
        assert "-h, --help" in short


def test_no_help_loads_anything_heavy():
    """Of all commands together; help comes at once."""
    code = (
        "import sys, contextlib, io; from simulator.cli import main\n"
        "heavy = 'pandas numpy matplotlib rich pyarrow scipy pooch jinja2 sqlalchemy fastapi numba'.split()\n"
        "for words in sys.stdin.read().splitlines():\n"
        "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "        main([*words.split(), '--help'])\n"
        "    loaded = [name for name in heavy if name in sys.modules]\n"
        "    assert not loaded, (words, loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input="\n".join(EVERYTHING), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


CHEAP = [
    "policies",
    "trace describe",
    "trace validate",
    "grid example",
    "serve example",
    "completion bash",
    "doctor",
    "trace convert TRACES/train.csv train.parquet",
    "grid example readme",
    "serve example Dockerfile",
    "collect example",
    "transfer -j squad",
    "front -j squad",
]


@pytest.mark.parametrize("command", CHEAP)
def test_json_is_all_that_stands_on_stdout(run, command):
    """A line parses as an object, or nothing at all is printed; the same command says other things to people."""
    traces = str(Path(simulator.__file__).parents[1] / "traces")
    result = run("--json", *command.replace("TRACES", traces).split())
    assert result.exit_code in (0, 1), result.stderr
    lines = result.stdout.splitlines()
    assert lines or command == "trace validate"
    assert all(isinstance(json.loads(line), dict) for line in lines)


@pytest.mark.parametrize("command", ["policies", "trace describe", "--help", "front --help", "completion bash"])
@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_there_are_no_colours_but_on_a_terminal(run, monkeypatch, command, variables):
    """What goes into a file or a pipe is text alone."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = run(*command.split())
    assert result.exit_code == 0
    assert "\x1b" not in result.output


def on_a_terminal(*words: str, **variables: str) -> str:
    """What a command prints on a terminal."""
    leader, follower = pty.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TERM": "xterm-256color", **variables}
    code = "from simulator.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=follower, stdout=follower, stderr=follower, env=env
    )
    os.close(follower)
    said = b""
    while True:
        try:
            said += os.read(leader, 65536)
        except OSError:  # all ends are closed
            break
        if not said:
            break
    process.wait(timeout=60)
    os.close(leader)
    return said.decode()


def test_a_terminal_shows_colours_unless_it_is_told_not_to():
    """NO_COLOR and TERM=dumb are heard where there is a terminal; FORCE_COLOR where there is none."""
    colour = re.compile(r"\x1b\[(?:\d+;)*3\d")
    assert colour.search(on_a_terminal("repaly"))
    assert not colour.search(on_a_terminal("repaly", NO_COLOR="1"))
    assert "\x1b" not in on_a_terminal("repaly", TERM="dumb")


def test_colours_can_be_forced_into_a_pipe_but_bars_cannot(run, monkeypatch):
    """A log that shows colours is a choice; one full of bars never is."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    refused = run("repaly")
    assert "\x1b[31m" in refused.stderr
    replayed = run("sensitivity", "-p", "default", "-j", "squad", "--seeds", "0:2", "--knob", "eta=0.5")
    assert replayed.exit_code == 0, replayed.stderr
    assert "\x1b[?25l" not in replayed.stderr, "the cursor was hidden, for a bar"


@pytest.mark.parametrize(
    "command",
    ["--json policies", "policies --json", "-q --json policies", "-qv --json trace describe", "trace --json describe"],
)
def test_flags_may_stand_before_the_command(run, command):
    """Wherever there is a command that takes them; and -q is no error where there is nothing to be quiet about."""
    result = run(*command.split())
    assert result.exit_code == 0, result.stderr
    assert all(json.loads(line) for line in result.stdout.splitlines())


def test_flags_before_a_default_command_are_its_own(run):
    """`simulator -q grid plan.py` is `simulator grid plan.py -q`; `simulator -q grid example` has its -q as well."""
    assert "there is no plan nowhere.py" in run("-q", "grid", "nowhere.py").stderr
    quietly = run("-q", "grid", "example", "readme")
    assert (quietly.exit_code, quietly.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("repaly", "no command 'repaly'; there are .*did you mean 'replay'"),
        ("trace descrbe", "no command 'descrbe'; there are .*did you mean 'describe'"),
        ("grid statu", "no command 'statu'; there are .*did you mean 'status'"),
        ("collect prob", "did you mean 'probe'"),
        ("serve jbs", "did you mean 'jobs'"),
        ("serve nothing", "no command 'nothing'; there are jobs"),
        ("replay --polcy gts", "no option --polcy; did you mean '--policy'"),
        ("replay --job squat", "no job 'squat' .*did you mean 'squad'.*here are cifar100"),
        ("replay --gpu v10", "no GPU 'v10', but a40.*did you mean 'v100'"),
        ("replay --policy gtss", "no policy is called 'gtss'; there are .*did you mean 'gts'"),
        ("replay --power-policy jitt", "no power policy is called 'jitt'; there are .*did you mean 'jit'"),
        ("replay --engine vektorized", "--engine is 'vektorized'; it is one of .*did you mean 'vectorized'"),
        ("replay --groups bundld", "--groups bundld: .*name a table.*did you mean 'bundled'"),
        ("replay --traces zeus-nsdi32", "no directory zeus-nsdi32; did you mean 'zeus-nsdi23'"),
        ("replay --max-epochs x", "--max-epochs: 'x' is no whole number"),
        ("replay --seeds", "--seeds needs a value, SEEDS: seeds: 0:100"),
        ("replay --json=3", "--json.* does not take a value"),
        ("compare --correction hulm", "--correction: 'hulm' is not one of holm, .*did you mean 'holm'"),
        ("compare", "missing option --policy: who chooses batch sizes"),
        ("price", "missing argument RESULTS"),
        ("policies more", "more: more words than `main policies"),
        ("price . --tariff exmple-price", "there is no results.parquet; name a results.parquet"),
        ("completion tcsh", "SHELL: 'tcsh' is not one of bash, zsh, fish"),
        ("collect nowhere.toml", "nowhere.toml cannot be read.*`simulator collect example` writes"),
        ("grid example raedme", "no example is called 'raedme'; there are .*did you mean 'readme'"),
        ("doctor --databse x", "no option --databse; did you mean '--database'"),
    ],
)
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_wrong_name_is_said_with_what_exists(run, command, said, flags):
    """One line that says what is wrong, what there is, and the nearest name; 2, and nothing on stdout."""
    result = run(*flags, *command.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    message, *rest = result.stderr.splitlines()
    assert re.search(f"^error: .*{said}", message), message
    assert rest in ([], [rest[0] if rest else ""])
    assert all(re.fullmatch(r"`main.* --help` says more", line) for line in rest)


def test_every_list_of_commands_is_in_the_order_of_use():
    """What is used first stands first; the alphabet knows nothing of that."""
    listed = re.findall(r"^  (\w+)  ", help_of("", 100).partition("Commands:")[2], flags=re.MULTILINE)
    assert listed == list(main.commands)
    assert listed.index("replay") < listed.index("compare") < listed.index("doctor")


def test_a_default_command_lists_the_others():
    """`simulator grid --help` is about the command that needs no name, and says which others there are."""
    for words, command in COMMANDS.items():
        if isinstance(command, DefaultCommand):
            text = help_of(words, 100)
            assert all(f"  {name} " in text for name in command.group.commands)
