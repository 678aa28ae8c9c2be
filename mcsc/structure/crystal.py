"""Crystals from CIF files, refused loudly where a file cannot mean one ordered crystal."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mcsc.structure.cif import read_cif
from mcsc.structure.ordered import require_crystal

if TYPE_CHECKING:
    from ase import Atoms


def shipped_materials() -> tuple[str, ...]:
    """Names of the crystals shipped with the package, sorted."""
    names = (entry.name for entry in files("mcsc").joinpath("materials").iterdir())
    return tuple(sorted(name.removesuffix(".cif") for name in names if name.endswith(".cif")))


def read_crystal(source: str | Path) -> Atoms:
    """Read the one ordered crystal of a CIF file.

    Parameters
    ----------
    source
        A path to a CIF file, or the name of a shipped material (see `shipped_materials`).

    Returns
    -------
    ase.Atoms
        The conventional cell as the file gives it (see `primitive_cell`), Å; ``info["source"]``
        names the file.

    Raises
    ------
    ValueError
        If the file is missing, is no CIF, holds no or several crystals, leaves symmetry, species
        or coordinates open, has partially occupied sites, or has ions on top of each other.
    """
    label, text = _read_text(source)
    atoms = read_cif(label, text)
    require_crystal(atoms, label)
    atoms.info["source"] = label
    return atoms


def _read_text(source: str | Path) -> tuple[str, str]:
    """The file's name for messages and its text; a shipped name wins over a path without suffix."""
    if isinstance(source, str) and source in shipped_materials():
        entry = files("mcsc").joinpath("materials", f"{source}.cif")
        return f"{source}.cif (shipped with mcsc)", entry.read_text(encoding="utf-8")
    path = Path(source)
    if not path.is_file():
        shipped = ", ".join(shipped_materials())
        raise ValueError(f"{source}: no such CIF file, nor a shipped material ({shipped})")
    try:
        return str(source), path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ValueError(f"{source}: cannot be read: {error.strerror}") from None
