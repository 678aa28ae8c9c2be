"""Read every CIF and POSCAR of a folder and compare the crystal with the one pymatgen reads.

``python tests/structure/crystal/public_files.py FOLDER`` prints one line a file and a count at the
end. A file is right if both readers find the same species in the same amounts, the same volume an
ion and, as far as the cages of wells reach, the same distances around every species; it is refused
if there is one line that names a line or a tag. Anything else (a traceback, a minute without an
answer, another crystal) is a fault and makes the exit code 1. What pymatgen cannot read is counted
apart.
"""

from __future__ import annotations

import math
import re
import signal
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mcsc.structure.crystal import read_crystal
from mcsc.structure.crystal.species import shares_of, site_name, species_of

# Å; cages end within this, and how well distances must agree
RADIUS, TOLERANCE = 3.6, 0.02
PATIENCE = 60
_NAMES = re.compile(r"(poscar|contcar).*|.*\.(m?cif|vasp|poscar|contcar)$", re.IGNORECASE)
# what a refusal must name
_NAMED = re.compile(r"lines? \d|_[a-z]\w+|POSCAR has|crystals in it|no crystal|overlap|no cell|"
                    r"formula|symmetry operation|space group|block|species of site")  # fmt: skip


def outcome(path: Path) -> tuple[str, str]:
    """What becomes of a file: right, refused, alone (pymatgen cannot), fault; and why."""
    try:
        ours = read_crystal(path)
    except ValueError as error:
        message = str(error).removeprefix(f"{path}: ")
        one_line = "\n" not in message and _NAMED.search(message)
        return ("refused", message) if one_line else ("fault", f"names nothing: {message}")
    except Exception as error:
        return "fault", f"{type(error).__name__}: {error}"
    try:
        theirs = read_with_pymatgen(path)
    except Exception as error:
        return "alone", f"pymatgen: {type(error).__name__}: {error}".splitlines()[0]
    sites = [(name, place) for name, place in zip(species_of(ours), ours.positions, strict=True)]
    found = environment(np.array(ours.cell.array), sites)
    difference = compare(found, environment(*theirs))
    return ("fault", difference) if difference else ("right", "")


def read_with_pymatgen(path: Path) -> tuple[np.ndarray, list[tuple[str, np.ndarray]]]:
    """Cell and sites, with names as ours."""
    from pymatgen.io.cif import CifParser
    from pymatgen.io.vasp import Poscar

    if re.search(r"\.m?cif$", path.name, re.IGNORECASE):
        parser = CifParser(path, occupancy_tolerance=1.01, site_tolerance=5e-3, check_cif=False)
        (structure, *_) = parser.parse_structures(primitive=False, on_error="raise")
    else:
        structure = Poscar.from_str(path.read_text()).structure
    sites = []
    for site in structure:
        shares: Counter[str] = Counter()
        for species, share in site.species.element_composition.items():
            shares[{"D": "H"}.get(str(species), str(species))] += share
        sites.append((site_name(shares), np.array(site.coords)))
    return np.array(structure.lattice.matrix), sites


def environment(cell: np.ndarray, sites: list[tuple[str, np.ndarray]]) -> dict[str, Any]:
    """Volume an ion, shares of species, and rising distances of each pair of species, an ion."""
    from pymatgen.core import Lattice
    from pymatgen.optimization.neighbors import find_points_in_spheres

    names = np.array([name for name, _ in sites])
    places = np.ascontiguousarray([place for _, place in sites], dtype=np.float64)
    matrix = np.ascontiguousarray(Lattice(cell).matrix, dtype=np.float64)
    first, second, _, lengths = find_points_in_spheres(
        places, places, r=RADIUS, pbc=np.ones(3, dtype=np.int64), lattice=matrix, tol=1e-8
    )
    near = lengths > 1e-6
    first, second, lengths = first[near], second[near], lengths[near]
    counts = Counter(names.tolist())
    shares: Counter[str] = Counter()
    for name, n in counts.items():
        for species, share in shares_of(name).items():
            shares[species] += share * n / len(sites)
    distances = {}
    for a in counts:
        for b in counts:
            chosen = (names[first] == a) & (names[second] == b)
            distances[a, b] = (np.sort(lengths[chosen]), counts[a])
    volume = abs(np.linalg.det(cell)) / len(sites)
    return {"volume": volume, "shares": shares, "distances": distances}


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """What differs, or nothing."""
    if abs(ours["volume"] / theirs["volume"] - 1) > 1e-3:
        return f"volume an ion {ours['volume']:.4f}, pymatgen {theirs['volume']:.4f}"
    keys = ours["shares"].keys() | theirs["shares"].keys()
    if any(abs(ours["shares"][s] - theirs["shares"][s]) > 2e-3 for s in keys):
        return f"species {dict(ours['shares'])}, pymatgen {dict(theirs['shares'])}"
    if ours["distances"].keys() != theirs["distances"].keys():
        return f"sites {sorted(ours['distances'])}, pymatgen {sorted(theirs['distances'])}"
    for pair, (one, n_one) in ours["distances"].items():
        other, n_other = theirs["distances"][pair]
        common = math.gcd(n_one, n_other)
        n_one, n_other = n_one // common, n_other // common
        for some, others, n, m in ((one, other, n_one, n_other), (other, one, n_other, n_one)):
            # the cells may hold different multiples of the crystal
            mine, theirs_ = np.repeat(some, m), np.repeat(others, n)
            mine = mine[mine < RADIUS - 2 * TOLERANCE]
            if len(theirs_) < len(mine) or not np.allclose(
                mine, theirs_[: len(mine)], rtol=0, atol=TOLERANCE
            ):
                return f"distances of {'-'.join(pair)}: {some[:8].round(3)}, {others[:8].round(3)}"
    return ""


def _out_of_time(*_: object) -> None:
    raise TimeoutError(f"no answer in {PATIENCE} s")


def main(folder: Path) -> int:
    """Go through a folder; the exit code."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _out_of_time)
    count: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not _NAMES.fullmatch(path.name):
            continue
        begun = time.monotonic()
        signal.alarm(PATIENCE)
        what, why = outcome(path)
        signal.alarm(0)
        count[what] += 1
        print(f"{what:8}{time.monotonic() - begun:6.1f} s  {path.relative_to(folder)}  {why}")
    print(", ".join(f"{n} {what}" for what, n in sorted(count.items())))
    return int(count["fault"] > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
