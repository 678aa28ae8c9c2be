"""Ensembles: what they ask for, and a third one that no other file knows of."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, run
from mcsc.chain.ensemble import Canonical, Ensemble, GrandCanonical
from mcsc.kernels.move_table import MOVES
from mcsc.model import Interactions
from mcsc.observables import grand_canonical_observables
from mcsc.structure import textbook

FREE = Task(
    textbook("square", 2.0), (4, 4, 1), 5, (0.1, 0.2, 0.4), Interactions(coulomb=False),
    sampling=Sampling(sweeps=4096, warmup=256, measurements=1024), seed=2,
)  # fmt: skip


@dataclass(frozen=True)
class Biased(Ensemble):
    """Carriers that come and go, each with an energy ``bias`` less than in H."""

    bias: float
    moves: ClassVar[tuple[str, ...]] = ("insert_remove",)

    def content(self):
        return {"bias": self.bias}

    def sampled(self, model):
        return replace(model, site=model.site - self.bias)

    def series(self, measured, model):
        number = measured["number"].astype(float)
        return {"energy": measured["energy"] + self.bias * number, "number": number}

    def observables(self, table, model):
        return grand_canonical_observables(table, self.most, model.lattice.n_cells)


class BiasedTask(Task):
    @property
    def ensemble(self):
        return Biased(0, self.n_wells, 0.15)


def test_a_task_chooses_its_ensemble():
    assert FREE.ensemble == Canonical(5, 5)
    assert replace(FREE, chemical_potential=0.1).ensemble == GrandCanonical(0, 16, 0.1)


def test_a_third_ensemble_is_one_more_class():
    task = BiasedTask(**{name: getattr(FREE, name) for name in FREE.__dataclass_fields__})
    assert task.digest() != FREE.digest()
    groups = run(task)
    # free carriers that exclude each other in a well
    filled = 1 / (1 + np.exp(-0.15 / np.array(FREE.temperatures)))
    root = groups["/"]
    z = (root["carriers_per_cell"] - filled) / root["carriers_per_cell_stderr"]
    assert (np.abs(z) < 4).all()
    assert root["energy"].values == pytest.approx(0.0, abs=1e-9)
    assert groups["series"]["number"].values.std(axis=1).min() > 0.5
    assert np.isfinite(groups["health"]["acceptance"].isel(move=MOVES.index("insert_remove"))).all()
