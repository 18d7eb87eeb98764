"""``simulator study``: everything that this package has to say about some jobs, in one folder and on one page."""

from __future__ import annotations

import contextlib
import io
import json
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.knobs import jobs_option, out_option, policies_option
from simulator.cli.options import as_json, examples, gpu_option, quiet, seeds, verbose, where_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from simulator.cli.study_steps import Step

__all__ = ["study"]


def _seeds(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """Check seeds, which other commands read."""
    if text is not None:
        seeds(text)
    return text


@click.command(
    short_help="Find out all about some jobs, and show it on one page.",
    epilog=examples(
        ("simulator study", "every bundled job, in results/, with a report"),
        ("simulator study -j squad -p gts -p ucb", "one job, two policies"),
        ("simulator study --traces zeus-nsdi23", "recorded traces, once fetched"),
        ("simulator study --json -q | jq -r .report", "for programs"),
    ),
)
@jobs_option
@gpu_option
@where_option
@policies_option(show_default="all to replay, some to compare")
@click.option(
    "--seeds",
    callback=_seeds,
    metavar="SEEDS",
    show_default="as each step",
    help="Seeds: 0:100 (0 to 99), 0,1,2 or 5 (only 5).",
)
@click.option(
    "--eta",
    type=click.FloatRange(0, 1),
    metavar="X",
    show_default="0.5",
    help="Energy–time knob η: 1 counts energy alone, 0 time alone.",
)
@out_option("results")
@as_json
@quiet
@verbose
@click.pass_context
def study(ctx: click.Context, /, *, as_json: bool, quiet: bool, out: Path, **asked: Any) -> None:
    """Replay, compare, turn the knobs, and write a report: the other commands one after the other, each in its folder.

    Each step is said with its own command line, which does the same by itself. What is read at once stands on stdout;
    all of it, with pictures, in the report.

    The exit code is 1 if a step failed, though the others went on and are in the report; 2 if the first one did, since
    then there is nothing.
    """
    from simulator.cli.outputs import check_usable
    from simulator.cli.show import say
    from simulator.cli.study_steps import DOCUMENTS, Asked, list_steps
    from simulator.errors import SimulatorError

    steps = list_steps(Asked(out=out, **asked))
    check_usable(out)
    _clear(out, DOCUMENTS.keys() - {step.name for step in steps})
    seconds: dict[str, float] = {}
    failed: list[str] = []
    for at, step in enumerate(steps):
        if not quiet:
            say(f"{at + 1}/{len(steps)} {step.asks}  {step.command}", err=True)
        started = perf_counter()
        try:
            with _as_part(steps, at, quiet=quiet):
                _run(ctx, step)
        except SimulatorError as error:
            if at == 0:
                raise
            say(f"step {at + 1} of {len(steps)}, {step.name}, failed: {error}", err=True)
            _clear(out, [step.name])
            failed.append(step.name)
        except BaseException:
            before = ", ".join(seconds) or "nothing"
            say(
                f"step {at + 1} of {len(steps)}, {step.name}, did not end; done, and whole in {out}: {before}", err=True
            )
            raise
        else:
            seconds[step.name] = perf_counter() - started
    _tell(out, steps, seconds, failed, as_json=as_json, quiet=quiet)
    if failed:
        ctx.exit(1)


def _run(ctx: click.Context, step: Step) -> None:
    """Run a command of this program, as if its words had been typed."""
    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    name, *words = step.words
    command = group.commands[name]
    with command.make_context(name, [*words, "--quiet"], parent=ctx.parent) as own:
        command.invoke(own)


@contextlib.contextmanager
def _as_part(steps: Sequence[Step], at: int, *, quiet: bool) -> Iterator[None]:
    """Let a step's bar show how far all steps are; and keep its tables from stdout, where a screenful is to stand."""
    from simulator.cli.progress import Share, sharing

    worth = [step.worth for step in steps]
    share = Share(f"{at + 1}/{len(steps)} {steps[at].name}", sum(worth[:at]), worth[at], sum(worth), quiet)
    with sharing(share), contextlib.redirect_stdout(io.StringIO()):
        yield


def _clear(out: Path, names: Iterable[str]) -> None:
    """Delete what an earlier study left of steps that this one does not have, or not now: it would pass for new."""
    from simulator.cli.outputs import clear
    from simulator.cli.study_steps import DOCUMENTS

    for name in names:
        if name in DOCUMENTS:
            clear(out / name, manifest=DOCUMENTS[name][0], form=DOCUMENTS[name][1])
            with contextlib.suppress(OSError):  # it is not there, or not empty
                (out / name).rmdir()
        else:
            (out / f"{name}.html").unlink(missing_ok=True)


def _tell(
    out: Path, steps: Sequence[Step], seconds: dict[str, float], failed: list[str], *, as_json: bool, quiet: bool
) -> None:
    from simulator.cli.show import say
    from simulator.cli.study_report import report

    page = out / "report.html" if "report" in seconds else None
    if as_json:
        done = [
            {"name": step.name, "command": step.command, "seconds": round(seconds[step.name], 3)}
            for step in steps
            if step.name in seconds
        ]
        click.echo(json.dumps({"folder": str(out), "report": page and str(page), "steps": done, "failed": failed}))
    else:
        report(out, done=seconds.keys())
    if not quiet:
        parts = ", ".join(f"{name} {took:.1f}" for name, took in seconds.items())
        say(f"{sum(seconds.values()):.0f} s in all: {parts}", err=True)
    if failed:
        say(f"{', '.join(failed)}: failed, as said above; everything else is in {out}", err=True)
    if page and not as_json:
        say(f"\nReport: {page}")
