"""A well: where one carrier can sit."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.text import Described, counted

MOST_STATES = 127
"""States of one well: snapshots hold their numbers as signed bytes."""


def read_only(values: npt.ArrayLike, shape: tuple[int | None, ...], name: str) -> FloatArray:
    """Return `values` as a read-only float array, or say which shape was wanted (None: any)."""
    array = np.array(values, dtype=np.float64)
    if array.size == 0 and None in shape:
        array = array.reshape([0 if n is None else n for n in shape])
    fits = array.ndim == len(shape) and all(
        want is None or n == want for n, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("n" if n is None else str(n) for n in shape) + ")"
        raise ValueError(f"{name} has shape {array.shape}; give an array of shape {wanted}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; give finite numbers")
    array.setflags(write=False)
    return array


def no_positions() -> FloatArray:
    return np.zeros((0, 3))


@dataclass(frozen=True, eq=False, repr=False)
class Well(Described):
    """Where one carrier can sit: a centre, its cage of ions, and its states.

    kind: Name of the kind of well, such as ``"alpha"``, ``"beta"`` or ``"site"``.
    centre: Cartesian position, shape (3,), Å (lattice constants in reduced units).
    cage: Cartesian positions of the ions that form the cage, shape (n_ions, 3); may be empty.
    cage_species: Species of the cage ions, length n_ions.
    displacements: Displacement of each state from the centre, shape (n_states, 3); row 0 is the
        centre.
    state_energies: Energy W_s of each state relative to the depth, shape (n_states,), eV.
    depth: Energy ε_w of a carrier in the well, eV; negative is attractive.
    state_kinds: Kind that a carrier in each state counts as, length n_states; empty where all are
        of the kind of the well. A carrier of a hexagon spread over a Star of David is ``"gamma"``.
    distortion: Continuous shape measure of the cage, from 0 for the perfect shape of the kind to
        100; NaN where the kind has no perfect shape (see `mcsc.structure.polyhedra.kind_of`).
    orbit: Wells of one structure with equal numbers are equivalent by the symmetry of the crystal.

    Raises ValueError if shapes disagree, a number is not finite, row 0 of `displacements` is not
        zero, two states of one kind lie at the same position, or there are more than 127.
    """

    kind: str
    centre: FloatArray
    cage: FloatArray = field(default_factory=no_positions)
    cage_species: tuple[str, ...] = ()
    displacements: FloatArray = field(default_factory=lambda: np.zeros((1, 3)))
    state_energies: FloatArray = field(default_factory=lambda: np.zeros(1))
    depth: float = 0.0
    state_kinds: tuple[str, ...] = ()
    distortion: float = float("nan")
    orbit: int = 0

    def __post_init__(self) -> None:
        if not self.kind:
            raise ValueError('the kind of a well is empty; name it, such as "site"')
        label = f"well {self.kind!r}:"
        for name, shape in (
            ("centre", (3,)),
            ("cage", (None, 3)),
            ("displacements", (None, 3)),
            ("state_energies", (None,)),
        ):
            array = read_only(getattr(self, name), shape, f"{label} {name}")
            object.__setattr__(self, name, array)
        object.__setattr__(self, "cage_species", tuple(self.cage_species))
        object.__setattr__(self, "depth", float(self.depth))
        if not np.isfinite(self.depth):
            raise ValueError(f"{label} depth is {self.depth}; give a finite energy")
        if len(self.cage_species) != len(self.cage):
            raise ValueError(
                f"{label} {len(self.cage)} cage ions but {len(self.cage_species)} cage_species; "
                "give one species per ion"
            )
        if len(self.displacements) == 0 or self.displacements[0].any():
            raise ValueError(f"{label} row 0 of displacements must be zero: state 0 is the centre")
        if len(self.state_energies) != self.n_states:
            raise ValueError(
                f"{label} {self.n_states} displacements but {len(self.state_energies)} "
                "state_energies; give one energy per state"
            )
        if self.n_states > MOST_STATES:
            raise ValueError(
                f"{label} {self.n_states} states; give at most {MOST_STATES}, as snapshots hold"
            )
        object.__setattr__(self, "state_kinds", tuple(self.state_kinds))
        if len(self.carrier_kinds) != self.n_states:
            raise ValueError(
                f"{label} {self.n_states} states but {len(self.state_kinds)} state_kinds; "
                "give one kind per state"
            )
        rows = self.displacements.tolist()
        distinct = {(*row, kind) for row, kind in zip(rows, self.carrier_kinds, strict=True)}
        if len(distinct) < self.n_states:
            raise ValueError(f"{label} two states have the same displacement; remove one")

    def _described(self) -> tuple[str, dict[str, str]]:
        at = ", ".join(f"{x:.4g}" for x in self.centre + 0.0)
        states = f"{counted(self.n_states, 'state')}, depth {self.depth:g}"
        return f"Well {self.kind} at ({at})", {
            "cage": counted(len(self.cage), "ion"), "carrier": states,
        }  # fmt: skip

    @property
    def n_states(self) -> int:
        """Number of states, the centre included."""
        return len(self.displacements)

    @property
    def carrier_kinds(self) -> tuple[str, ...]:
        """Kind that a carrier in each state counts as."""
        return self.state_kinds or (self.kind,) * self.n_states

    @property
    def distances(self) -> FloatArray:
        """Centre-to-cage distance of every cage ion, shape (n_ions,), Å."""
        return np.asarray(np.linalg.norm(self.cage - self.centre, axis=1))
