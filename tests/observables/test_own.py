"""Observables of one's own, measured by a chain besides the usual ones."""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, run
from mcsc.model import Interactions
from mcsc.observables import Observable, Series
from mcsc.sampling import FieldProtocol
from mcsc.structure import textbook

# carriers on the even cells of a row, over N, and its square; of S(q) the largest
EVEN = Series("even", lambda _, taken: taken.by_cell[:, 0, ::2].sum(axis=(1, 2, 3)) / taken.room, 1)
SQUARED = Series("even_squared", lambda _, even: even**2, 2, (EVEN,))
LARGEST = Series(
    "largest", lambda probe, taken: np.abs(taken.layer_waves[:, 0]) ** 2, 2, axis="wavevector"
)
MINE = (
    Observable("even_share", "share of carriers", "1", "mine", (EVEN,), lambda _, mean: mean),
    Observable(
        "even_fluctuation", "N times a variance", "1", "mine", (EVEN, SQUARED),
        lambda point, mean, squared: point.n_carriers * (squared - mean**2),
    ),
    Observable(
        "largest_wave", "largest of S(q)/N", "1", "mine", (LARGEST,),
        lambda _, waves: waves.max(axis=-1),
    ),
)  # fmt: skip
TASK = Task(
    textbook("cubic"), (4, 3, 3), 12, (1.0, 2.0), Interactions(coulomb=False),
    sampling=Sampling(sweeps=2048, warmup=64, measurements=512),
)  # fmt: skip


def test_free_carriers_fluctuate_as_they_must():
    usual, root = run(TASK)["/"], run(TASK, observables=MINE)["/"]
    # 12 of 36 wells: hypergeometric
    expected = 12 * (0.25 * (36 - 12) / 35) / 12
    for name, value in (("even_share", 0.5), ("even_fluctuation", expected)):
        within = 4 * root[f"{name}_stderr"].values
        assert (within < 0.4 * value).all()
        assert (np.abs(root[name].values - value) < within).all()
    assert (root["largest_wave"] < 1).all()
    assert root["even_share"].attrs["comment"] == "mine"
    # what is measured in addition changes nothing else
    for name in usual.data_vars:
        np.testing.assert_array_equal(usual[name], root[name])


def test_where_carriers_come_and_go_they_are_per_mean_number():
    task = replace(TASK, chemical_potential=0.3)
    root = run(task, observables=MINE)["/"]
    share, error = root["even_share"].values, root["even_share_stderr"].values
    assert (np.abs(share - 0.5) < 4 * error).all()
    # independent wells: Var(N_even) = 18 f (1 − f), over ⟨N⟩ = 36 f of all
    filled = 1 / (1 + np.exp(-0.3 / np.array(task.temperatures)))
    got, error = root["even_fluctuation"].values, root["even_fluctuation_stderr"].values
    expected = 0.5 * (1 - filled)
    assert (np.abs(got - expected) < 4 * error).all()


@pytest.mark.parametrize("name", ["occupation", "length", "order_fourth"])
def test_names_are_taken_once(name):
    twice = replace(MINE[0], name="mine", series=(Series(name, EVEN.function),))
    with pytest.raises(ValueError, match=f"observable mine: another series is named {name}"):
        run(TASK, observables=(twice,))
    with pytest.raises(ValueError, match="observable energy: another one is named so"):
        run(TASK, observables=(replace(MINE[0], name="energy"),))


def test_files_and_protocols_know_the_usual_ones(tmp_path):
    with pytest.raises(
        ValueError, match="observables even_share beside a checkpoint or a history of fields"
    ):
        run(TASK, tmp_path / "point", observables=MINE[:1])
    well = TASK.structure.wells[0]
    moved = replace(
        well, displacements=np.array([[0, 0, 0], [0.1, 0, 0]]), state_energies=np.zeros(2)
    )
    protocol = replace(
        TASK, structure=replace(TASK.structure, wells=(moved,)), protocol=FieldProtocol((0.0, 1.0))
    )
    with pytest.raises(ValueError, match="beside a checkpoint or a history of fields"):
        run(protocol, observables=MINE)
