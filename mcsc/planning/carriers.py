"""How many carriers a doping is on a supercell, and which dopings are a whole number on all."""

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, isfinite
from pathlib import Path

from mcsc.config import DopingSection, RunFileError
from mcsc.lattice import Supercell
from mcsc.structure import Structure
from mcsc.text import digits


def n_carriers_at(
    path: Path, section: DopingSection, structure: Structure, cells: Supercell, doping: float
) -> int:
    """Carriers of a doping on a supercell: a whole number, fewer than the wells.

    Raises
    ------
    mcsc.config.RunFileError
        If it is not, with the nearest dopings that are.
    """
    n_wells = cells.n_cells * structure.n_wells
    exact = section.carriers_per_cell(doping) * cells.n_cells
    where = f"{path}: scan.doping = {doping:.15g}"
    if not isfinite(exact):
        raise RunFileError(f"{where}: no number of carriers; take a finite doping")
    n, shape = round(exact), cells.label
    if not 0 < round(exact, 6) < n_wells:
        low, high = sorted(map(section.at_carriers, (0, structure.n_wells)))
        shown = digits(exact, lambda number: not 0 < round(number, 6) < n_wells)
        raise RunFileError(
            f"{where}: {shown} carriers on {n_wells} wells of {shape} cells leave "
            f"nothing to move; take a doping above {low:g} and below {high:g}"
        )
    if not _is_whole(exact):
        around = [k for k in (int(exact), int(exact) + 1) if 0 < k < n_wells]
        near = sorted(_doping_of(section, k, cells.n_cells) for k in around)
        fits = [
            digits(float(x), lambda d: _is_whole(section.carriers_per_cell(d) * cells.n_cells), 6)
            for x in near
        ]
        shown = " and ".join(f"{x} = {fit}" for x, fit in zip(near, fits, strict=True))
        nearest = "dopings are" if len(near) > 1 else "doping is"
        number = digits(exact, _is_not_whole, 8)
        raise RunFileError(
            f"{where}: {number} carriers on {shape} cells is not a whole number; "
            f"the nearest {nearest} {shown}"
        )
    return n


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) <= 1e-6


def _is_not_whole(number: float) -> bool:
    return not _is_whole(number)


def _doping_of(section: DopingSection, n_carriers: int, n_cells: int) -> Fraction:
    """The doping that puts so many carriers on so many cells, as a fraction."""
    units, parent = (
        Fraction(number).limit_denominator(1_000_000)
        for number in (section.formula_units, section.parent)
    )
    return section.sign * (Fraction(n_carriers, n_cells) / units - parent)


def dopings_that_fit(
    section: DopingSection, structure: Structure, supercells: Iterable[Supercell]
) -> tuple[float, ...]:
    """Every doping that is a whole number of carriers on all supercells, ascending."""
    shared = gcd(*(cells.n_cells for cells in supercells))
    carriers = range(1, structure.n_wells * shared)
    return tuple(sorted(float(_doping_of(section, n, shared)) for n in carriers))
