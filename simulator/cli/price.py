"""``simulator price``: what runs cost in money or carbon, and what another start would save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli import complete
from simulator.cli.knobs import confidence_option, out_option
from simulator.cli.options import as_json, examples, quiet, verbose
from simulator.cli.when import moment

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from simulator.compare import Tariff

__all__ = ["price"]


@click.command(
    short_help="Price replays by the hour: money or carbon.",
    epilog=examples(
        ("simulator price results --tariff example-price", "what `simulator replay` left, at a made-up price"),
        ('simulator price results --tariff my.csv --start "Fri 18:00"', "a price of your own, from Friday evening"),
        ("simulator price results --tariff example-carbon --shift", "which start hour saves how much"),
        ("simulator price results --tariff my.csv --json -q | jq .price", "for programs"),
    ),
)
@click.argument("results", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option(
    "--tariff",
    "word",
    required=True,
    metavar="FILE|NAME",
    shell_complete=complete.tariffs,
    help="example-price or example-carbon, both SYNTHETIC; or CSV or Parquet with columns hour, price_per_kwh or "
    "carbon_g_per_kwh, and weekday (0: Monday) if days differ.",
)
@click.option(
    "--start", type=moment, metavar="TIME", default="Mon 00:00", help="When replays start: Mon 08:00 or an ISO date."
)
@click.option("--shift", is_flag=True, help="Also say what starting up to 23 hours later would save.")
@confidence_option
@out_option("price")
@as_json
@quiet
@verbose
def price(
    *,
    results: Path,
    word: str,
    start: datetime | float,
    shift: bool,
    confidence: float,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Price replays by the hours when they ran: what each policy pays, or emits, on average.

    RESULTS is a results.parquet of `simulator replay`, or its folder. A step of a tariff lasts until the next.
    """
    from simulator.cli.outputs import check_usable, save_found
    from simulator.cli.price_report import report
    from simulator.cli.show import json_lines, say
    from simulator.compare import manifests, price_policies, shift_start
    from simulator.compare.pricing import seconds_into_week

    runs = _runs(results)
    tariff = _tariff(word)
    tables = {"price": price_policies(runs, tariff, start=start, confidence=confidence)}
    if shift:
        tables["shift"] = shift_start(runs, tariff, start=start, confidence=confidence)
    options = {"results": str(results), "tariff": tariff, "start_s": seconds_into_week(start), "confidence": confidence}
    check_usable(out)
    files = save_found(out, "price", tables, made=manifests(runs), options=options)
    if as_json:
        json_lines(tables["shift" if shift else "price"])
    else:
        report(runs, tables["price"], tables.get("shift"), tariff=tariff, start=start)
    if not quiet:
        say(f"Wrote to {out}: {', '.join(files)}", err=True)


def _runs(results: Path) -> pd.DataFrame:
    """Read a result table, with its manifest."""
    import pandas as pd

    from simulator.errors import ReplayError

    file = results / "results.parquet" if results.is_dir() else results
    try:
        return pd.read_parquet(file)
    except FileNotFoundError:
        raise ReplayError(
            f"there is no {file}; name a results.parquet that `simulator replay` wrote, or its folder"
        ) from None
    except (OSError, ValueError) as error:
        raise ReplayError(
            f"{file} cannot be read as Parquet ({error}); name a results.parquet that `simulator replay` wrote"
        ) from error


def _tariff(word: str) -> Tariff:
    """Find the tariff that a word means: an example, or a file."""
    from simulator.compare import read_tariff
    from simulator.compare.tariff import EXAMPLE_CARBON, EXAMPLE_PRICE
    from simulator.errors import ReplayError, nearest

    known = {"example-price": EXAMPLE_PRICE, "example-carbon": EXAMPLE_CARBON}
    if word in known:
        return known[word]
    if not Path(word).exists():
        raise ReplayError(f"there is no tariff file {word}{nearest(word, known)}; examples are {', '.join(known)}")
    return read_tariff(word)
