"""Command lines of the synthetic population; `python -m population COMMAND --help` lists the options.

    python -m population meds --world matched --count 100000 --seed 1 --out runs/matched
    python -m population fhir --world matched --count 50 --seed 1 --out runs/records
    python -m population describe --world thresholds --count 4000

Equal arguments write equal files, whatever --workers is. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# One thread per process: sums of matrices would otherwise depend on how many there are.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from population.cohort import Plan
from population.describe import describe, table
from population.oracle import Oracle
from population.shards import Order, write_fhir_folder, write_meds_folder
from population.worlds import WORLDS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="population", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("meds", "a MEDS folder: data/*.parquet and metadata/"),
        ("describe", "rates and shares of persons, printed"),
        ("fhir", "FHIR R4: one NDJSON file per resource type and block of persons, or one Bundle per person"),
    ):
        own = commands.add_parser(name, help=about, description=about)
        own.add_argument("--world", choices=WORLDS, default="matched")
        own.add_argument("--count", type=int, default=2000, help="number of persons")
        own.add_argument("--seed", type=int, default=1)
        own.add_argument("--years", type=float, nargs=2, default=(4.0, 14.0), metavar=("LOW", "HIGH"),
                         help="years under observation, drawn between the two")  # fmt: skip
        own.add_argument("--ages", type=float, nargs=2, default=(30.0, 80.0), metavar=("LOW", "HIGH"),
                         help="ages at entry, drawn between the two")  # fmt: skip
        if name != "describe":
            own.add_argument("--workers", type=int, default=2, help="processes")
            own.add_argument("--out", type=Path, required=True)
        if name == "fhir":
            own.add_argument("--format", choices=("ndjson", "bundles"), default="ndjson")
    return parser


def main() -> int:
    """Returns the exit code."""
    a = _parser().parse_args()
    if a.count < 1 or getattr(a, "workers", 1) < 1:
        print("--count and --workers must be at least 1", file=sys.stderr)
        return 2
    if a.command == "describe":
        print(table(describe(Oracle.of(a.world), a.seed, Plan(a.count, tuple(a.ages), tuple(a.years)))))
        return 0
    order = Order(a.world, a.count, a.seed, tuple(a.ages), tuple(a.years))
    try:
        if a.command == "meds":
            write_meds_folder(order, a.out, a.workers)
        else:
            write_fhir_folder(order, a.out, a.workers, bundles=a.format == "bundles")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
