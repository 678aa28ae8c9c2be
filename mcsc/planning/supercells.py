"""Which supercells a run file asks for, and in which primitive cell each is sampled."""

from collections.abc import Iterable
from fractions import Fraction
from math import gcd
from pathlib import Path

import numpy as np

from mcsc.config import Config, RunFileError, mistake_at
from mcsc.lattice import Lattice, Matrix, Supercell, cells_of, determinant
from mcsc.structure import Structure

# they are numbered by 32-bit integers
_MOST_STATES = 2**31 - 1


def chosen_supercells(
    path: Path, config: Config, structure: Structure, matrices: Iterable[Matrix]
) -> tuple[Supercell, ...]:
    """Supercells of matrices, the smallest first, each with the cell that it is sampled in.

    structure: The wells in the cell of the run file.
    matrices: Rows: vectors of the supercells in units of the cell vectors.

    Raises mcsc.config.RunFileError if one has no volume or more states than can be numbered, or two
        are the same superlattice.
    """
    n_states = structure.n_states // structure.crystal_cells
    found: list[Supercell] = []
    for matrix in sorted(matrices, key=lambda m: abs(determinant(m))):
        where = _where(path, config, matrix)
        n_cells = abs(determinant(matrix))
        if n_cells == 0:
            raise RunFileError(
                f"{where}: the three rows lie in one plane (determinant 0): give three directions"
            )
        if n_cells * n_states > _MOST_STATES:
            raise RunFileError(
                f"{where}: too large, {n_cells * n_states} states; at most {_MOST_STATES}"
            )
        with mistake_at(f"{where}: "):
            cells = cells_of(structure, matrix)
        if any(cells.same_superlattice(other) for other in found):
            raise RunFileError(f"{where}: the same supercell as another one: remove it")
        found.append(cells)
    return tuple(found)


def thickness(path: Path, config: Config, matrices: Iterable[Matrix]) -> int:
    """Cells along the open axis of a slab, the same on all supercells; 1 without one.

    Raises mcsc.config.RunFileError if supercells differ in it.
    """
    axis = config.structure.open_axis
    if axis is None:
        return 1
    steps = {matrix: gcd(*(row["abc".index(axis)] for row in matrix)) for matrix in matrices}
    found = set(steps.values()) - {0}
    if len(found) > 1:
        matrix = next(iter(steps))
        raise RunFileError(
            f"{_where(path, config, matrix)}: along the open axis {axis}, the supercells are "
            f"{', '.join(map(str, sorted(found)))} cells thick: a slab has one thickness; give "
            "each its own run file"
        )
    return found.pop() if found else 1


def check_size(path: Path, config: Config, structure: Structure, cells: Supercell) -> None:
    """Refuse a supercell that does not hold the orders asked for, or a near well more than once."""
    where = f"{_where(path, config, cells.matrix)}: too small"
    for q in config.scan.wavevector:
        wave = [Fraction(component).limit_denominator(1000) for component in q]
        for i, row in enumerate(cells.matrix):
            length = sum((n * turns for n, turns in zip(row, wave, strict=True)), Fraction())
            if length.denominator > 1:
                remedy = (
                    f"along {'abc'[i]} take a multiple of {wave[i].denominator} cells"
                    if cells.is_diagonal
                    else f"{list(row)} is {length} of its waves, take a whole number of them"
                )
                raise RunFileError(f"{where} for the order at {list(q)}; {remedy}")
    if Lattice(cells.sampled(structure), cells.size).meets_images():
        remedy = _remedy(structure, cells)
        raise RunFileError(f"{where}, wells meet images of their near wells{remedy}")


def _where(path: Path, config: Config, matrix: Matrix) -> str:
    """The key and the value as they were written."""
    if matrix in (config.scan.supercell or ()):
        return f"{path}: scan.supercell = {[list(row) for row in matrix]}"
    return f"{path}: scan.size = {np.diag(matrix).tolist()}"


def _remedy(structure: Structure, cells: Supercell) -> str:
    """Along which vector a supercell is too short, and what to do."""
    if cells.is_diagonal:
        x, y, z = np.abs(np.diag(cells.matrix)).tolist()
        cut = structure.slab
        counts = [1 if cut and i == cut.axis else n for i, n in enumerate((x, y, z))]
        own = Lattice(structure, (counts[0], counts[1], counts[2]))
        for i, axis in enumerate("abc"):
            if own.meets_images(i):
                return f" along {axis}; take at least 3 cells there"
    return "; take a larger one"
