"""The potential of carriers in their surroundings: anisotropic media, slabs, gates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.model.ewald import periodic_potential
from mcsc.model.laws import COULOMB, Law
from mcsc.model.plane_sum import plane_potential


@dataclass(frozen=True, eq=False)
class Potential:
    """What a carrier at one place feels of one at another and of all its images.

    law: The potential of two charges far from everything else.
    stretch: (3, 3) symmetric matrix S of determinant 1, by which an anisotropic medium rescales
        lengths: charges at S r in an isotropic one have the same potential; None where it is
        isotropic.
    open_axis: Number of the cell vector along which there are no images; None for a crystal.
    sheets: (n,) heights of the sheets of opposite charge that neutralize the carriers of a slab,
        equal parts of it; none where nothing has to be neutralized. Heights are those above the
        plane of the other two vectors, and like the next two in the lengths after ``stretch``.
    gates: Number of metallic gates, parallel to the slab: 0, 1 or 2.
    gate_distance, middle: Distance d of two gates, and the height midway between them. The gate
        that one leaves is the lower one, d/2 below: a carrier midway has its image at the distance
        d.
    """

    law: Law = COULOMB
    stretch: FloatArray | None = None
    open_axis: int | None = None
    sheets: tuple[float, ...] = ()
    gates: int = 0
    gate_distance: float = np.inf
    middle: float = 0.0

    @property
    def by_difference(self) -> bool:
        """Whether only the difference of two places counts, so that all carriers are alike."""
        return self.open_axis is None

    def between(
        self, cell: FloatArray, size: Sequence[int], first: FloatArray, second: FloatArray
    ) -> FloatArray:
        """Potential at places of carriers at others, repeated with the supercell.

        In a crystal that is :func:`mcsc.model.periodic_potential` and in a slab
        :func:`mcsc.model.plane_potential`, completed by sheets of opposite charge through
        the wells, as much charge on each. With w the charge of a sheet at height h per carrier, A
        the area of the supercell and z the heights of the two places:

            v += (2π/A) [Σ_h w(|z₁ − h| + |z₂ − h|) − Σ_hh' w w'|h − h'|]

        where for 1/r^p lengths ℓ^(p−1)|z|^(2−p)/(2 − p) take the place of |z|.

        Between grounded gates every carrier has images of alternating sign; they make the sum
        converge, and no background is counted. In the crystal of period 2d across the plane, z
        from the middle of the two:

            v(ρ, z₁, z₂) = v_2d(ρ, z₂ − z₁) − v_2d(ρ, z₂ + z₁ − d)

        which for z = 0 and alone in a plane is (4/d) Σ_{n odd} K₀(πnρ/d). One gate:
        v = v_slab(ρ, z₂ − z₁) − v_slab(ρ, z₂ + z₁ + d).

        Far from the gates v is that of the slab plus a constant, the mean of the potential over
        the plane of a carrier midway: for two gates ⟨v⟩ = (2π/A)(d/2) = πd/A, since a sheet of
        unit charge has the field 2π/A on both sides over d/2. So N carriers have the energy
        πN²d/2A more than in a slab with its sheet, up to terms in exp(−2πd/L), and with one gate
        twice that.

        cell, size: Vectors of the primitive cell, and cells along each.
        first, second: (P, 3) places, cartesian.

        Returns: (P, Lx, Ly, Lz): At ``second`` in every cell of the charge at ``first`` in cell 0,
            inverse length. Where these are one place, the bare 1/r is left out.

        Raises ValueError: As :func:`mcsc.model.periodic_potential`; if a place is not between the
            gates.
        """
        if self.stretch is not None:
            cell, first, second = cell @ self.stretch, first @ self.stretch, second @ self.stretch
        apart, axis = second - first, self.open_axis
        if axis is None:
            return periodic_potential(cell, size, apart, self.law)
        normal = normal_of(cell, axis)
        if self.gates == 0:
            found = plane_potential(cell, size, axis, apart, self.law)
            return found + self._sheets(cell, size, first @ normal, second @ normal)
        heights = [places @ normal - self.middle for places in (first, second)]
        self.require_inside(np.concatenate(heights))
        # the image of the first charge in the lower gate
        lift = -(2.0 * heights[0] + self.gate_distance)
        image = apart - lift[:, None] * normal
        if self.gates == 1:
            return plane_potential(cell, size, axis, apart, self.law) - plane_potential(
                cell, size, axis, image, self.law
            )
        cell = cell.copy()
        cell[axis] = 2.0 * self.gate_distance * normal
        return periodic_potential(cell, size, apart, self.law) - periodic_potential(
            cell, size, image, self.law
        )

    def _sheets(
        self, cell: FloatArray, size: Sequence[int], first: FloatArray, second: FloatArray
    ) -> FloatArray | float:
        if not self.sheets:
            return 0.0
        spans = np.delete(cell * np.array(size)[:, None], self.open_axis or 0, axis=0)
        area = float(np.linalg.norm(np.cross(*spans)))
        sheets = np.array(self.sheets)
        fall = self.law.fall
        distances = sum(fall(np.abs(z[:, None] - sheets)).mean(axis=1) for z in (first, second))
        distances = distances - fall(np.abs(sheets[:, None] - sheets)).mean()
        return np.asarray(2.0 * np.pi / area * distances[:, None, None, None])

    def require_inside(self, heights: FloatArray) -> None:
        """Refuse places at heights above the middle that are not between the gates."""
        far = -heights.min() if self.gates == 1 else np.abs(heights).max()
        share = 2.0 * far / self.gate_distance
        if share >= 1.0 - 1e-9:
            raise ValueError(
                f"gate_distance: a charge is {share:.4g} times its half from the middle of the "
                f"slab, not between the gates; give more than {share:.4g} times as much"
            )


BARE = Potential()


def normal_of(cell: FloatArray, axis: int) -> FloatArray:
    """(3,) unit normal of the plane of the other two vectors, on the side of this one."""
    normal = np.cross(cell[axis - 2], cell[axis - 1])
    normal *= np.sign(normal @ cell[axis]) / np.linalg.norm(normal)
    return np.asarray(normal)
