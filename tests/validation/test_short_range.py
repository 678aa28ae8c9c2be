"""Lattice gases with nearest-neighbour repulsion U, through the short-range table: minutes.

n = (1 + s)/2 makes a lattice gas an Ising antiferromagnet with J = U/4, in no field at μ = zU/2, z
the number of neighbours. On a lattice of two sublattices that is the ferromagnet with every other
spin turned over. All chains are at fixed chemical potential: spins flip one by one, and the sizes
have the small corrections to scaling of the Ising model. The order is found by the program.
"""

import numpy as np
import pytest
from ladders import charge, evaluations, ladder
from scipy.optimize import brentq

from mcsc.chain import Sampling, Task
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.peaks import specific_heat_peak
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import textbook

pytestmark = pytest.mark.validation

ONSAGER = "exact: L. Onsager, Phys. Rev. 65, 117 (1944), doi:10.1103/PhysRev.65.117"
ISING_3D = "A. M. Ferrenberg, J. Xu, D. P. Landau, Phys. Rev. E 97, 043301 (2018), "
ISING_3D += "doi:10.1103/PhysRevE.97.043301: J/(k_B T_c) = 0.221654626(5)"
BOOTSTRAP = "Kos, Poland, Simmons-Duffin, Vichi, JHEP 08 (2016) 036, "
BOOTSTRAP += "doi:10.1007/JHEP08(2016)036"


def lattice_gas(lattice, size, mu, temperatures, sweeps, exchange=10) -> Task:
    """Wells of which nearest ones repel with U = 4, so that J = 1; far from other layers."""
    spacing = 3.0 if size[2] == 1 else None
    return Task(
        textbook(lattice, spacing), size, int(np.prod(size)) // 2,
        tuple(np.round(temperatures, 6).tolist()),
        Interactions(coulomb=False, short_range=(ShortRangeTerm(("site", "site"), 4.0, shell=1),)),
        sampling=Sampling(sweeps, sweeps // 8, 4096, exchange), seed=1,
        chemical_potential=mu,
    )  # fmt: skip


def test_ising_square(rows) -> None:
    temperatures = np.linspace(2.16, 2.38, 8)
    tasks = [lattice_gas("square", (n, n, 1), 8.0, temperatures, 65536) for n in (6, 8, 12, 18)]
    ladders = [ladder(task) for task in tasks]
    rows.evaluations += evaluations(ladders)
    found, together = charge(tasks, ladders)
    assert np.abs(found.wavevector).tolist() == [0.5, 0.5, 0.0]
    at, nu = together.fits["T_c_crossing"], together.fits["one_over_nu"]
    exact = 2 / np.log(1 + 2**0.5)
    rows.compare("Ising, square: T_c/J, crossings", at.value, at.stderr, exact, source=ONSAGER)
    rows.compare("Ising, square: 1/ν", nu.value, nu.stderr, 1.0, source=ONSAGER)


def test_ising_cubic(rows) -> None:
    temperatures = np.linspace(4.42, 4.60, 8)
    tasks = [lattice_gas("cubic", (n, n, n), 12.0, temperatures, 40960) for n in (4, 6, 10, 14)]
    ladders = [ladder(task) for task in tasks]
    rows.evaluations += evaluations(ladders)
    found, together = charge(tasks, ladders)
    assert np.abs(found.wavevector).tolist() == [0.5, 0.5, 0.5]
    at, nu = together.fits["T_c_crossing"], together.fits["one_over_nu"]
    coupling, error = 0.221654626, 5e-9
    rows.compare(
        "Ising, simple cubic: T_c/J, crossings", at.value, at.stderr, 1 / coupling,
        error / coupling**2, source=ISING_3D,
    )  # fmt: skip
    rows.compare("Ising, simple cubic: 1/ν", nu.value, nu.stderr, 1.587, source=BOOTSTRAP)


def strip_gap(width: int, temperature: float, mu: float, repulsion: float) -> float:
    """L ln(λ_0/|λ_1|) of the transfer matrix of triangular wells on a strip ``width`` around."""
    n = (np.arange(2**width)[:, None] >> np.arange(width)) & 1
    row = repulsion * (n * np.roll(n, -1, axis=1)).sum(axis=1) - mu * n.sum(axis=1)
    between = repulsion * (n @ n.T + n @ np.roll(n, -1, axis=1).T)
    energy = 0.5 * (row[:, None] + row) + between
    matrix = np.exp((energy.min() - energy) / temperature)
    sizes = np.sort(np.abs(np.linalg.eigvals(matrix)))
    return float(width * np.log(sizes[-1] / sizes[-2]))


def strip_temperature(mu: float, repulsion: float) -> tuple[float, float]:
    """T_c from strips 3, 6 and 9 wells around, and the uncertainty of the last extrapolation.

    At a critical point of the three-state Potts class the gap of the order parameter, of scaling
    dimension 2/15, is 2π (2/15) √3/2; its corrections make T move as a power of the width.
    """
    gap = 2 * np.pi * 2 / 15 * 3**0.5 / 2
    three, six, nine = (
        brentq(
            lambda t, n=n: strip_gap(n, t, mu, repulsion) - gap, 0.2 * repulsion, 0.5 * repulsion
        )
        for n in (3, 6, 9)
    )
    ratio = (six - three) / (nine - six)
    power = brentq(lambda p: (3**-p - 6**-p) / (6**-p - 9**-p) - ratio, 0.5, 9.0)
    shift = (nine - six) / (1.5**power - 1)
    return nine + shift, abs(shift)


def test_triangular_lattice_gas(rows) -> None:
    source = "transfer matrices of strips 3, 6 and 9 wells around, in this test; class of the "
    source += "three-state Potts model: S. Alexander, Phys. Lett. A 54, 353 (1975) (from memory)"
    for name, mu in (("1/3, μ = 3U/2", 6.0), ("2/3, μ = 9U/2", 18.0)):
        reference, uncertainty = strip_temperature(mu, 4.0)
        temperatures = 4.0 * np.linspace(0.318, 0.356, 8)
        tasks = [
            lattice_gas("triangular", (n, n, 1), mu, temperatures, 40960) for n in (9, 12, 18, 24)
        ]
        ladders = [ladder(task) for task in tasks]
        rows.evaluations += evaluations(ladders)
        found, together = charge(tasks, ladders)
        assert np.abs(found.wavevector[:2]) == pytest.approx([1 / 3, 1 / 3], abs=1e-6)
        at = together.fits["T_c_crossing"]
        rows.compare(
            f"triangular lattice gas, lobe at {name}: T_c/U",
            at.value / 4, at.stderr / 4, reference / 4, uncertainty / 4, source=source,
        )  # fmt: skip


def test_fcc_antiferromagnet(rows) -> None:
    """Of first order: 2^L lowest states or so make T(L) = T + A/L² + ….

    The law is that of M. Mueller, W. Janke, D. A. Johnston, Phys. Rev. Lett. 112, 200601 (2014),
    doi:10.1103/PhysRevLett.112.200601 (from memory), where a symmetry makes the states alike. Here
    only their energies are, so that the number that counts changes with L, and nothing says whether
    1/L³ or 1/L⁴ comes next: the difference between both is part of the error.
    """
    ladders = (
        (6, 1.78, 1.98), (8, 1.76, 1.87), (10, 1.75, 1.83), (12, 1.745, 1.805), (14, 1.745, 1.785)
    )  # fmt: skip
    lengths, peaks = np.array([n for n, _, _ in ladders], dtype=np.float64), []
    for n, low, high in ladders:
        task = lattice_gas("fcc", (n, n, n), 24.0, np.linspace(low, high, 10), 262144, 5)
        one = ladder(task)
        rows.evaluations += evaluations([one])
        energies = one["energy"].values
        peak = specific_heat_peak(task.temperatures, energies, 1.0, task.n_carriers)
        assert np.isfinite(peak.temperature), peak.reason
        peaks.append(peak)
    order = transition_order(task.temperatures, energies, peak.temperature, 1.0)
    assert order.kind == "first_order", order.reason
    values, errors = np.array([(peak.temperature, peak.stderr) for peak in peaks]).T
    (cubic, error, misfit), (quartic, other, worse) = (
        limit(lengths, values, errors, power) for power in (3, 4)
    )
    rows.compare(
        "fcc antiferromagnet: T_N/J, specific-heat peaks at L = 6 to 14 to 1/L² = 0",
        (cubic + quartic) / 2, float(np.hypot(max(error, other), cubic - quartic)),
        1.735047, 4.9e-5,
        source="R. Stübel, W. Janke, Phys. Rev. B 98, 174413 (2018), "
        "doi:10.1103/PhysRevB.98.174413 (from memory)",
        note=f"peaks at {', '.join(f'{value:.4f}' for value in values)}; "
        f"{cubic:.4f} ± {error:.4f} with a term in 1/L³ (χ² {misfit:.1f}), {quartic:.4f} ± "
        f"{other:.4f} with one in 1/L⁴ (χ² {worse:.1f}), two degrees of freedom: their mean, and "
        "their difference in its error",
    )  # fmt: skip


def limit(lengths, values, errors, power) -> tuple[float, float, float]:
    """T of T(L) = T + A/L² + B/L^power, its error, and χ²."""
    matrix = np.stack([lengths**0, lengths**-2, lengths**-power], axis=1) / errors[:, np.newaxis]
    found, misfit, *_ = np.linalg.lstsq(matrix, values / errors, rcond=None)
    return float(found[0]), float(np.linalg.inv(matrix.T @ matrix)[0, 0] ** 0.5), float(misfit[0])
