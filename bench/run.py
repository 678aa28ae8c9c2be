"""Speed of mcsc as ratios, each to something timed in turns with it in the same run.

    python bench/run.py [--json] [--repeats N] [PART ...]

Parts: hops (proposals and accepted moves of Coulomb carriers), update (of the potential, against
the plain loop), gated (a triangular lattice between gates, against a step in Python), short_range
(nearest-neighbour models), kinetic (events in continuous time), startup (help, first sweep,
threads), scaling (large crystals, eight minutes). All when none is named. Every number is a median
of N blocks; ``ratio`` is the time of the reference over that of mcsc. Pin it to one core, ``taskset
-c 0``, for all but startup, and leave the machine alone. smol and mcising join in where they are
installed.
"""

import argparse
import importlib
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

PARTS = ("hops", "update", "gated", "short_range", "kinetic", "startup", "scaling")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--repeats", type=int, default=9, help="timed blocks a number (9)")
    options = parser.parse_args()
    if options.repeats < 5:
        parser.error(f"--repeats {options.repeats}: give at least 5")
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"{unknown[0]}: no such part; there are {', '.join(PARTS)}")
    if not options.json:
        print(f"{'case':52}{'mcsc':>12}{'reference':>13}{'':16}{'ratio':>8}")
    for part in options.parts or PARTS:
        for row in importlib.import_module(part).cases(options.repeats):
            if options.json:
                print(json.dumps({**row._asdict(), "ratio": row.ratio}), flush=True)
                continue
            value, reference = f"{row.value:.4g} {row.unit}", f"{row.reference:.4g} {row.unit}"
            print(
                f"{row.case:52}{value:>12}{reference:>13} {row.against:15}{row.ratio:8.2f}"
                f"  {row.note}",
                flush=True,
            )


if __name__ == "__main__":
    main()
