"""Free energies over the carriers: enumeration of 24 wells, phases of the kagome wells."""

from dataclasses import replace

import numpy as np
import pytest
from exact import energies, periodic_coulomb, system

from mcsc.chain import Sampling, Task, run
from mcsc.estimators.coexistence import regions
from mcsc.estimators.isotherm import isotherms
from mcsc.estimators.log_partition import joint_isotherms
from mcsc.structure import textbook

pytestmark = pytest.mark.validation

WELLS = textbook("kagome-wells", 1.69)
COEXISTING = (0.058, 0.067, 0.078, 0.087, 0.097, 0.107, 0.118, 0.128, 0.139, 0.15)
SMALL = (0.07, 0.085, 0.105, 0.13, 0.16, 0.2, 0.25, 0.3)


def charging() -> float:
    """c of the wells, from Ewald sums of the tests' own."""
    centres = np.array([well.centre for well in WELLS.wells])
    between = (centres[:, None] - centres[None]).reshape(-1, 3)
    return float(-periodic_coulomb(WELLS.cell, between).sum() / len(centres) ** 2)


def enumerated() -> np.ndarray:
    """(T, 25) F/(k_B T) of all arrangements on 24 wells: two halves and what is between them."""
    found = system(WELLS, (2, 4, 1))
    half = (np.arange(4096)[:, None] >> np.arange(12)) & 1
    none = np.zeros_like(half)
    first = energies(found, np.concatenate([half, none], axis=1) - 1)
    second = energies(found, np.concatenate([none, half], axis=1) - 1)
    total = first[:, None] + second + half @ found.pair[:12, 12:] @ half.T
    number = half.sum(axis=1)
    log_z = np.full((len(SMALL), 25), -np.inf)
    for i, j in np.ndindex(13, 13):
        energy = total[np.ix_(number == i, number == j)].ravel()
        for k, thermal in enumerate(SMALL):
            weights = np.exp(-(energy - energy.min()) / thermal).sum()
            added = np.log(weights) - energy.min() / thermal
            log_z[k, i + j] = np.logaddexp(log_z[k, i + j], added)
    return -log_z


def measured(size, temperatures, windows, sampling, runs) -> np.ndarray:
    """(3, T, R, n) ln Z(N + 1) − ln Z(N), mean energies and their variances."""
    names = ("log_partition_step", "mean_energy", "energy_variance")
    strung = []
    for annealing in range(runs):
        parts = []
        for window in windows:
            task = Task(WELLS, size, window[0], temperatures, window=window, sampling=sampling,
                        annealing=annealing)  # fmt: skip
            series = run(task)["series"]
            # what two windows share is asked of the upper one
            shared = None if window is windows[-1] else -1
            parts.append([series[name].values[:shared, :, 0].T for name in names])
        strung.append(np.concatenate(parts, axis=2))
    return np.moveaxis(strung, 0, 2)


def rms(z) -> float:
    return float(np.sqrt(np.nanmean(np.concatenate([np.ravel(one) for one in z]) ** 2)))


def test_enumeration_of_24_wells(rows) -> None:
    """Eight times four runs, with two windows that share a number."""
    sampling = Sampling(sweeps=4000, warmup=4000, measurements=1000, exchange_interval=2)
    found = measured((2, 4, 1), SMALL, ((1, 12), (12, 23)), sampling, 32)
    exact, number = enumerated(), np.arange(1, 24)
    names = ("free energy", "chemical potential", "compressibility", "particle-hole symmetry")
    scores = {name: [] for name in names}
    for four in np.split(found, 8, axis=2):
        everything = joint_isotherms(number, *four, 1 / np.array(SMALL), number)
        for k, (thermal, several) in enumerate(zip(SMALL, everything, strict=True)):
            for one in several:
                one = one.completed(charging() / (8 * thermal))
                n = one.number
                free = exact[k, n] + 0.5 * charging() * n**2 / (8 * thermal)
                true = isotherms(n, -np.diff(free, append=np.nan)[None], n)[0]
                value, error = one.relative_to(0)
                scores[names[0]].append((value - free + free[0])[1:] / error[1:])
                for name, method in zip(names[1:], ("slope", "variance"), strict=False):
                    value, error = getattr(one, method)()
                    scores[name].append((value - getattr(true, method)()[0]) / error)
                value, error = one.reflected(24)
                scores[names[3]].append(value / error)
    for name, z in scores.items():
        case = f"24 kagome wells, {name} at every number: rms z of four runs"
        # eight groups of four runs know their rms z to 0.13
        rows.exact(case, rms(z), 1.0, 0.35, source="exact: all 16 777 216 arrangements")


@pytest.fixture(scope="module")
def phases():
    """(number, isotherms by temperature) of the kagome wells between x = 5/6 and x = 5/3."""
    sampling = Sampling(sweeps=8000, warmup=8000, measurements=1000, exchange_interval=1,
                        moves=(("layer_exchange", 0.2), ("row_shift", 1 / 3)))  # fmt: skip
    windows = tuple((n, n + 12) for n in range(60, 120, 12))
    found = measured((6, 6, 2), COEXISTING, windows, sampling, 4)
    number = np.arange(60, 121)
    everything = joint_isotherms(number, *found, 1 / np.array(COEXISTING), number)
    completed = []
    for thermal, (one,) in zip(COEXISTING, everything, strict=True):
        completed.append(one.completed(charging() / (72 * thermal)))
    return number, completed


def test_coexistence_of_kagome_wells(rows, phases) -> None:
    """Between the crystals at x = 1 and x = 3/2 the wells separate, compensating charge on them."""
    number, completed = phases
    for k, high in ((0, 108), (4, 94), (7, 84), (9, None)):
        found = regions(completed[k])
        ends = [(number[region.low], number[region.high]) for region in found if region.bounded]
        case = f"kagome wells 6 × 6 × 2, T = {COEXISTING[k]:g}: "
        source = "independent run"
        if high is None:
            rows.exact(f"{case}regions of coexistence", len(found), 0, 0.5, source=source)
            continue
        low, end = ends[0] if ends else (np.nan, np.nan)
        rows.exact(f"{case}x of the dilute phase", low / 72, 1.0, 1e-9, source=source)
        note = "numbers of carriers are whole; the reference has no error"
        rows.exact(f"{case}x of the dense phase", end / 72, high / 72, 0.035, source=source,
                   note=note)  # fmt: skip


def test_hysteresis_of_the_doping_is_around_the_coexistence(rows, phases) -> None:
    """Ladders at fixed chemical potential that begin in either crystal, x = 1 and x = 3/2."""
    number, completed = phases
    thermal = COEXISTING[3]
    region, *_ = [one for one in regions(completed[3]) if one.bounded]
    potential = thermal * region.slope
    sampling = Sampling(sweeps=8192, warmup=4096, measurements=1024,
                        moves=(("layer_exchange", 0.0),))  # fmt: skip

    def doping(carriers: int, change: float) -> float:
        first = Task(WELLS, (6, 6, 2), carriers, (thermal - 0.002, thermal), sampling=sampling)
        then = replace(first, chemical_potential=potential + change, continues=first)
        return float(run(then, before=run(first))["/"]["carriers_per_cell"][-1])

    case, source = f"kagome wells 6 × 6 × 2, T = {thermal:g}, ", "free energies, same crystal"
    for carriers, at in ((72, region.low), (108, region.high)):
        name = f"{case}at the common tangent's μ: x from x = {carriers / 72:g} on"
        reference = float(number[at] / 72)
        rows.exact(name, doping(carriers, 0.0), reference, 0.035, source=source)
    # beyond the jumps the start is forgotten
    for change in (-0.1, 0.1):
        gap = doping(108, change) - doping(72, change)
        name = f"{case}μ {change:+g}: x from either crystal, difference"
        rows.exact(name, gap, 0.0, 0.025, source="one phase")
