"""The periodic supercell of a structure's wells and the table of near wells."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.cell_choice import in_cells
from mcsc.lattice.layers import Layers, layers
from mcsc.lattice.nearness import NEAR, hop_shells, near_shells
from mcsc.structure import Structure

Int32Array = npt.NDArray[np.int32]
Pairs = IntArray


@dataclass(frozen=True)
class Lattice:
    """A structure repeated ``size`` times along its cell vectors, periodic.

    Wells are numbered ``cell * B + b`` with ``cell = (x * Ly + y) * Lz + z`` and b the well of the
    primitive cell.

    structure: The wells of one primitive cell.
    size: Cells along each lattice vector. A (3, 3) matrix of integers may be given instead, whose
        rows are the vectors of the supercell: ``structure`` and ``size`` are then those of
        :func:`mcsc.lattice.choose_cell`, the same wells in another primitive cell.
    """

    structure: Structure
    size: tuple[int, int, int]

    def __post_init__(self) -> None:
        structure, size = in_cells(self.structure, self.size)
        object.__setattr__(self, "structure", structure)
        object.__setattr__(self, "size", size)
        if len(self.size) != 3 or any(n < 1 for n in self.size):
            raise ValueError(
                f"supercell size {self.size}: give three whole numbers of cells, each at least 1"
            )
        if structure.slab is not None and self.size[structure.slab.axis] != 1:
            raise ValueError(
                f"supercell size {self.size}: a slab does not repeat along its open axis; take 1 "
                "there, and slab(..., cells=n) for n cells of the crystal"
            )

    @property
    def n_cells(self) -> int:
        """Primitive cells in the supercell."""
        return self.size[0] * self.size[1] * self.size[2]

    @property
    def n_wells(self) -> int:
        """Wells in the supercell."""
        return self.n_cells * self.structure.n_wells

    @property
    def volume(self) -> float:
        """Volume of the supercell, length³."""
        return self.n_cells * self.structure.volume

    @property
    def states_per_well(self) -> tuple[int, ...]:
        """Number of states of each well of the primitive cell."""
        return tuple(len(well.displacements) for well in self.structure.wells)

    @property
    def cells(self) -> Int32Array:
        """(C, 3) coordinates x, y, z of the cells in units of the cell vectors."""
        return np.array(list(product(*map(range, self.size))), dtype=np.int32)

    @property
    def positions(self) -> FloatArray:
        """(W, 3) cartesian centres of the wells, length."""
        centres = np.array([well.centre for well in self.structure.wells])
        origins = self.cells @ self.structure.cell
        return np.asarray((origins[:, None, :] + centres[None, :, :]).reshape(-1, 3))

    @property
    def n_layers(self) -> int:
        """Layers whose order is measured apart; 1 in a crystal without layers.

        Planar order decays over a fraction of the layer spacing, so that layers of a layered
        crystal order each for itself, in relative phases that hardly cost energy.
        """
        if self.layers is None:
            return 1
        return int(np.gcd.reduce(self.layers.plane * self.size)) * len(self.layers.position)

    @cached_property
    def layers(self) -> Layers | None:
        """The layers of the structure, see :func:`mcsc.lattice.layers`."""
        return layers(self.structure)

    @property
    def stacks_cells(self) -> bool:
        """Whether cells of one third coordinate are a layer, or sheets on each other."""
        found = self.layers
        return found is not None and not found.height.any() and found.plane.tolist() == [0, 0, 1]

    def near_wells(self, reach: float = NEAR) -> Int32Array:
        """Wells a carrier hops to in a short hop.

        Two wells are near when their distance is at most ``reach`` times the nearest-neighbour
        distance of whichever well of the structure is the most isolated, so that every well has a
        near one and nearness is mutual. Wells of equal depth none of which is near another, such as
        hexagons deeper than the triangles around them, are near the nearest of themselves as well:
        a carrier confined to them would otherwise never move by a short hop.

        Returns: (W, n) well numbers, −1 where a well has fewer than n. Wells reached through
            several images of a small supercell count once, a well's own images not at all.
        """
        tables = [
            _numbers(self, base, offsets, wells)
            for base, (offsets, wells) in enumerate(hop_shells(self.structure, reach))
        ]
        width = max((len(row) for table in tables for row in table), default=0)
        near = np.full((self.n_cells, self.structure.n_wells, max(width, 1)), -1, np.int32)
        for base, table in enumerate(tables):
            for cell, row in enumerate(table):
                near[cell, base, : len(row)] = row
        return near.reshape(self.n_wells, -1)

    def near_hops(self, reach: float = NEAR) -> tuple[Int32Array, FloatArray]:
        """Short hops of a carrier, with their distances; to one well by several images each apart.

        Returns: (W, n) wells they lead to, −1 where a well has fewer than n, and (B, n, 3) steps
            from centre to centre, length, the same for every cell.
        """
        shells = hop_shells(self.structure, reach)
        centres = np.array([well.centre for well in self.structure.wells])
        width = max(1, *(len(wells) for _, wells in shells))
        wells = np.full((self.n_cells, len(shells), width), -1, np.int32)
        steps = np.zeros((len(shells), width, 3))
        for base, (offsets, others) in enumerate(shells):
            steps[base, : len(others)] = (
                offsets @ self.structure.cell + centres[others] - centres[base]
            )
            x, y, z = ((self.cells[:, None] + offsets) % np.array(self.size)).T
            numbers = ((x * self.size[1] + y) * self.size[2] + z).T * len(shells) + others
            wells[:, base, : len(others)] = numbers
        return wells.reshape(self.n_wells, -1), steps

    def meets_images(self, axis: int | None = None) -> bool:
        """Whether a well reaches one near well twice, or itself, in a supercell so small.

        axis: The only one along which the supercell repeats; by default all three at once.
        """
        folding = slice(0, 3) if axis is None else slice(axis, axis + 1)
        for base, (offsets, wells) in enumerate(near_shells(self.structure)):
            here = np.array([[0, 0, 0, base]])
            around = np.concatenate([here, np.column_stack([offsets, wells])])
            folded = around.copy()
            folded[:, folding] %= self.size[folding]
            if len(np.unique(folded, axis=0)) < len(np.unique(around, axis=0)):
                return True
        return False


def _numbers(lattice: Lattice, base: int, offsets: Pairs, wells: Pairs) -> list[list[int]]:
    """Sorted distinct near wells of well ``base`` in every cell of the supercell."""
    ny, nz = lattice.size[1:]
    n_base = lattice.structure.n_wells
    rows = []
    for cell, origin in enumerate(lattice.cells):
        x, y, z = ((origin + offsets) % np.array(lattice.size)).T
        numbers = ((x * ny + y) * nz + z) * n_base + wells
        rows.append(sorted(set(numbers.tolist()) - {cell * n_base + base}))
    return rows
