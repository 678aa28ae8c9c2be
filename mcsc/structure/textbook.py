"""Built-in lattices of the textbooks, in reduced units: the lattice constant is 1."""

from __future__ import annotations

import numpy as np

from mcsc.periodic import translations_within
from mcsc.structure.well import Array, Structure, Well
from mcsc.units import REDUCED

_HEXAGONAL = np.array([[1.0, 0.0, 0.0], [-0.5, 3**0.5 / 2, 0.0], [0.0, 0.0, 1.0]])
# cells with their layers, if any, one lattice constant apart
_PLANAR = {
    "square": np.eye(3), "triangular": _HEXAGONAL, "kagome": _HEXAGONAL, "kagome-wells": _HEXAGONAL,
}  # fmt: skip
_CUBIC = {
    "cubic": np.eye(3),
    "bcc": np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]]),
    "fcc": np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]),
}
CUBIC_LATTICES: tuple[str, ...] = tuple(_CUBIC)
"""Those of `TEXTBOOK_LATTICES` whose conventional cell is a cube."""
TEXTBOOK_LATTICES: tuple[str, ...] = (*_PLANAR, *_CUBIC)
"""Names that `textbook` knows."""

_KAGOME = [(0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.5, 0.5, 0.0)]
# the wells of a kagome net: together a triangular lattice of spacing 1/√3
_RINGS = {"alpha": [(1 / 3, 2 / 3, 0.0), (2 / 3, 1 / 3, 0.0)], "beta": [(0.0, 0.0, 0.0)]}


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
    sites = np.array(_KAGOME if name.startswith("kagome") else [(0.0, 0.0, 0.0)]) @ cell
    is_net = name == "kagome-wells"
    centres = {kind: np.array(rows) @ cell for kind, rows in _RINGS.items()}
    wells = []
    for kind, rows in (centres if is_net else {"site": sites}).items():
        for centre in rows:
            cage = _cage(centre, sites, cell, has_layers)
            wells.append(Well(kind, centre, cage, ("M" if is_net else kind,) * len(cage)))
    return Structure(
        name=name,
        cell=cell,
        wells=tuple(wells),
        ions=("M",) * (len(sites) if is_net else 0),
        ion_positions=sites if is_net else sites[:0],
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
