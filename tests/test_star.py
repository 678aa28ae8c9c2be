"""Stars of David: an extended state of hexagons, and their exclusion from each other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.kernels.tables import state_numbers
from mcsc.model import Dopants, Interactions, Model, ShortRangeTerm, build_model
from mcsc.observables import build_probe, measure
from mcsc.planning import plan
from mcsc.structure import STAR, Structure, textbook, with_star, with_states

EXCLUSION = 7.0
SIZE = (4, 4, 1)


def stars() -> Structure:
    kagome = textbook("kagome-wells", layer_spacing=1.7)
    return replace(
        kagome,
        wells=tuple(
            with_star(with_states(w, "vertices", 0.05, 0.01), 0.03) if w.kind == "beta" else w
            for w in kagome.wells
        ),
    )


def test_a_star_is_one_more_state_at_the_centre() -> None:
    beta = stars().wells[2]
    assert beta.n_states == 8
    assert beta.displacements[7].tolist() == [0, 0, 0]
    assert beta.state_energies[7] == 0.03
    assert beta.carrier_kinds == ("beta",) * 7 + (STAR,)
    assert stars().kinds == ("alpha", "beta", STAR)
    with pytest.raises(ValueError, match="has a star already"):
        with_star(beta, 0.0)
    with pytest.raises(ValueError, match="around a hexagon, kind 'beta'"):
        with_star(stars().wells[0], 0.0)
    # asked for anew, the states start again without a star
    assert with_states(beta, "centre").carrier_kinds == ("beta",)


def test_only_two_nearest_stars_pay_the_exclusion() -> None:
    term = ShortRangeTerm((STAR, STAR), EXCLUSION, shell=1)
    bare = build_model(stars(), SIZE)
    model = build_model(stars(), SIZE, Interactions(short_range=(term,)))

    def extra(first: int, second: int, cell: tuple[int, int]) -> float:
        state = np.full((4, 4, 1, 3), -1)
        state[0, 0, 0, 2] = first
        state[(*cell, 0, 2)] = second
        flat = state.reshape(-1)
        return model.energy(flat) - bare.energy(flat)

    for cell in ((1, 0), (0, 1), (3, 0), (1, 1)):
        assert extra(7, 7, cell) == pytest.approx(EXCLUSION)
        assert extra(7, 0, cell) == pytest.approx(0.0, abs=1e-12)
        assert extra(3, 7, cell) == pytest.approx(0.0, abs=1e-12)
    assert extra(7, 7, (2, 0)) == pytest.approx(0.0, abs=1e-12)
    assert extra(7, 7, (2, 1)) == pytest.approx(0.0, abs=1e-12)


def test_a_star_may_have_a_charge_of_its_own() -> None:
    """Pairs, own images and dopants go with the charges; one star of charge q in a pair as q."""
    ion = Dopants(((0.3, 0.2, 0.5),), -1.0)
    given = Interactions(star_charge=1.5)
    model, bare = (build_model(stars(), SIZE, i, dopants=ion) for i in (given, Interactions()))

    def energy(of: Model, *states: int) -> float:
        state = np.full((4, 4, 1, 3), -1)
        for cell, one in enumerate(states):
            state[2 * cell, cell, 0, 2] = one
        return of.energy(state.reshape(-1)) - 0.03 * states.count(7)

    ions = [bare.external[2, 0, 0, 0], bare.external[2, 2, 1, 0]]  # type: ignore[index]
    one = energy(bare, 0) - ions[0]
    pair = energy(bare, 0, 0) - sum(ions) - 2 * one
    assert energy(bare, 7, 7) == pytest.approx(energy(bare, 0, 0))
    assert energy(model, 0, 0) == pytest.approx(energy(bare, 0, 0))
    assert energy(model, 7, 7) == pytest.approx(2.25 * (pair + 2 * one) + 1.5 * sum(ions))
    mixed = 1.5 * pair + 3.25 * one + 1.5 * ions[0] + ions[1]
    assert energy(model, 7, 0) == pytest.approx(mixed)
    assert "star_charge" not in Interactions().content()
    with pytest.raises(ValueError, match="star_charge -1: must be positive"):
        Interactions(star_charge=-1)


def test_the_star_fraction_is_an_occupation() -> None:
    model = build_model(stars(), SIZE)
    numbers = state_numbers(SIZE, len(model.site), 1)
    probe = build_probe(model, numbers, np.array([1.0, 0.0, 0.0]))
    # states of a cell: alpha, alpha, then the eight of the hexagon, the star last
    carriers = np.array([[[numbers[9, 0, 0, 0], numbers[9, 2, 0, 0], numbers[3, 1, 0, 0],
                           numbers[0, 3, 3, 0]]]])  # fmt: skip
    occupation = measure(probe, carriers)["occupation"][0, 0]
    assert occupation.tolist() == [0.25, 0.25, 0.5]


RUN = """
[structure]
lattice = "kagome-wells"
layer_spacing = 1.7
[wells]
star_energy = 0.02
[scan]
doping = [0.25]
temperature = { values = [0.1, 0.2] }
size = [4, 4, 1]
[sampling]
sweeps = 128
measurements = 64
"""


def test_a_run_file_asks_for_stars(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN)
    task = plan(path).tasks[0].task
    assert task.structure.kinds == ("alpha", "beta", STAR)
    (term,) = task.interactions.short_range
    assert term.kinds == (STAR, STAR)
    assert term.energy == pytest.approx(10.0)
    path.write_text(RUN.replace("star_energy = 0.02", ""))
    assert plan(path).tasks[0].task.digest() != task.digest()
    path.write_text(RUN.replace("star_energy = 0.02", "star_charge = 0.9"))
    with pytest.raises(RunFileError, match=r"star_charge = 0\.9: no Star of David has it"):
        plan(path)
    path.write_text(RUN.replace("star_energy = 0.02", "star_energy = 0.02\nstar_charge = 0.9"))
    assert plan(path).tasks[0].task.interactions.star_charge == 0.9
    path.write_text(RUN.replace("kagome-wells", "triangular"))
    with pytest.raises(RunFileError, match=r"star_energy = 0\.02: no hexagon"):
        plan(path)
