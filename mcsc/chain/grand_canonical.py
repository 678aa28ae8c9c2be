"""Chains at fixed chemical potential μ: they sample K = H + ½ c N²/N_cells − μN.

c is the charging coefficient of :func:`mcsc.interactions.charging_coefficient`: μ is the energy of
a carrier relative to one that comes with its compensating charge, spread evenly over all wells (of
screened or neutral carriers, without any). For carriers of equivalent wells that repel by Coulomb
alone, μ = 0 is half filling.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mcsc.chain.record import Series
from mcsc.chain.task import Task
from mcsc.model import Model

FloatArray = npt.NDArray[np.float64]


def grand_model(task: Task, model: Model) -> Model:
    """The model whose energy is K: a chain on it needs to know of μ no more.

    The charging term is an equal energy of all pairs of wells and half of it for each carrier.
    """
    assert task.chemical_potential is not None
    shift = task.interactions.charging_energy(task.structure) / model.lattice.n_cells
    pair = model.pair + shift
    wells = np.repeat(np.arange(len(model.lattice.states_per_well)), model.lattice.states_per_well)
    # the states of one well exclude each other
    pair[wells[:, None] == wells, 0, 0, 0] = 0.0
    return replace(model, pair=pair, site=model.site + 0.5 * shift - task.chemical_potential)


def grand_series(task: Task, series: Series) -> dict[str, FloatArray]:
    """Series of the number of carriers N, and H of them: K less the charging term and −μN."""
    assert task.chemical_potential is not None
    number = series["number"].astype(np.float64)
    charging = task.interactions.charging_energy(task.structure)
    completion = 0.5 * charging / float(np.prod(task.size)) * number**2
    deviation = number - number.mean(axis=0)
    return {
        "energy": series["energy"] - completion + task.chemical_potential * number,
        "number": number,
        "number_deviation": deviation,
        "number_deviation_squared": deviation**2,
    }
