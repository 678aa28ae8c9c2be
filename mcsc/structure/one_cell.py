"""The structure that holds the wells of one cell."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.periodic import nearest_images
from mcsc.structure.crystal.species import is_mixed
from mcsc.structure.planes import lattice_constant
from mcsc.structure.well import Well, no_positions, read_only
from mcsc.text import Described, counted
from mcsc.units import SI, Units

# Two positions closer than this share of the mean well spacing count as one.
_SAME_POSITION = 1e-3


@dataclass(frozen=True)
class Slab:
    """What a slab was cut out of, see `mcsc.structure.slab`.

    axis: Number of the cell vector along which there are no images.
    step: (3,) vector of the crystal's cell in its place, length.
    cells: Cells of the crystal on each other: the thickness.
    """

    axis: int
    step: tuple[float, float, float]
    cells: int


@dataclass(frozen=True, eq=False, repr=False)
class Structure(Described):
    """The wells of one primitive cell, with the ions of the cell for reference and pictures.

    Attributes
    ----------
    name
        What tables and figures call it.
    cell
        Lattice vectors as rows, shape (3, 3), Å (lattice constants in reduced units).
    wells
        The wells of one cell; their order fixes the numbering of wells everywhere else.
    ions, ion_positions
        Species and Cartesian positions, shape (n, 3), of the ions of the cell; may be empty.
    source
        Where the structure comes from.
    axes
        Vectors of another primitive cell of the same lattice, shape (3, 3), in whose reciprocal
        lattice units wavevectors are written; by default those of `cell`.
    units
        Unit system of every length and energy of the wells, and of all that is computed of them:
        Å, eV and K, or reduced units.
    slab
        Of a slab, which has images along two cell vectors only, the open axis; None for a crystal.
    kept
        What a symmetry has to leave as it is besides the wells: vectors (3,) and symmetric tensors
        (3, 3) of what is around them, such as a medium.

    Raises
    ------
    ValueError
        If the cell is singular, there is no well, a state of one well lies on a state of another
        well (or of its periodic image), or `ions` and `ion_positions` disagree.

    Examples
    --------
    >>> import mcsc
    >>> structure = mcsc.textbook("square", layer_spacing=2.0)
    >>> structure.n_wells, structure.kinds, structure.volume
    (1, ('site',), 2.0)
    """

    name: str
    cell: FloatArray
    wells: tuple[Well, ...]
    ions: tuple[str, ...] = ()
    ion_positions: FloatArray = field(default_factory=no_positions)
    source: str = ""
    axes: FloatArray | None = None
    units: Units = SI
    slab: Slab | None = None
    kept: tuple[FloatArray, ...] = ()

    def __post_init__(self) -> None:
        label = f"structure {self.name!r}:"
        object.__setattr__(self, "cell", read_only(self.cell, (3, 3), f"{label} cell"))
        positions = read_only(self.ion_positions, (None, 3), f"{label} ion_positions")
        object.__setattr__(self, "ion_positions", positions)
        object.__setattr__(self, "wells", tuple(self.wells))
        object.__setattr__(self, "ions", tuple(self.ions))
        lengths = np.linalg.norm(self.cell, axis=1)
        if self.volume <= 1e-9 * np.prod(lengths):
            raise ValueError(f"{label} the lattice vectors lie in one plane; give three directions")
        if len(self.ions) != len(self.ion_positions):
            raise ValueError(
                f"{label} {len(self.ions)} ions but {len(self.ion_positions)} ion_positions; "
                "give one position per ion"
            )
        if not self.wells:
            raise ValueError(f"{label} no wells; give at least one well per cell")
        self._require_separate_wells(label)
        if self.axes is not None:
            object.__setattr__(self, "axes", read_only(self.axes, (3, 3), f"{label} axes"))
            exact = self.cell @ np.linalg.inv(self.axes)
            whole = np.abs(exact - np.rint(exact)).max() < 1e-6
            if not whole or round(abs(float(np.linalg.det(exact)))) != 1:
                raise ValueError(f"{label} axes are no primitive cell of the same lattice")

    def _described(self) -> tuple[str, dict[str, str]]:
        kinds = [well.kind for well in self.wells]
        counts = ", ".join(f"{kinds.count(kind)} × {kind}" for kind in sorted(set(kinds)))
        lengths = " × ".join(f"{length:.4g}" for length in np.linalg.norm(self.cell, axis=1))
        unit = "Å" if self.units.length == "angstrom" else "lattice constants"
        return f"Structure {self.name}: {counted(self.n_wells, 'well')} a cell", {
            "wells": f"{counts}, with {counted(self.n_states, 'state')}",
            "cell": f"{lengths} {unit}",
        }

    def _require_separate_wells(self, label: str) -> None:
        """Carriers at one position repel infinitely: no state may lie on another well's state."""
        well_of = np.repeat(np.arange(self.n_wells), [w.n_states for w in self.wells])
        positions = np.concatenate([w.centre + w.displacements for w in self.wells])
        apart = positions[:, None] - positions
        nearest = nearest_images(self.cell, apart)
        distance = np.linalg.norm(nearest, axis=-1)
        tolerance = _SAME_POSITION * (self.volume / self.n_wells) ** (1 / 3)
        # A pair of states of one well meets only across a periodic image.
        across = np.linalg.norm(apart - nearest, axis=-1) > tolerance
        different = (well_of[:, None] != well_of) | across
        clash = np.argwhere(different & (distance < tolerance))
        if len(clash):
            first, second = well_of[clash[0]]
            raise ValueError(
                f"{label} wells {first} ({self.wells[first].kind}) and {second} "
                f"({self.wells[second].kind}) overlap {distance[tuple(clash[0])]:.2g} apart; "
                "remove one or shorten its displacements"
            )

    @property
    def mixed_sites(self) -> dict[str, int]:
        """Ions of a cell by mixed site, such as ``"La0.925Sr0.075"``: parts of no well.

        Their charges count as averages.
        """
        return {name: self.ions.count(name) for name in sorted(set(self.ions)) if is_mixed(name)}

    @property
    def n_wells(self) -> int:
        """Number of wells per cell."""
        return len(self.wells)

    @property
    def n_states(self) -> int:
        """Total number of well states per cell, summed over its wells."""
        return sum(well.n_states for well in self.wells)

    @property
    def volume(self) -> float:
        """Volume of the cell, Å³; of a slab that of the cells of the crystal it is made of."""
        if self.slab is None:
            return float(abs(np.linalg.det(self.cell)))
        vectors = np.array(self.cell)
        vectors[self.slab.axis] = self.slab.step
        return self.slab.cells * float(abs(np.linalg.det(vectors)))

    @property
    def crystal_cells(self) -> int:
        """Cells of the crystal in this one: more than one in a slab of several."""
        return 1 if self.slab is None else self.slab.cells

    @property
    def change(self) -> IntArray:
        """The vectors of `cell` in units of `axes`, (3, 3) integers."""
        if self.axes is None:
            return np.eye(3, dtype=np.int64)
        return np.rint(self.cell @ np.linalg.inv(self.axes)).astype(np.int64)

    def in_axes(self, q: npt.ArrayLike) -> FloatArray:
        """Wavevectors (…, 3) of reciprocal lattice units of `cell` in those of `axes`."""
        if self.axes is None:
            return np.asarray(q, dtype=np.float64)
        # whole numbers, for the cells of one lattice
        back = np.rint(np.linalg.inv(self.change))
        turned: FloatArray = np.asarray(q) @ back.T + 0.0  # no negative zeros
        return turned

    @property
    def lattice_constant(self) -> float:
        """Length of the shortest lattice vector in the plane of the layers, Å.

        By the geometry, see :func:`mcsc.structure.planes.lattice_constant`: the same in whatever
        lattice vectors the crystal is written.
        """
        length, _ = self._constant
        return length

    @property
    def lattice_constant_meaning(self) -> str:
        """Which lattice vector :attr:`lattice_constant` is the length of, in words."""
        _, meaning = self._constant
        return f"shortest lattice vector {meaning}"

    @cached_property
    def _constant(self) -> tuple[float, str]:
        return lattice_constant(self.cell, np.array([well.centre for well in self.wells]))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that carriers can be of, sorted: those of the wells and of their states."""
        return tuple(sorted({kind for well in self.wells for kind in well.carrier_kinds}))
