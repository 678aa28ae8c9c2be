"""Tasks at fixed chemical potential: what they are called, refuse and leave out."""

import numpy as np
import pytest

from mcsc.chain import FieldProtocol, Sampling, Task, run
from mcsc.chain.digest import content
from mcsc.model import Interactions
from mcsc.structure import textbook

CUBIC = textbook("cubic")


def test_only_tasks_with_a_chemical_potential_have_other_names():
    plain = Task(CUBIC, (2, 2, 2), 3, (0.1, 0.2))
    assert "chemical_potential" not in content(plain)
    names = {
        Task(CUBIC, (2, 2, 2), 3, (0.1, 0.2), chemical_potential=mu).digest()
        for mu in (None, 0.0, 0.1)
    }
    assert len(names) == 3
    assert plain.digest() in names


def test_a_protocol_keeps_its_carriers_and_wells_hold_no_more_than_they_can():
    with pytest.raises(ValueError, match="keeps its carriers"):
        Task(
            CUBIC, (2, 2, 2), 3, (0.1, 0.2), protocol=FieldProtocol((0.0, 0.1)),
            chemical_potential=0.0,
        )  # fmt: skip
    with pytest.raises(ValueError, match="n_carriers = 9: there are 8 wells"):
        Task(CUBIC, (2, 2, 2), 9, (0.1, 0.2))


def test_an_empty_crystal_is_no_error():
    groups = run(
        Task(
            CUBIC, (3, 3, 3), 0, (0.1, 0.2), Interactions(coulomb=False),
            sampling=Sampling(640, 64, 64), chemical_potential=-40.0,
        )
    )  # fmt: skip
    assert groups["/"]["carriers_per_cell"].values.tolist() == [0.0, 0.0]
    assert np.isnan(groups["/"]["energy"].values).all()
    assert (groups["samples"]["state"].values == -1).all()


def test_a_wave_of_less_than_one_carrier_or_hole_is_no_order():
    for mu, energy in ((-0.6, -1), (0.6, 1)):
        root = run(
            Task(
                CUBIC, (3, 3, 3), 13, (0.1, 0.3), Interactions(coulomb=False),
                sampling=Sampling(1280, 64, 128), chemical_potential=mu,
            )
        )["/"]  # fmt: skip
        # 27/(e⁶ + 1) = 0.07 cold, 27/(e² + 1) = 3.2 hot
        assert np.isfinite(root["charge_order"].values).tolist() == [False, True]
        assert np.isfinite(root["charge_binder_ratio"].values).tolist() == [False, True]
        assert np.isfinite(root["carriers_per_cell"].values).all()
        assert np.sign(root["carriers_per_cell"].values - 0.5).tolist() == [energy, energy]
