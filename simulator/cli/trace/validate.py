"""``simulator trace validate``: everything that is wrong, at once."""

from __future__ import annotations

import click

from simulator.cli.options import as_json, examples, verbose, where_argument

__all__ = ["validate"]


@click.command(
    short_help="Say everything that is wrong with traces.",
    epilog=examples(
        ("simulator trace validate ./my-traces", "exit code 2 if there is an error; warnings are none"),
        ("simulator trace validate zeus-nsdi23 --json", "a problem a line"),
    ),
)
@where_argument
@as_json
@verbose
@click.pass_context
def validate(ctx: click.Context, *, where: str | None, as_json: bool) -> None:
    """Check every table of a trace directory, whether they go together, and whether they hold the jobs of trace.json.

    DIR is a directory of traces, NAME is zeus-nsdi23 once fetched; nothing means the bundled SYNTHETIC traces.
    """
    import pandas as pd

    from simulator.cli.show import json_lines
    from simulator.trace.directory import validate_directory
    from simulator.trace.locate import locate

    reports = validate_directory(locate(where))
    problems = [(file.name, problem) for file, report in reports.items() for problem in report.problems]
    if as_json:
        rows = [
            (name, each.severity, each.table, each.column, list(each.rows), each.message) for name, each in problems
        ]
        json_lines(pd.DataFrame(rows, columns=["file", "severity", "table", "column", "rows", "message"]))
    else:
        for file, report in reports.items():
            click.echo(f"{file.name}: {report}")
    if any(problem.severity == "error" for _, problem in problems):
        ctx.exit(2)
