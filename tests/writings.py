"""One crystal written in several cells, and what is measured of carriers at places in space."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from exact import crystal
from exact import well as make_well

from mcsc.kernels.tables import state_numbers
from mcsc.lattice import Lattice
from mcsc.observables import build_probe, channels, measure
from mcsc.structure import textbook

# two square nets a cell, the second above the middles of the first
STAGGERED = crystal(
    np.diag([1.0, 1.0, 4.0]), make_well("a", (0, 0, 0.5)), make_well("a", (0.5, 0.5, 2.5))
)
BILAYER = crystal(
    np.diag([1.0, 1.0, 3.5]), make_well("a", (0, 0, 0.3)), make_well("a", (0, 0, 1.2))
)
# a square and, above it, a square of another kind
UNLIKE = crystal(
    np.diag([1.0, 1.0, 4.0]), make_well("a", (0, 0, 0)), make_well("b", (0, 0, 2.0), depth=0.3)
)
CENTRED = crystal([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1.7]], make_well("a", (0.1, 0, 0.2)))
CRYSTALS = {
    "kagome": textbook("kagome-wells", 1.7),
    "square": textbook("square", 1.7),
    "body-centred": CENTRED,
    "staggered": STAGGERED,
    "bilayer": BILAYER,
    "unlike": UNLIKE,
    "cubic": textbook("cubic"),
    "fcc": textbook("fcc"),
    "bcc": textbook("bcc"),
}
CHANGES = {
    "permuted": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "oblique": [[2, 1, 1], [1, 1, 0], [0, 1, 0]],
    "left-handed": [[0, 1, 0], [1, 0, 0], [1, 1, 1]],
}


def rewritten(structure, change, seed):
    """The same crystal in another cell, its wells in other cells of it and in another order."""
    rng = np.random.default_rng(seed)
    moves = rng.integers(-1, 2, (structure.n_wells, 3)) @ structure.cell
    wells = [
        replace(well, centre=well.centre + move)
        for well, move in zip(structure.wells, moves, strict=True)
    ]
    wells = tuple(wells[i] for i in rng.permutation(len(wells)))
    return replace(structure, cell=np.array(change) @ structure.cell, wells=wells)


class Written:
    """Snapshots, lists of cartesian places of carriers, in one writing of a crystal."""

    def __init__(self, structure, size, places):
        lattice = Lattice(structure, size)
        numbers = state_numbers(size, structure.n_states, 1)
        # all that a probe asks of a model
        displacements = np.concatenate([well.displacements for well in structure.wells])
        model = SimpleNamespace(lattice=lattice, displacements=displacements)
        self.probe = build_probe(model, numbers, np.array([1.0, 0.0, 0.0]))
        inverse = np.linalg.inv(np.array(size)[:, None] * structure.cell)
        by_well = numbers.transpose(1, 2, 3, 0).reshape(-1)
        carriers = []
        for snapshot in places:
            apart = (np.array(snapshot)[:, None] - lattice.positions) @ inverse
            apart = np.abs(apart - np.rint(apart)).max(axis=2)
            assert (apart.min(axis=1) < 1e-6).all()
            carriers.append(by_well[apart.argmin(axis=1)])
        self.series = measure(self.probe, np.array(carriers, dtype=np.int32)[:, None])
        self.channels = channels(self.probe)

    def charge_order(self, i):
        """(n,) charge order of each snapshot in channel i."""
        members = self.channels[i].members
        if len(members) == 0:
            return np.sqrt(self.series["order_squared"][:, 0, :, i].mean(axis=1))
        return np.sqrt(self.series["wave_squared"][:, 0][:, members].max(axis=1))

    def table(self):
        """Every channel: components, waves, whether it is a crossover, orders of the snapshots.

        Sorted, and so are the layers.
        """
        rows = []
        for i, channel in enumerate(self.channels):
            layered = np.sort(self.series["order_squared"][:, 0, :, i], axis=1).ravel()
            numbers = np.concatenate([self.charge_order(i), layered])
            key = (channel.components, channel.waves, channel.crossover)
            rows.append((*key, *np.round(numbers, 6)))
        return sorted(rows)
