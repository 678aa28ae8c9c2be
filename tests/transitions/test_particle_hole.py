"""Carriers for empty wells: which fillings are partners, and what partners say of each other."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mcsc.model import Interactions, ShortRangeTerm, build_model, particle_hole
from mcsc.structure import Structure, textbook
from mcsc.structure.well import Well
from mcsc.transitions.dome_table import dome_table
from mcsc.transitions.grid import Grid
from mcsc.transitions.particle_hole import PARTNERS, partner_lines, partner_table, verdict
from mcsc.units import REDUCED


@pytest.mark.parametrize(
    ("t", "bound", "expected"),
    [
        ([1.0, 1.02], [np.nan, np.nan], "agrees"),
        ([1.0, 1.05], [np.nan, np.nan], "differs"),
        # 0.5 lies surely above what the other, equilibrated, has no transition down to
        ([np.nan, 0.5], [0.4, np.nan], "contradicted"),
        ([0.5, np.nan], [np.nan, 0.48], "undetermined"),
        ([0.5, np.nan], [np.nan, np.nan], "undetermined"),
        ([np.nan, np.nan], [0.4, 0.2], "agrees"),
        ([np.nan, np.nan], [0.4, np.nan], "undetermined"),
    ],
)
def test_verdicts(t, bound, expected):
    found = verdict(np.array(t), np.array([0.01, 0.01]), np.array(bound), 3.0)
    assert PARTNERS[found] == expected


def diagram(carriers, t, bound, wells=3.0):
    """A root and structure with errors of 0.01; doping falls with the carriers."""
    carriers = np.array(carriers)
    n = len(carriers)
    root = xr.Dataset(
        {
            "T_charge": ("doping", t),
            "T_charge_stderr": ("doping", np.where(np.isfinite(t), 0.01, np.nan)),
            "T_charge_stderr_size": ("doping", np.full(n, np.nan)),
            "T_charge_upper_bound": ("doping", bound),
            "T_charge_reason": ("doping", np.where(np.isfinite(t), "", "none")),
            "T_charge_converged": ("doping", np.isfinite(t).astype(np.int8)),
        },
        coords={
            "doping": 1 - carriers,
            "carriers_per_cell": ("doping", carriers),
            "temperature": ("temperature", [0.1, 2.0], {"units": "1"}),
        },
    )
    structure = xr.Dataset({"particle_hole_wells": ((), wells)})
    grid = Grid((), "doping", (n,), 1, False)
    return root.assign(partner_table(root, structure, grid, 3.0))


NAN = np.nan


def test_a_scan_is_compared_with_itself():
    root = diagram(
        [0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.75],
        [NAN, 1.0, NAN, NAN, 0.6, 1.01, NAN],
        [0.1, NAN, 0.4, 0.1, NAN, NAN, 0.1],
    )
    names = [PARTNERS[k] for k in root["T_charge_partner"].values]
    assert names == [
        "not_scanned", "agrees", "contradicted", "agrees", "contradicted", "agrees", "not_scanned",
    ]  # fmt: skip
    np.testing.assert_allclose(root["partner_doping"], 1 - (3 - root["carriers_per_cell"]))
    lines = partner_lines(root)
    assert "3 agrees, 2 contradicted, 2 not scanned" in lines[0]
    assert lines[1:] == [
        "T_charge contradicted by symmetry: none down to 0.4 at -0.25 but 0.6 ± 0.01 at -0.75"
    ]


def test_a_top_that_its_partner_contradicts_is_no_dome_and_hides_none():
    dopings = [0.5, 1.0, 1.25, 1.5, 1.75, 1.9, 2.0, 2.5]
    t = [NAN, 1.0, NAN, NAN, 0.6, NAN, 1.01, NAN]
    bound = [0.1, NAN, 0.4, 0.1, NAN, 0.2, NAN, 0.1]
    domes = dome_table(diagram(dopings, t, bound), "T_charge", 3.0)
    # over descending carriers
    assert domes["dome_doping"].values.tolist() == [-1.0, 0.0]
    assert domes["bounded"].values.tolist() == [1, 1]
    assert domes["valley"].values.tolist() == [0.1, 0.1]
    assert domes["dome_partner_doping"].values.tolist() == [0.0, -1.0]
    assert (domes["dome_partner"] == PARTNERS.index("agrees")).all()
    # the same numbers without the symmetry
    free = diagram(dopings, t, bound, wells=NAN)
    assert partner_lines(free) == []
    domes = dome_table(free, "T_charge", 3.0)
    assert domes["dome_doping"].values.tolist() == [-1.0, -0.75, 0.0]
    assert (domes["dome_partner"] == PARTNERS.index("no_symmetry")).all()


def test_a_top_whose_partner_is_not_known_has_to_be_bounded():
    for beside, count in ((0.2, 1), (NAN, 0)):
        root = diagram([1.25, 1.65, 1.75, 1.9], [NAN, NAN, 0.6, NAN], [NAN, 0.2, NAN, beside])
        domes = dome_table(root, "T_charge", 3.0)
        assert domes.sizes["dome"] == count
    # one whose partner was not scanned may be open, and says so
    root = diagram([1.65, 1.75, 1.9], [NAN, 0.6, NAN], [0.2, NAN, NAN])
    domes = dome_table(root, "T_charge", 3.0)
    assert domes["bounded"].values.tolist() == [0]
    assert PARTNERS[int(domes["dome_partner"][0])] == "not_scanned"


def depths(structure, *values):
    wells = [
        replace(well, depth=depth) for well, depth in zip(structure.wells, values, strict=True)
    ]
    return replace(structure, wells=tuple(wells))


def dimers():
    """Pairs of equal wells, all equivalent though none is at a centre of symmetry."""
    wells = (Well("site", np.zeros(3)), Well("site", np.array([0.35, 0.0, 0.0])))
    return Structure("dimers", np.eye(3), wells, units=REDUCED)


def trimers():
    """Three wells of equal depth in a row, the middle one not like the others."""
    wells = tuple(Well("site", np.array([0.3 * i, 0.0, 0.0])) for i in range(3))
    return Structure("trimers", np.eye(3), wells, units=REDUCED)


KAGOME = textbook("kagome-wells")
ALPHA_BETA = ShortRangeTerm(("alpha", "beta"), 0.3, shell=1)
ALL_NEAR = tuple(ShortRangeTerm(k, 0.3, shell=1) for k in (("alpha", "alpha"), ("alpha", "beta")))


@pytest.mark.parametrize(
    ("structure", "terms", "expected"),
    [
        (textbook("cubic"), (), True),
        (KAGOME, (), True),
        (depths(KAGOME, -0.2, -0.2, -0.2), (), True),
        (depths(KAGOME, 0.0, 0.0, -0.2), (), False),
        (KAGOME, ALL_NEAR, True),
        (KAGOME, (ALPHA_BETA,), False),
        (dimers(), (), True),
        (trimers(), (), False),
    ],
)
def test_alike_wells_are_those_whose_energies_say_so(structure, terms, expected):
    """Every configuration against the one with carriers and empty wells exchanged."""
    size = (8 // structure.n_wells, 1, 1)
    model = build_model(structure, size, Interactions(short_range=terms))
    n = model.lattice.n_wells
    full = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    energy = np.array([model.energy(state - 1) for state in full])
    exchanged = np.array([model.energy(-state) for state in full])
    spread = max(np.ptp((energy - exchanged)[full.sum(axis=1) == count]) for count in range(n + 1))
    assert (spread < 1e-9) == expected
    assert particle_hole(model, 1e-6) == expected
    # the sums are those of the infinite crystal
    assert (
        particle_hole(build_model(structure, (1, 1, 1), Interactions(short_range=terms)), 1e-6)
        == expected
    )


def test_displaced_states_and_ions_break_the_symmetry():
    moved = np.array([[0, 0, 0], [0.1, 0, 0]])
    wells = [replace(w, displacements=moved, state_energies=np.zeros(2)) for w in KAGOME.wells]
    assert not particle_hole(build_model(replace(KAGOME, wells=tuple(wells)), (1, 1, 1)), 1e-6)
    model = build_model(KAGOME, (1, 1, 1))
    assert not particle_hole(replace(model, external=np.zeros((3, 1, 1, 1))), 1e-6)
