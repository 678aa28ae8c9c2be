"""Searches against all configurations of small supercells, and against known energies of layers."""

import numba
import numpy as np
import pytest
from exact import configurations, crystal, energies, in_field, system, well

from mcsc.chain import Sampling, Task, run
from mcsc.ground_states import (
    Annealing,
    Filling,
    carrier_symmetry,
    density_waves,
    filling_at,
    hull_of,
    lowest_states,
    superlattice,
)
from mcsc.ground_states.chains import energy_scale
from mcsc.ground_states.search import smaller_tasks
from mcsc.model import Dopants, Interactions
from mcsc.structure import textbook, with_depth
from mcsc.units import REDUCED

SHORT = Annealing(chains=16, sweeps=480, stages=48, population=1)
TRICLINIC = [[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]]
TWO_WELLS = crystal(
    TRICLINIC,
    well("a", (0, 0, 0), [(0, 0, 0), (0.1, 0, 0.02), (-0.1, 0.05, 0)], (0.0, 0.05, -0.02)),
    well("b", (0.6, 0.9, 0.7), [(0, 0, 0), (0, 0.12, -0.04)], depth=-0.1),
    units=REDUCED,
)
DIAGONALS = crystal(
    np.diag([1.0, 1.0, 1.7]),
    well(
        "a", (0, 0, 0), [(0, 0, 0), (0.1, 0.1, 0), (-0.1, 0.1, 0), (-0.1, -0.1, 0), (0.1, -0.1, 0)]
    ),
    units=REDUCED,
)
KAGOME = textbook("kagome-wells", 1.694)
DEEP = crystal(
    KAGOME.cell,
    *(with_depth(w, -0.4) if w.kind == "beta" else w for w in KAGOME.wells),
    units=REDUCED,
)


def task(structure, size, n_carriers, **more):
    return Task(structure, size, n_carriers, (), seed=5, **more)


# structure, supercell, carriers, and for both codes a field, a screening, dopants
ENUMERATED = {
    "square": (textbook("square", 2.0), (3, 3, 1), 4, {}, {}),
    "cubic": (textbook("cubic"), (2, 2, 3), 6, {}, {}),
    "kagome": (KAGOME, (2, 2, 1), 4, {}, {}),
    "kagome layers": (KAGOME, (2, 1, 2), 5, {}, {}),
    "deep hexagons": (DEEP, (2, 2, 1), 5, {}, {}),
    "displaced": (DIAGONALS, (2, 2, 1), 2, {}, {}),
    "full": (DIAGONALS, (2, 2, 1), 4, {}, {}),
    "field": (DIAGONALS, (2, 2, 1), 3, in_field(0.2, 0.1, 0.0), {"field": (0.2, 0.1, 0.0)}),
    "two wells": (TWO_WELLS, (2, 2, 1), 4, {}, {}),
    "screened": (
        KAGOME, (2, 2, 1), 6,
        {"interactions": Interactions(screening_length=1.25)}, {"screening": 0.8},
    ),
    "dopants": (
        textbook("cubic"), (2, 2, 2), 3,
        {"dopants": Dopants(((0.2, 0.125, 0.05),), -1.0)},
        {"dopants": [(np.array([0.2, 0.125, 0.05]), -1.0)]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENUMERATED)
def test_the_lowest_energy_and_its_degeneracy_are_those_of_all_configurations(name):
    structure, size, n_carriers, ours, theirs = ENUMERATED[name]
    everything = system(structure, size, **theirs)
    all_energies = energies(everything, configurations(everything, n_carriers))
    found = lowest_states(task(structure, size, n_carriers, **ours), SHORT)
    assert found[0].energy == pytest.approx(all_energies.min(), abs=1e-8)
    lowest = (all_energies < all_energies.min() + 1e-7).sum()
    degenerate = [one for one in found if one.energy < found[0].energy + 1e-7]
    assert sum(one.multiplicity for one in degenerate) == lowest
    assert degenerate[0].chains > 0
    for one in found:
        whole = one.found_on == size
        assert (one.chains_there == one.chains) if whole else one.chains_there > 0
    assert sum(one.chains for one in found) == SHORT.chains
    # every competitor has the energy it says, and as many images have it
    for one in found:
        assert energies(everything, one.state)[0] == pytest.approx(one.energy, abs=1e-8)
        same = (np.abs(all_energies - one.energy) < 1e-7).sum()
        assert same >= one.multiplicity
        assert (one.state >= 0).sum() == n_carriers


# lattice, supercell, carriers, energy per site, name, space group of the carriers
LAYERS = {
    "square 1/2": ("square", (4, 4, 1), 8, -0.20194283, {"√2×√2 R45°"}, "P4/mmm"),
    "square 1/4": ("square", (4, 4, 1), 4, -0.12279987, {"c(2×4)", "c(4×2)"}, "Cmmm"),
    "triangular 1/3": ("triangular", (6, 6, 1), 12, -0.17135775, {"√3×√3 R30°"}, "P6/mmm"),
    "triangular 1/4": ("triangular", (4, 4, 1), 4, -0.13166946, {"2×2"}, "P6/mmm"),
}


@pytest.mark.parametrize("case", LAYERS.values(), ids=LAYERS.keys())
def test_well_separated_layers_have_the_known_order_and_energy(case):
    name, size, n, per_site, names, group = case
    chosen = task(textbook(name, 8.0), size, n)
    found = lowest_states(chosen, SHORT)
    model = chosen.build()
    full = model.energy(np.zeros(model.lattice.n_wells, dtype=int))
    filling = n / model.lattice.n_wells
    above = (found[0].energy - filling**2 * full) / model.lattice.n_wells
    assert above == pytest.approx(per_site, abs=1e-8)
    # the charging term makes the same of H
    assert Filling((0,), (chosen,), (found,)).completed_energy == pytest.approx(above, abs=1e-10)
    pattern = superlattice(model, found[0].state)
    assert pattern.name in names
    assert abs(np.linalg.det(pattern.vectors)) == pytest.approx(1 / filling)
    assert carrier_symmetry(model, found[0].state, pattern)[0] == group
    assert found[0].chains >= SHORT.chains // 2


def test_the_hull_of_a_symmetric_lattice_is_symmetric():
    """Carriers and holes of equivalent wells change places: e(n) = e(1 − n), μ(n) = −μ(1 − n)."""
    structure, size = textbook("triangular", 2.0), (3, 3, 1)
    fillings = []
    for n in range(1, 9):
        chosen = task(structure, size, n)
        fillings.append(Filling((0,), (chosen,), (lowest_states(chosen, SHORT),)))
    last = task(structure, size, 9)
    hull = hull_of(fillings, Filling((0,), (last,), (lowest_states(last, SHORT),)))
    assert hull.filling * 9 == pytest.approx(np.arange(10))
    np.testing.assert_allclose(hull.energy, hull.energy[::-1], atol=1e-10)
    np.testing.assert_allclose(hull.potential_low, -hull.potential_high[::-1], atol=1e-9)
    assert hull.stable[[0, 3, 6, 9]].all()
    assert hull.energy[[0, 9]] == pytest.approx([0.0, 0.0], abs=1e-10)
    assert (hull.energy[1:9] < 0).all()


def test_chains_at_fixed_chemical_potential_sit_on_the_steps():
    """The staircase has the same chemical potentials as a cold grand-canonical chain."""
    structure, size = textbook("square", 2.0), (4, 4, 1)
    tasks = [task(structure, size, n) for n in range(1, 17)]
    found = [Filling((0,), (one,), (lowest_states(one, SHORT),)) for one in tasks]
    hull = hull_of(found[:-1], found[-1])
    wide = hull.stable & (hull.potential_high - hull.potential_low > 0.05)
    steps = np.flatnonzero(wide & np.isfinite(hull.potential_low + hull.potential_high))
    assert {0.25, 0.5, 0.75} <= set(hull.filling[steps].tolist())
    sampling = Sampling(sweeps=1024, warmup=512, measurements=64)
    for k in steps:
        low, high = hull.potential_low[k], hull.potential_high[k]
        for potential in (0.9 * low + 0.1 * high, 0.1 * low + 0.9 * high):
            chosen = Task(structure, size, 8, (0.0005, 0.002, 0.01, 0.03, 0.1),
                          chemical_potential=float(potential), sampling=sampling)  # fmt: skip
            coldest = run(chosen)["/"].isel(temperature=0)
            assert filling_at(hull, potential) == hull.filling[k]
            assert float(coldest["carriers_per_cell"]) == pytest.approx(hull.filling[k], abs=0.01)


def test_chains_are_addressed_by_seed_task_and_number():
    """More chains begin with the same ones; threads and a second run change nothing."""
    chosen = task(KAGOME, (3, 3, 1), 13)
    few, many = (lowest_states(chosen, Annealing(n, 96, 8, population=1)) for n in (5, 10))
    ends = {one.state.tobytes(): one.chains for one in many}
    shared = [one for one in few if one.state.tobytes() in ends]
    assert sum(one.chains for one in many) == 10 and shared
    for one in few:
        near = [other for other in many if abs(other.energy - one.energy) < 1e-9]
        assert sum(other.chains for other in near) >= one.chains
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        again = lowest_states(chosen, Annealing(5, 96, 8, population=1))
    finally:
        numba.set_num_threads(threads)
    assert [(one.energy, one.chains) for one in again] == [(one.energy, one.chains) for one in few]
    other = lowest_states(
        Task(KAGOME, (3, 3, 1), 13, (), seed=6), Annealing(5, 96, 8, population=1)
    )
    assert any(
        not np.array_equal(one.state, two.state) for one, two in zip(few, other, strict=False)
    )


def test_orders_of_smaller_supercells_are_found_where_chains_freeze():
    """A quarter of the triangular net of kagome wells: chains on 6 × 6 × 2 cells keep defects."""
    chosen = task(KAGOME, (6, 6, 2), 54)
    lowest = lowest_states(chosen, Annealing(2, 384, 24, population=1))[0]
    assert lowest.found_on == (2, 2, 2) and lowest.chains_there >= 1
    model = chosen.build()
    # the 2 × 2 order of the net, its layers shifted
    small = lowest_states(task(KAGOME, (2, 2, 2), 6), SHORT)[0]
    assert lowest.energy == pytest.approx(9 * small.energy, abs=1e-8)
    pattern = superlattice(model, lowest.state)
    assert (pattern.name, pattern.period) == ("2×2", 2)
    # a wave of full weight of that net, away from its own peaks
    assert density_waves(model, lowest.state)[1][0] == pytest.approx(1.0)


def test_smaller_supercells_hold_whole_numbers_of_carriers_at_the_same_filling():
    found = smaller_tasks(task(KAGOME, (6, 4, 2), 36))
    sizes = [one.size for one in found]
    assert (2, 2, 1) in sizes and (2, 4, 2) in sizes and (6, 4, 2) not in sizes
    assert (1, 1, 1) not in sizes and (1, 2, 1) not in sizes and (3, 1, 1) not in sizes
    for one in found:
        assert one.n_carriers / np.prod(one.size) == 0.75
    assert [one.n_carriers for one in found] == sorted(one.n_carriers for one in found)
    dopants = Dopants(((0.2, 0.1, 0.0),), -1.0)
    assert smaller_tasks(task(textbook("cubic"), (2, 2, 2), 4, dopants=dopants)) == []


def test_progress_is_told():
    told = []
    lowest_states(task(KAGOME, (2, 2, 1), 4), Annealing(2, 16, 4, population=1), told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) >= 5


def test_the_scale_of_energies_is_the_spread_among_random_carriers():
    model = task(TWO_WELLS, (2, 2, 2), 5).build()
    rng = np.random.default_rng(0)
    counts = np.tile(model.lattice.states_per_well, model.lattice.n_cells)
    drawn = []
    for _ in range(3000):
        state = np.where(rng.random(16) < 5 / 16, rng.integers(counts), -1)
        drawn.append(model.potential(state))
    found = np.array(drawn)
    # around the mean of each state, and of the site energies among each other
    spread = np.sqrt((found - found.mean(axis=0)).var(axis=0).mean() + model.site_energies.var())
    assert energy_scale(model, 5) == pytest.approx(spread, rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chains": 0}, "chains = 0"),
        ({"sweeps": 0}, "sweeps = 0"),
        ({"stages": 0}, "stages = 0"),
        ({"population": 0}, "population = 0"),
        ({"chains": 1000, "population": 1000}, "more than 100000 replicas"),
        ({"coldest": 1.5}, "coldest = 1.5"),
        ({"coldest": 0.0}, "coldest = 0"),
    ],
)
def test_annealing_out_of_range_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Annealing(**change)
