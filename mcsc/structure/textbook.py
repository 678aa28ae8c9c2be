"""Built-in lattices of the textbooks, by default in reduced units: the lattice constant is 1."""

import math

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.periodic import translations_within
from mcsc.structure.one_cell import Structure
from mcsc.structure.well import Well
from mcsc.units import REDUCED, SI

_HEXAGONAL = np.array([[1.0, 0.0, 0.0], [-0.5, 3**0.5 / 2, 0.0], [0.0, 0.0, 1.0]])
# cells with their layers, if any, one lattice constant apart
_PLANAR = {
    "square": np.eye(3), "triangular": _HEXAGONAL, "honeycomb": _HEXAGONAL, "kagome": _HEXAGONAL,
    "kagome-wells": _HEXAGONAL, "moire": _HEXAGONAL,
}  # fmt: skip
_FCC = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
_CUBIC = {
    "cubic": np.eye(3),
    "bcc": np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]]),
    "fcc": _FCC,
    "pyrochlore": _FCC,
}
CUBIC_LATTICES: tuple[str, ...] = tuple(_CUBIC)
"""Those of `TEXTBOOK_LATTICES` whose conventional cell is a cube."""
TEXTBOOK_LATTICES: tuple[str, ...] = (*_PLANAR, *_CUBIC)
"""Names that `textbook` knows."""

_KAGOME = [(0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.5, 0.5, 0.0)]
# fractions of the cell, one site at its corner where none are listed
_SITES = {
    "honeycomb": [(1 / 3, 2 / 3, 0.0), (2 / 3, 1 / 3, 0.0)],
    "kagome": _KAGOME,
    "kagome-wells": _KAGOME,
    "pyrochlore": [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5)],
}
# the wells of a kagome net: together a triangular lattice of spacing 1/√3
_RINGS = {"alpha": [(1 / 3, 2 / 3, 0.0), (2 / 3, 1 / 3, 0.0)], "beta": [(0.0, 0.0, 0.0)]}
# of two orbitals a cell, from the first: in cells, and its height
_SECOND = (1 / 3, 2 / 3, 0.0)


def textbook(
    name: str,
    layer_spacing: float | None = None,
    *,
    lattice_constant: float | None = None,
    second_well: npt.ArrayLike | None = None,
) -> Structure:
    """Return a built-in lattice, in reduced units unless it is given a lattice constant.

    Parameters
    ----------
    name
        One of `TEXTBOOK_LATTICES`. ``"square"``, ``"triangular"``, ``"honeycomb"`` and ``"kagome"``
        have a well on every site; ``"kagome-wells"`` has the wells between the sites of the kagome
        net, two triangles (``"alpha"``) and a hexagon (``"beta"``); ``"moire"`` is a triangular
        lattice with two orbitals a cell, ``"first"`` and ``"second"``, as in a bilayer.
        ``"cubic"``, ``"bcc"`` and ``"fcc"`` are primitive cells with one well each,
        ``"pyrochlore"`` with the four corners of a tetrahedron.
    layer_spacing
        Distance between layers over the in-plane lattice constant, c/a, of the planar lattices,
        stacked straight; 1 if not given. CsV3Sb5 has 1.694.
    lattice_constant
        Å; energies are then eV and temperatures K.
    second_well
        (3,) where the second well of ``"moire"`` is, from the first: in cells along both vectors,
        and its height, a length. (1/3, 2/3, 0) if not given, which makes a honeycomb.

    Returns
    -------
    Structure
        Lengths in units of the lattice constant, or Å: it is the side of the cell of a planar
        lattice, the edge of the conventional cube of a cubic one. The shortest lattice vector, and
        with it the length in the coulomb temperature, is therefore √3/2 in ``"bcc"`` and 1/√2 in
        ``"fcc"``. Wells have one state; the cage of a ``"site"`` is its nearest neighbours (in its
        layer), so that displaced states have directions, that of a well of ``"moire"`` the nearest
        of its kind.

    Raises
    ------
    ValueError
        If the name is unknown, `layer_spacing` is not from 0.01 to 1000 or given for a lattice
        without layers, or `second_well` is that of another lattice or on the first.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.textbook("kagome", layer_spacing=1.7)
    Structure kagome: 3 wells a cell
      wells: 3 × site, with 3 states
      cell: 1 × 1 × 1.7 lattice constants
    >>> mcsc.textbook("moire", layer_spacing=5.0, lattice_constant=80.0)
    Structure moire: 2 wells a cell
      wells: 1 × first, 1 × second, with 2 states
      cell: 80 × 80 × 400 Å
    """
    if name not in TEXTBOOK_LATTICES:
        raise ValueError(
            f"lattice = {name!r}: no such textbook lattice; choose one of "
            f"{', '.join(TEXTBOOK_LATTICES)}"
        )
    has_layers = name in _PLANAR
    if layer_spacing is not None and not has_layers:
        raise ValueError(f"the {name} lattice has no layers; leave layer_spacing out")
    if layer_spacing is not None and not 0.01 <= layer_spacing <= 1000:
        raise ValueError(f"layer_spacing is {layer_spacing}; give a number from 0.01 to 1000")
    cell = (_PLANAR | _CUBIC)[name].copy()
    if layer_spacing is not None:
        cell[2, 2] = layer_spacing
    scale = 1.0 if lattice_constant is None else lattice_constant
    cell *= scale
    sites = np.array(_SITES.get(name, [(0.0, 0.0, 0.0)])) @ cell
    is_net = name == "kagome-wells"
    wells = []
    for kind, centre in _wells(name, sites, cell, second_well):
        # of two orbitals each has its like around it
        around = centre[None] if name == "moire" else sites
        cage = _cage(centre, around, cell, has_layers)
        wells.append(Well(kind, centre, cage, ("M" if is_net else kind,) * len(cage)))
    return Structure(
        name=name,
        cell=cell,
        wells=tuple(wells),
        ions=("M",) * (len(sites) if is_net else 0),
        ion_positions=sites if is_net else sites[:0],
        source="textbook lattice, lattice constant "
        + ("1" if lattice_constant is None else f"{lattice_constant:g} Å"),
        units=REDUCED if lattice_constant is None else SI,
    )


def _wells(
    name: str, sites: FloatArray, cell: FloatArray, second: npt.ArrayLike | None
) -> list[tuple[str, FloatArray]]:
    """Kind and centre of each well."""
    if name == "kagome-wells":
        return [(kind, np.array(at) @ cell) for kind, rows in _RINGS.items() for at in rows]
    if name != "moire":
        if second is not None:
            raise ValueError(f"second_well belongs to lattice = 'moire': {name} has none")
        return [("site", site) for site in sites]
    x, y, z = np.asarray(_SECOND if second is None else second, dtype=np.float64)
    height = z / np.linalg.norm(cell[2])
    if np.linalg.norm((np.array([x, y, height]) + 0.5) % 1.0 - 0.5) < 1e-3:
        raise ValueError("second_well is on the first one; move it aside, or give it a height")
    return [("first", sites[0]), ("second", np.array([x, y, height]) @ cell)]


def _cage(centre: FloatArray, positions: FloatArray, cell: FloatArray, layers: bool) -> FloatArray:
    """The positions nearest to `centre`, itself excluded; in its plane for planar lattices."""
    n = 2 if layers else 3
    reach = float(np.linalg.norm(cell[0]))
    owner, steps, distances = translations_within(
        cell[:n, :n], (positions - centre)[:, :n], reach * (1 + 1e-9)
    )
    nearest = distances[distances > 1e-9 * reach].min()
    order = np.lexsort((owner, *steps.T[::-1]))
    order = order[np.abs(distances[order] - nearest) < 1e-9 * reach]
    return np.asarray(positions[owner[order]] + steps[order] @ cell[:n])


def moire_constant(layer_constants: tuple[float, float], twist_angle: float = 0.0) -> float:
    """Lattice constant of the beating of two triangular (or square) lattices.

    Reciprocal lattice vectors of the beating are the differences of those of the layers, so that

        L = a b / sqrt(a² + b² − 2 a b cos θ),

    a / (2 sin(θ/2)) for two equal layers.

    layer_constants: Lattice constants a and b of the layers.
    twist_angle: θ, degrees, from the layers aligned.

    Raises ValueError if the layers are equal and aligned, which makes no pattern; or a constant is
        not positive.

    Examples
    --------
    >>> round(moire_constant((3.28, 3.15)), 1)
    79.5
    """
    first, second = layer_constants
    if min(layer_constants) <= 0:
        raise ValueError(f"layer_constants = {list(layer_constants)}: give two lengths above 0")
    turn = math.radians(twist_angle)
    # (a − b)² + 4 a b sin²(θ/2) keeps its digits where cos θ is near 1
    apart = math.hypot(first - second, 2 * math.sqrt(first * second) * math.sin(turn / 2))
    if apart < 1e-6 * first:
        raise ValueError("two equal layers without a twist_angle have no moiré lattice; give one")
    return first * second / apart
