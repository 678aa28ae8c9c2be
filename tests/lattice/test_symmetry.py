"""Turns of displacements, orbits of wells."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.lattice import equivalent_wells, layer_slides, rigid_turns
from mcsc.structure import textbook, with_depth, with_states


def with_beta_depth(depth):
    kagome = textbook("kagome-wells")
    wells = [with_depth(w, depth) if w.kind == "beta" else w for w in kagome.wells]
    return replace(kagome, wells=tuple(wells))


def test_wells_displaced_alike_are_one_orbit_whatever_their_kind():
    """Six common directions are the same in triangles and hexagons, vertices are not."""

    def displaced(states, energies=(0.01, 0.01, 0.01)):
        kagome = textbook("kagome-wells")
        wells = [
            with_states(w, states, 0.05, e) for w, e in zip(kagome.wells, energies, strict=True)
        ]
        return equivalent_wells(replace(kagome, wells=tuple(wells))).tolist()

    assert displaced("sixfold") == [0, 0, 0]
    assert displaced("vertices") == [0, 0, 2]
    assert displaced("sixfold", (0.01, 0.01, 0.02)) == [0, 0, 2]


def test_kagome_wells_of_equal_depth_are_one_orbit():
    assert equivalent_wells(textbook("kagome-wells")).tolist() == [0, 0, 0]


@pytest.mark.parametrize("depth", [-0.1, 1e-4])
def test_a_deeper_hexagon_leaves_two_orbits(depth):
    assert equivalent_wells(with_beta_depth(depth)).tolist() == [0, 0, 2]


def test_wells_with_states_differ_by_their_states():
    kagome = textbook("kagome-wells")
    wells = [with_states(w, "vertices", 0.05) for w in kagome.wells]
    assert equivalent_wells(replace(kagome, wells=tuple(wells))).tolist() == [0, 0, 2]


def test_wells_without_symmetry_are_all_different():
    structure = crystal(
        [[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]],
        make_well("a", (0, 0, 0)),
        make_well("a", (0.6, 0.9, 0.7)),
        make_well("a", (0.2, 0.5, 1.1)),
    )
    assert equivalent_wells(structure).tolist() == [0, 1, 2]


def displaced(structure, states, kinds=None):
    """The structure with displaced states in its wells, or in those of some kinds."""
    wells = tuple(
        with_states(well, states, 0.05, 0.01) if not kinds or well.kind in kinds else well
        for well in structure.wells
    )
    return replace(structure, wells=wells)


KAGOME, CUBIC = textbook("kagome-wells", 1.7), textbook("cubic")


@pytest.mark.parametrize(
    ("structure", "n_turns"),
    [
        (KAGOME, 0),
        # orders of the groups less one: a triangle's, as the triangles set it; a hexagon's
        (displaced(KAGOME, "vertices"), 5),
        (displaced(KAGOME, "vertices", ("beta",)), 11),
        # the full octahedral group on vertices and on faces; a square's
        (displaced(CUBIC, "vertices"), 47),
        (displaced(CUBIC, "faces"), 47),
        (displaced(CUBIC, "diagonals"), 7),
    ],
)
def test_rigid_turns_are_the_common_point_group_of_the_displacements(structure, n_turns):
    turns = rigid_turns(structure)
    n_states = max(len(well.displacements) for well in structure.wells)
    assert turns.shape == (n_turns, structure.n_wells, n_states)
    maps = {turn.tobytes() for turn in turns}
    assert len(maps) == n_turns
    identity = np.tile(np.arange(n_states, dtype=np.int32), (structure.n_wells, 1))
    assert identity.tobytes() not in maps
    for turn in turns:
        assert (np.sort(turn, axis=1) == identity).all()
        inverse = np.argsort(turn, axis=1).astype(np.int32)
        assert inverse.tobytes() in maps
        # one rotation or reflection for all the wells, found again by least squares
        before = np.concatenate([w.displacements for w in structure.wells])
        after = np.concatenate(
            [
                w.displacements[row[: len(w.displacements)]]
                for w, row in zip(structure.wells, turn, strict=True)
            ]
        )
        rotation = np.linalg.lstsq(before, after, rcond=None)[0]
        np.testing.assert_allclose(before @ rotation, after, atol=1e-12)
        np.testing.assert_allclose(after @ after.T, before @ before.T, atol=1e-12)


def test_states_at_one_place_keep_their_order_when_turned():
    """As the extended state of a star, which is centred like the state at rest."""
    kagome = displaced(KAGOME, "vertices")
    beta = kagome.wells[2]
    star = replace(
        beta,
        displacements=np.vstack([beta.displacements, np.zeros(3)]),
        state_energies=np.append(beta.state_energies, 0.3),
        state_kinds=(*beta.carrier_kinds, "gamma"),
    )
    turns = rigid_turns(replace(kagome, wells=(*kagome.wells[:2], star)))
    assert len(turns) == 5
    assert (turns[:, 2, 7] == 7).all()
    assert (turns[:, :, 0] == 0).all()


def test_wells_without_common_symmetry_have_no_turns():
    rng = np.random.default_rng(0)
    skew = replace(CUBIC.wells[0], displacements=np.vstack([np.zeros(3), rng.normal(size=(4, 3))]),
                   state_energies=np.zeros(5))  # fmt: skip
    assert len(rigid_turns(replace(CUBIC, wells=(skew,)))) == 0


def test_layers_of_kagome_wells_slide_by_thirds_of_the_long_diagonal():
    wells = textbook("kagome-wells")
    slides = layer_slides(wells)
    assert len(slides) == 4
    places = np.array([well.centre for well in wells.wells])
    for slide in slides:
        to, cells = slide[:, 0], slide[:, 1:]
        steps = places[to] + cells @ wells.cell[:2] - places
        assert steps == pytest.approx(np.tile(steps[0], (3, 1)), abs=1e-6)
        assert sorted(to.tolist()) == [0, 1, 2]
        # a well has six neighbours, one of them there
        assert np.linalg.norm(steps[0]) == pytest.approx(np.linalg.norm(wells.cell[0]) / 3**0.5)
        back = [other for other in slides if (other[to, 0] == [0, 1, 2]).all()]
        assert any((other[to, 1:] == -cells).all() for other in back)


def test_wells_that_differ_do_not_slide():
    wells = textbook("kagome-wells")
    deeper = replace(wells.wells[0], depth=wells.wells[0].depth + 0.1)
    assert len(layer_slides(replace(wells, wells=(deeper, *wells.wells[1:])))) == 0
    assert len(layer_slides(textbook("triangular", 3.0))) == 0
