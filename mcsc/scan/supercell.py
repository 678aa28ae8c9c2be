"""Which supercells a run file may ask for."""

from fractions import Fraction
from pathlib import Path

from mcsc.config import Config, RunFileError
from mcsc.lattice import Lattice
from mcsc.structure import Structure

# they are numbered by 32-bit integers
_MOST_STATES = 2**31 - 1


def check_size(
    path: Path, config: Config, structure: Structure, size: tuple[int, int, int]
) -> None:
    """Check that a supercell holds the orders it is meant for, and every near well only once.

    Raises
    ------
    mcsc.config.RunFileError
        If it does not, or has more states than can be numbered, in one line.
    """
    where = f"{path}: scan.size = {list(size)}"
    for q in config.scan.wavevector:
        for axis, (n, component) in enumerate(zip(size, q, strict=True)):
            period = Fraction(component).limit_denominator(1000).denominator
            if n % period:
                raise RunFileError(
                    f"{where}: too small for the order at {list(q)}; along {'abc'[axis]} take a "
                    f"multiple of {period} cells"
                )
    lattice = Lattice(structure, size)
    n_states = lattice.n_cells * sum(len(well.displacements) for well in structure.wells)
    if n_states > _MOST_STATES:
        raise RunFileError(f"{where}: too large, {n_states} states; at most {_MOST_STATES}")
    for axis in range(3):
        if lattice.meets_images(axis):
            raise RunFileError(
                f"{where}: too small, wells meet images of their near wells along "
                f"{'abc'[axis]}; take at least 3 cells there"
            )
    if lattice.meets_images():
        raise RunFileError(
            f"{where}: too small, wells meet images of their near wells in this skewed cell; take "
            "more cells, or give the crystal in a compact cell"
        )
