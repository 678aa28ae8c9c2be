"""Energies and responses that are exact sums: seconds.

E_s is the energy per site of charges n − f on a lattice filled to f, in units of e²/(4πε0 ε_r a), a
the nearest-well distance: E_s N = E(configuration) − f² E(full lattice). Layers stand so far apart
that they do not feel each other. The lowest configuration is searched, not given.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import k0

from mcsc import ground_states
from mcsc.chain import Sampling, Task, run
from mcsc.model import Interactions, build_model
from mcsc.structure import Structure, Well, slab, textbook
from mcsc.units import REDUCED

pytestmark = pytest.mark.validation

SUMS = "independent exact sum in two dimensions"
FAR = 40.0


def energy_a_site(structure: Structure, size: tuple[int, int, int], filling: float) -> float:
    """E_s of the lowest configuration found."""
    n = round(filling * np.prod(size) * structure.n_wells)
    task = Task(structure, size, n, (0.1,), seed=1)
    lowest = ground_states.lowest_states(task)[0].energy
    full = task.build().energy(np.zeros(task.n_wells, dtype=int))
    return (lowest - filling**2 * full) / task.n_wells


def test_madelung_constants(rows) -> None:
    # charges ±1/2: E_s = −M/8 in units of the distance of unlike neighbours
    salt = -8.0 * energy_a_site(textbook("cubic"), (2, 2, 2), 0.5)
    rows.exact("Madelung constant of NaCl", salt, 1.7475645946, 2e-9, source="exact: OEIS A085469")
    fcc = textbook("fcc")
    site = fcc.wells[0]
    tetrahedral = replace(site, centre=np.full(3, 0.25), cage=site.cage + 0.25, kind="other")
    blende = replace(fcc, wells=(site, tetrahedral))
    model = build_model(blende, (1, 1, 1))
    one = model.energy(np.array([0, -1])) - 0.25 * model.energy(np.array([0, 0]))
    constant = -8.0 * one / 2 * (3**0.5 / 4)
    rows.exact(
        "Madelung constant of ZnS", constant, 1.6380550534, 2e-9, source="exact: OEIS A182566"
    )


def test_square_wells(rows) -> None:
    square = textbook("square", layer_spacing=FAR)
    for name, size, filling, reference in (
        ("1/2, checkerboard", (4, 4, 1), 1 / 2, -0.20194283),
        ("1/4, rhombic (2,0),(1,2)", (4, 4, 1), 1 / 4, -0.12279987),
    ):
        ours = energy_a_site(square, size, filling)
        rows.exact(f"square wells {name}: E_s", ours, reference, 1e-8, source=SUMS)


def test_triangular_wells(rows) -> None:
    triangular = textbook("triangular", layer_spacing=FAR)
    for name, size, filling, reference in (
        ("1/3, √3 × √3", (6, 6, 1), 1 / 3, -0.17135775),
        ("1/4, 2 × 2", (4, 4, 1), 1 / 4, -0.13166946),
    ):
        ours = energy_a_site(triangular, size, filling)
        rows.exact(f"triangular wells {name}: E_s", ours, reference, 1e-8, source=SUMS)


def test_stacking_of_kagome_hexagons(rows) -> None:
    a, c = 5.50, 9.31
    kagome = textbook("kagome-wells", layer_spacing=c / a)
    hexagon = next(well for well in kagome.wells if well.kind == "beta")
    scaled = replace(hexagon, centre=a * hexagon.centre, cage=a * hexagon.cage)
    structure = Structure("hexagons", a * kagome.cell, (scaled,))

    def energy(shifts: list[tuple[int, int]]) -> float:
        """meV a carrier, one carrier a layer of 2 × 2 cells."""
        size = (2, 2, len(shifts))
        state = np.full(size, -1)
        for layer, (x, y) in enumerate(shifts):
            state[x, y, layer] = 0
        total = build_model(structure, size).energy(state.reshape(-1))
        return 1000 * total / len(shifts)

    straight, two = energy([(0, 0), (0, 0)]), energy([(0, 0), (1, 0)])
    four = energy([(0, 0), (1, 0), (1, 1), (0, 1)])
    source = "independent exact sum in three dimensions"
    rows.exact(
        "kagome 2 × 2, c/a = 1.69: straight over staggered stacking, meV/ε_r",
        straight - two, 22.70, 0.01, source=source,
    )  # fmt: skip
    rows.exact("kagome 2 × 2: period 4 over period 2, meV/ε_r", four - two, 0.0, 0.1, source=source)


def test_free_carriers_in_a_field(rows) -> None:
    length, energy, temperature = 0.1, 0.3, 0.5
    directions = np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])
    states = np.array([0.0] + 6 * [energy])
    well = Well("site", np.zeros(3), displacements=length * directions, state_energies=states)
    structure = Structure("free", np.eye(3), (well,), units=REDUCED)
    for strength in (2.0, 10.0):
        field = strength * np.array([1.0, 1.0, 0.0]) / 2**0.5
        task = Task(
            structure, (6, 6, 6), 108, (temperature, 2 * temperature), Interactions(coulomb=False),
            strength, tuple(field / strength), Sampling(4096, 256, 4096), seed=1,
        )  # fmt: skip
        root = run(task)["/"].isel(temperature=0)
        along = well.displacements @ field / strength
        weight = np.exp(-(states - strength * along) / temperature)
        weight /= weight.sum()
        mean = float(weight @ along)
        across = float(weight @ ((well.displacements**2).sum(axis=1) - along**2))
        rows.evaluations += task.proposals
        for name, reference in (
            ("displacement_parallel", mean),
            ("transverse_displacement", across),
        ):
            rows.compare(
                f"free carriers, field {strength:g}: {name.replace('_', ' ')}",
                float(root[name]), float(root[f"{name}_stderr"]), reference,
                source="exact sum over states",
            )  # fmt: skip


def test_slabs_and_gates(rows) -> None:
    """One layer without images: Madelung constants, a power, and images in two gates."""
    square, triangular = (slab(textbook(name), "c") for name in ("square", "triangular"))
    # ±1/2 of a checkerboard, in units of the distance: E_s = −M/8 of a pair
    rows.exact(
        "Madelung constant of a square layer, no images",
        -8.0 * energy_a_site(square, (2, 2, 1), 0.5),
        1.6155426267,
        2e-9,
        source="exact: 4(1 − √2) ζ(1/2) β(1/2)",
    )
    source = "L. Bonsall, A. A. Maradudin, Phys. Rev. B 15, 1959 (1977)"
    for name, layer, area, known in (
        ("square", square, 1.0, -1.950132460),
        ("triangular", triangular, 0.75**0.5, -1.960515789),
    ):
        full = build_model(layer, (1, 1, 1)).energy(np.zeros(1, dtype=int))
        case = f"{name} Wigner crystal: E √(area a carrier)"
        rows.exact(case, full * area**0.5, known, 2e-9, source=source)
    between = build_model(triangular, (3, 3, 1), Interactions(gate_distance=3.0))
    cells = np.array([(i, j) for i in range(-60, 61) for j in range(-60, 61)])
    crystal = cells[(cells[:, 0] - cells[:, 1]) % 3 == 0] @ triangular.cell[:2, :2]
    r = np.linalg.norm(crystal, axis=1)
    odd = np.arange(1, 60, 2)[:, None]
    images = 4.0 / 3.0 * k0(np.pi * odd * r[r > 0] / 3.0).sum() - 2.0 * np.log(2.0) / 3.0
    x, y = between.lattice.cells[:, :2].T
    ours = between.energy(np.where((x - y) % 3 == 0, 0, -1)) / 3
    case = "√3 × √3 crystal between gates 3 a apart: E a carrier"
    rows.exact(case, ours, 0.5 * float(images), 1e-10, source="exact: (4/d) Σ K₀(πnr/d) over odd n")
