"""Crystals from CIF and POSCAR files, refused loudly where they cannot mean one crystal."""

from __future__ import annotations

import codecs
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mcsc.files.regular_file import NotRegularFile, read_regular
from mcsc.structure.crystal.cif import read_cif
from mcsc.structure.crystal.ordered import require_crystal
from mcsc.structure.crystal.poscar import looks_like_poscar, read_poscar

if TYPE_CHECKING:
    from ase import Atoms

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# bytes
_LARGEST = 64 << 20


def shipped_materials() -> tuple[str, ...]:
    """Names of the crystals shipped with the package, sorted."""
    names = (entry.name for entry in files("mcsc").joinpath("materials").iterdir())
    return tuple(sorted(name.removesuffix(".cif") for name in names if name.endswith(".cif")))


def read_crystal(source: str | Path | Atoms, block: str | None = None) -> Atoms:
    """Read the one crystal of a CIF, POSCAR or CONTCAR file.

    Parameters
    ----------
    source
        A path, or the name of a shipped material (see `shipped_materials`). Files called POSCAR
        or CONTCAR, with anything behind, or ending in ``.vasp`` are POSCARs, those ending in
        ``.cif`` are CIFs, and others are what they look like. ase Atoms are checked and returned.
    block
        Name of a data block of a CIF, needed where blocks hold different crystals.

    Returns
    -------
    ase.Atoms
        The conventional cell as the file gives it (see `primitive_cell`), Å; ``info["source"]``
        names the file. Sites of mixed or partial occupation are kept as ase keeps them (see
        `mcsc.structure.crystal.species`): no well can be on them or in a cage of them.

    Raises
    ------
    ValueError
        If the file is missing, is no CIF or POSCAR of at most 64 MiB, holds no or several crystals,
        leaves symmetry, species or coordinates open, or has ions on top of each other.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.read_crystal("La2CuO4").get_chemical_formula()
    'Cu2La4O8'
    """
    if not isinstance(source, str | Path):
        require_crystal(source)
        return source
    label, text = crystal_text(source)
    name = Path(source).name
    if not looks_like_poscar(name, text):
        atoms = read_cif(label, text, block)
    elif block is None:
        atoms = read_poscar(label, text)
    else:
        raise ValueError(f"{label}: a POSCAR has no blocks; leave out block {block!r}")
    require_crystal(atoms, label)
    atoms.info["source"] = label
    return atoms


def crystal_text(source: str | Path) -> tuple[str, str]:
    """The file's name for messages and its text; a shipped name wins over a path without suffix."""
    if isinstance(source, str) and source in shipped_materials():
        entry = files("mcsc").joinpath("materials", f"{source}.cif")
        return f"{source}.cif (shipped with mcsc)", entry.read_text(encoding="utf-8")
    path = Path(source)
    try:
        content = read_regular(path, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        shipped = ", ".join(shipped_materials())
        raise ValueError(
            f"{source}: no such CIF or POSCAR file, nor a shipped material ({shipped})"
        ) from None
    except NotRegularFile as error:
        raise ValueError(f"{error}; give a CIF or POSCAR") from None
    except OSError as error:
        raise ValueError(f"{source}: cannot be read: {error.strerror}; check the path") from None
    except ValueError:
        raise ValueError(f"{str(source)!r}: no name of a file; correct it") from None
    mark, encoding = next((m for m in _MARKS if content.startswith(m[0])), (b"", "utf-8"))
    text = content[len(mark) :].decode(encoding, errors="replace")
    if "\0" in text:
        raise ValueError(f"{source}: not a text file; give a CIF or POSCAR")
    return str(source), "\n".join(text.splitlines()) + "\n"
