"""Transitions of Coulomb carriers against independent runs of the same models: minutes.

T in units of e²/(4πε0 ε_r a k_B), a the nearest-well distance; layers of planar lattices are far
apart. Independent runs: Monte Carlo with Ewald tables and kernels of their own, Binder crossings.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from ladders import charge, evaluations, ladder, of_wave, scaled

from mcsc.chain import Sampling, Task
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.peaks import specific_heat_peak
from mcsc.estimators.scaling.power_law import shifted_temperature
from mcsc.model import Interactions, Model, pair_table
from mcsc.structure import Structure, Well, textbook
from mcsc.units import REDUCED

pytestmark = pytest.mark.validation

RUN = "independent run, Binder crossings"
FAR = 20.0


def carriers(lattice, n, one_of, temperatures, sweeps) -> Task:
    """One of so many wells filled."""
    return Task(
        textbook(lattice, FAR), (n, n, 1), n * n // one_of,
        tuple(np.round(temperatures, 7).tolist()),
        sampling=Sampling(sweeps, sweeps // 8, 2048, 10), seed=1,
    )  # fmt: skip


def test_triangular_one_third(rows) -> None:
    temperatures = np.linspace(0.0775, 0.0875, 10)
    tasks = [carriers("triangular", n, 3, temperatures, 98304) for n in (9, 12, 18, 24)]
    ladders = [ladder(task) for task in tasks]
    rows.evaluations += evaluations(ladders)
    found, together = charge(tasks, ladders)
    assert found.wavevector[:2] == pytest.approx([1 / 3, 1 / 3], abs=1e-6)
    at, nu = together.fits["T_c_crossing"], together.fits["one_over_nu"]
    rows.compare(
        "triangular wells 1/3: T, crossings", at.value, at.stderr, 0.0814, 5e-4, source=RUN
    )
    rows.compare(
        "triangular wells 1/3: 1/ν", nu.value, nu.stderr, 1.2,
        source="exact for the three-state Potts class, F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)",
    )  # fmt: skip


def test_square_one_eighth(rows) -> None:
    """Of first order: the specific heat peaks at T + A/L²."""
    peaks = []
    for n, temperatures in (
        (16, np.linspace(0.0135, 0.0185, 16)),
        (24, np.linspace(0.0128, 0.0168, 16)),
        (32, np.linspace(0.0128, 0.0158, 16)),
    ):
        task = carriers("square", n, 8, temperatures, 163840)
        one = ladder(task)
        rows.evaluations += evaluations([one])
        energies = one["energy"].values
        peak = specific_heat_peak(task.temperatures, energies, 1.0, task.n_carriers)
        assert np.isfinite(peak.temperature), peak.reason
        peaks.append((n, peak))
        if n == 24:
            order = transition_order(task.temperatures, energies, peak.temperature, 1.0)
            assert order.kind == "first_order", order.reason
    lengths = [n for n, _ in peaks]
    values = [peak.temperature for _, peak in peaks]
    spread = np.diag([peak.stderr**2 for _, peak in peaks])
    fit = shifted_temperature(lengths, values, spread, inverse_nu=2.0)
    rows.compare(
        "square wells 1/8: T, specific-heat peaks at L = 16, 24, 32 to 1/L² = 0",
        fit.value, fit.stderr, 0.0136, 4e-4,
        source="independent run, specific-heat peaks up to L = 32",
        note=f"peaks at {', '.join(f'{value:.5f}' for value in values)}, those of the independent "
        f"run at 0.0155, 0.0145 and 0.0139; χ² of the line {fit.chi2:.1f}",
    )  # fmt: skip


@dataclass(frozen=True)
class Ions(Task):
    """Charges ±1 in the wells: two states of one well, whose pair energy is q q' v.

    A charging energy ½ c Q²/N_wells keeps the net charge Q near zero; it is none of large crystals.
    """

    @property
    def short_ranged(self) -> bool:
        """Never: ions far apart feel each other."""
        return False

    def build(self) -> Model:
        """The model of a task without interactions, with those of ions."""
        plain = super().build()
        table = pair_table(textbook("cubic"), self.size)
        charge = np.array([1.0, -1.0])
        shift = STIFFNESS / self.n_wells
        pair = np.multiply.outer(np.outer(charge, charge), table.values[0, 0] + shift)
        pair[:, :, 0, 0, 0] = 0.0
        return replace(plain, pair=pair, site=np.full(2, 0.5 * (table.self_energy[0] + shift)))


STIFFNESS = 20.0


def ions(n, density, temperatures, sweeps) -> Ions:
    """The lattice restricted primitive model.

    Displacements have no energy here. That of the minus ions turns over the sign of their wave at
    (½, ½, ½), so that the charge order there is that of the charges.
    """
    moves = np.array([[0.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    well = Well(
        "site", np.zeros(3), displacements=moves, state_energies=np.zeros(2),
        state_kinds=("plus", "minus"),
    )  # fmt: skip
    return Ions(
        Structure("ions", np.eye(3), (well,), units=REDUCED), (n, n, n), round(density * n**3),
        tuple(np.round(temperatures, 6).tolist()), Interactions(coulomb=False),
        sampling=Sampling(sweeps, sweeps // 4, 2048, 5), seed=1,
    )  # fmt: skip


def test_lattice_restricted_primitive_model(rows) -> None:
    dickman = "R. Dickman, G. Stell, arXiv:cond-mat/9906364"
    for density, sizes, span, reference, error, source in (
        (1.0, (6, 8, 10, 12), (0.49, 0.54), 4 * 0.1289, 4 * 4e-4, "4 × cubic wells 1/2, " + RUN),
        (
            0.4, (4, 6, 8), (0.115, 0.175), 0.14, 0.02,
            dickman + ": tricritical point ≃ 0.14 at density ≃ 0.4, taken as ± 0.02",
        ),
    ):  # fmt: skip
        tasks = [ions(n, density, np.linspace(*span, 8), 16384) for n in sizes]
        ladders = [ladder(task) for task in tasks]
        rows.evaluations += evaluations(ladders)
        squares = [of_wave(one, (0.5, 0.5, 0.5)) for one in ladders]
        numbers, fits = scaled(tasks, ladders, squares, *span)
        at = numbers.rows["T_crossing"][0, -1]
        crossing = fits["T_c_crossing"]
        rows.compare(
            f"lattice restricted primitive model, density {density:g}: Néel T, crossings",
            crossing.value, crossing.stderr, reference, error, source=source,
            note=f"sizes {sizes}, the last two cross at {at:.4f}",
        )  # fmt: skip
