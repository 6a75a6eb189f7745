"""``segment sample``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import NewFile, json_option
from cli.output import note, print_json, progress


@click.command
@click.argument("n", type=click.IntRange(min=1))
@click.argument("out", type=NewFile(), metavar="OUT.csv")
@click.option("--seed", type=click.IntRange(min=0), default=42, show_default=True)
@json_option
def sample(n: int, out: Path, seed: int, as_json: bool) -> None:
    """Write realistic generated customers to a CSV file.

    N customers with the columns of the mall data, in six groups. The same seed gives the same
    customers; a smaller sample is the beginning of a larger one.
    """
    from training.data.sample import write_sample

    # A file that is half written must not pass for a sample; a device cannot be replaced.
    target = out.with_name(f".{out.name}.part") if out.is_file() or not out.exists() else out
    try:
        with target.open("wb") as file, progress("Writing customers") as tell:
            for done in write_sample(n, seed, file):
                tell(done, n)
        if target is not out:
            target.replace(out)
    finally:
        if target is not out:
            target.unlink(missing_ok=True)
    if as_json:
        print_json({"path": str(out), "rows": n, "seed": seed})
    else:
        note(f"{n:,} customers in {out}")
