"""Crystals for the tests: from memory of the literature, rounded, but true to the coordination."""

import numpy as np
import pytest
from ase.spacegroup import crystal

from mcsc.structure import wells_at

# infinite-layer CaCuO2, a = 4 and c = 6
POSCAR = """CaCuO2
1.0
4.0 0.0 0.0
0.0 4.0 0.0
0.0 0.0 6.0
Ca Cu O
1 1 2
Direct
0.5 0.5 0.5
0.0 0.0 0.0
0.5 0.0 0.0
0.0 0.5 0.0
"""

TETRAGONAL = [90, 90, 90]


def la2cuo4():
    """I4/mmm."""
    return crystal(
        ["La", "Cu", "O", "O"],
        [(0, 0, 0.361), (0, 0, 0), (0, 0.5, 0), (0, 0, 0.183)],
        spacegroup=139,
        cellpar=[3.79, 3.79, 13.23, *TETRAGONAL],
    )


def yba2cu3o7():
    """Pmmm: the plane and chain sites of the 93 K superconductor, rounded."""
    return crystal(
        ["Y", "Ba", "Cu", "Cu", "O", "O", "O", "O"],
        [
            (0.5, 0.5, 0.5),
            (0.5, 0.5, 0.184),
            (0, 0, 0),
            (0, 0, 0.356),
            (0, 0.5, 0),
            (0.5, 0, 0.377),
            (0, 0.5, 0.379),
            (0, 0, 0.158),
        ],
        spacegroup=47,
        cellpar=[3.82, 3.89, 11.68, *TETRAGONAL],
    )


def hgba2cuo4():
    """P4/mmm: the longest apical distance of the cuprates, 1.44 times the planar one."""
    return crystal(
        ["Hg", "Ba", "Cu", "O", "O"],
        [(0, 0, 0), (0.5, 0.5, 0.298), (0, 0, 0.5), (0.5, 0, 0.5), (0, 0, 0.207)],
        spacegroup=123,
        cellpar=[3.88, 3.88, 9.51, *TETRAGONAL],
    )


def bi2sr2ca2cu3o10():
    """I4/mmm idealized: three copper planes, the outer two with one far oxygen each."""
    return crystal(
        ["Bi", "Sr", "Ca", "Cu", "Cu", "O", "O", "O", "O"],
        [
            (0, 0, 0.2110),
            (0.5, 0.5, 0.1443),
            (0.5, 0.5, 0.0455),
            (0, 0, 0),
            (0, 0, 0.0976),
            (0.5, 0, 0),
            (0.5, 0, 0.0964),
            (0, 0, 0.1640),
            (0.5, 0.5, 0.2110),
        ],
        spacegroup=139,
        cellpar=[3.82, 3.82, 37.07, *TETRAGONAL],
    )


def ndnio2():
    """P4/mmm, the infinite layer."""
    return crystal(
        ["Nd", "Ni", "O"],
        [(0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0)],
        spacegroup=123,
        cellpar=[3.92, 3.92, 3.28, *TETRAGONAL],
    )


def la3ni2o7():
    """I4/mmm, the form under pressure: an inner and an outer apical oxygen."""
    return crystal(
        ["La", "La", "Ni", "O", "O", "O"],
        [(0, 0, 0.5), (0, 0, 0.3205), (0, 0, 0.0962), (0, 0, 0), (0, 0, 0.2040), (0, 0.5, 0.0952)],
        spacegroup=139,
        cellpar=[3.715, 3.715, 19.73, *TETRAGONAL],
    )


def fese():
    """P4/nmm, second origin choice."""
    return crystal(
        ["Fe", "Se"],
        [(0.75, 0.25, 0), (0.25, 0.25, 0.2672)],
        spacegroup=129,
        setting=2,
        cellpar=[3.77, 3.77, 5.52, *TETRAGONAL],
    )


def bafe2as2():
    """I4/mmm."""
    return crystal(
        ["Ba", "Fe", "As"],
        [(0, 0, 0), (0.5, 0, 0.25), (0, 0, 0.3545)],
        spacegroup=139,
        cellpar=[3.96, 3.96, 13.02, *TETRAGONAL],
    )


def rock_salt():
    return crystal(
        ["Na", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=225, cellpar=[5.64] * 3 + TETRAGONAL
    )


def perovskite():
    """SrTiO3: octahedra and cuboctahedra."""
    return crystal(
        ["Sr", "Ti", "O"],
        [(0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0)],
        spacegroup=221,
        cellpar=[3.905] * 3 + TETRAGONAL,
    )


def write(tmp_path, content, name="crystal.cif"):
    """Write a crystal's file, text or bytes."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check_cacuo2(atoms):
    """Require infinite-layer CaCuO2 with a = 4 and c = 6."""
    assert atoms.symbols.formula.count() == {"Ca": 1, "Cu": 1, "O": 2}
    assert atoms.get_volume() == pytest.approx(96)
    (well,) = wells_at(atoms, "Cu").wells
    assert well.kind == "square"
    np.testing.assert_allclose(well.distances, 2)
    (well,) = wells_at(atoms, "Ca", "O", cage_radius=4).wells
    assert len(well.cage) == 8
