"""Built-in lattices of the textbooks, in reduced units: the lattice constant is 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mcsc.periodic import translations_within
from mcsc.structure.well import Array, Structure, Well
from mcsc.units import REDUCED

_ROOT3 = 3**0.5


def textbook(name: str, layer_spacing: float | None = None) -> Structure:
    """Return a built-in lattice in reduced units.

    Parameters
    ----------
    name
        One of `TEXTBOOK_LATTICES`. ``"square"``, ``"triangular"`` and ``"kagome"`` have a well on
        every site; ``"kagome-wells"`` has the wells between the sites of the kagome net, two
        triangles (``"alpha"``) and a hexagon (``"beta"``). ``"cubic"``, ``"bcc"`` and ``"fcc"``
        are primitive cells with one well each.
    layer_spacing
        Distance between layers over the in-plane lattice constant, c/a, of the planar lattices,
        stacked straight; 1 if not given. CsV3Sb5 has 1.694.

    Returns
    -------
    Structure
        Lengths in units of the lattice constant: the side of the cell of a planar lattice, the
        edge of the conventional cube of a cubic one. The nearest distance, and with it the length
        in the coulomb temperature, is therefore √3/2 in ``"bcc"`` and 1/√2 in ``"fcc"``. Wells
        have one state; the cage of a ``"site"`` is its nearest neighbours (in its layer), so that
        displaced states have directions.

    Raises
    ------
    ValueError
        If the name is unknown, or `layer_spacing` is not from 0.01 to 1000 or given for a lattice
        without layers.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.textbook("kagome", layer_spacing=1.7)
    Structure kagome: 3 wells a cell
      wells: 3 × site, with 3 states
      cell: 1 × 1 × 1.7 lattice constants
    """
    if name in _PLANAR:
        spacing = 1.0 if layer_spacing is None else float(layer_spacing)
        if not 0.01 <= spacing <= 1000:
            raise ValueError(f"layer_spacing is {layer_spacing}; give a number from 0.01 to 1000")
        return _PLANAR[name](name, spacing)
    if name not in _CUBIC:
        raise ValueError(
            f"lattice = {name!r}: no such textbook lattice; choose one of "
            f"{', '.join(TEXTBOOK_LATTICES)}"
        )
    if layer_spacing is not None:
        raise ValueError(f"the {name} lattice has no layers; leave layer_spacing out")
    return _sites(name, _CUBIC[name], [(0, 0, 0)])


def _structure(name: str, cell: Array, wells: list[Well], ions: Array | None = None) -> Structure:
    positions = np.zeros((0, 3)) if ions is None else ions
    return Structure(
        name=name,
        cell=cell,
        wells=tuple(wells),
        ions=("M",) * len(positions),
        ion_positions=positions,
        source="textbook lattice, lattice constant 1",
        units=REDUCED,
    )


def _cage(centre: Array, positions: Array, cell: Array, layers: bool) -> Array:
    """The positions nearest to `centre`, itself excluded; in its plane for planar lattices."""
    n = 2 if layers else 3
    reach = float(np.linalg.norm(cell[0]))
    owner, steps, distances = translations_within(
        cell[:n, :n], (positions - centre)[:, :n], reach * (1 + 1e-9)
    )
    nearest = distances[distances > 1e-9].min()
    order = np.lexsort((owner, *steps.T[::-1]))
    order = order[np.abs(distances[order] - nearest) < 1e-9]
    neighbours: Array = positions[owner[order]] + steps[order] @ cell[:n]
    return neighbours


def _sites(name: str, cell: Array, fractional: npt.ArrayLike, *, layers: bool = False) -> Structure:
    """One well on every site, its cage the nearest sites."""
    sites = np.asarray(fractional, dtype=np.float64) @ cell
    cages = [_cage(site, sites, cell, layers) for site in sites]
    wells = [
        Well("site", site, cage, ("site",) * len(cage))
        for site, cage in zip(sites, cages, strict=True)
    ]
    return _structure(name, cell, wells)


def _hexagonal(layer_spacing: float) -> Array:
    return np.array([[1.0, 0.0, 0.0], [-0.5, _ROOT3 / 2, 0.0], [0.0, 0.0, layer_spacing]])


_KAGOME_SITES = [(0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.5, 0.5, 0.0)]


def _square(name: str, layer_spacing: float) -> Structure:
    return _sites(name, np.diag([1.0, 1.0, layer_spacing]), [(0, 0, 0)], layers=True)


def _triangular(name: str, layer_spacing: float) -> Structure:
    return _sites(name, _hexagonal(layer_spacing), [(0, 0, 0)], layers=True)


def _kagome(name: str, layer_spacing: float) -> Structure:
    return _sites(name, _hexagonal(layer_spacing), _KAGOME_SITES, layers=True)


def _kagome_wells(name: str, layer_spacing: float) -> Structure:
    """The wells of a kagome net: together a triangular lattice of spacing 1/√3."""
    cell = _hexagonal(layer_spacing)
    ions = np.array(_KAGOME_SITES) @ cell
    wells = []
    for kind, fractional in (
        ("alpha", (1 / 3, 2 / 3, 0.0)),
        ("alpha", (2 / 3, 1 / 3, 0.0)),
        ("beta", (0.0, 0.0, 0.0)),
    ):
        centre = np.array(fractional) @ cell
        cage = _cage(centre, ions, cell, layers=True)
        wells.append(Well(kind, centre, cage, ("M",) * len(cage)))
    return _structure(name, cell, wells, ions)


_PLANAR: dict[str, Callable[[str, float], Structure]] = {
    "square": _square,
    "triangular": _triangular,
    "kagome": _kagome,
    "kagome-wells": _kagome_wells,
}

_CUBIC: dict[str, Array] = {
    "cubic": np.eye(3),
    "bcc": np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]]),
    "fcc": np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]),
}

CUBIC_LATTICES: tuple[str, ...] = tuple(_CUBIC)
"""Those of `TEXTBOOK_LATTICES` whose conventional cell is a cube."""

TEXTBOOK_LATTICES: tuple[str, ...] = (*_PLANAR, *_CUBIC)
"""Names that `textbook` knows."""
