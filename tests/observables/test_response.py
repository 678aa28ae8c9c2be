"""Response to the field: the declared fluctuation formulas against derivatives of exact means.

Every mean here is a sum over all configurations of a small crystal: no Monte Carlo, no errors. The
derivatives in the field are central differences of the exact means.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from exact import boltzmann, configurations, crystal, energies, occupied, system
from exact import well as make_well

from mcsc.observables import OBSERVABLES, Point
from mcsc.units import SI

FORMULAS = {item.name: item for item in OBSERVABLES}
CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
# no symmetry: displacements have a mean at zero field too
SKEW = crystal(
    CELL,
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)], [0, 0.02, 0.03]),
    make_well("two", (1.9, 2.2, 2.4), [(0, 0, 0), (0, 0.4, -0.3), (0.3, 0, 0.5)], [0, 0.04, 0]),
)
# inversion about every well: no mean displacement without a field
ARMS = np.array([(0, 0, 0), (0.5, 0, 0), (-0.5, 0, 0), (0, 0.5, 0), (0, -0.5, 0)])
EVEN = crystal(np.diag([4.0, 4.2, 5.0]), make_well("site", (0, 0, 0), ARMS, [0, *[0.02] * 4]))
CASES = {"skew": (SKEW, (2, 1, 1), 2), "even": (EVEN, (2, 2, 1), 2)}
PERMITTIVITY = 8.0
TEMPERATURES = np.array([200.0, 500.0, 1500.0])
DIRECTION = np.array([2.0, -1.0, 2.0]) / 3
# two directions across it
ACROSS = np.array([[1.0, 2.0, 0.0] / np.sqrt(5), np.cross(DIRECTION, [1.0, 2.0, 0.0]) / np.sqrt(5)])
STEP = 1e-4
# all that the series ask of a probe
PROBE = SimpleNamespace(direction=DIRECTION)


class Exact:
    """Exact means at one field, vector (3,), in the order and names of the series."""

    def __init__(self, case, field):
        structure, size, self.n = CASES[case]
        self.coulomb = SI.coulomb / PERMITTIVITY
        found = system(structure, size, coulomb=self.coulomb, field=field)
        states = configurations(found, self.n)
        held = occupied(found, states)
        self.energy = energies(found, states)
        self.volume = float(abs(np.linalg.det(found.cell)))
        self.delta = float(np.linalg.norm(found.displacements, axis=1).max())
        self.field = float(np.linalg.norm(field))
        self.p = np.array([boltzmann(self.energy, kt) for kt in SI.boltzmann * TEMPERATURES])
        self.u = held @ found.displacements / self.n
        self.squares = held @ (found.displacements**2).sum(axis=1) / self.n

    def mean(self, values):
        return self.p @ values

    def free_energy(self):
        kt = SI.boltzmann * TEMPERATURES
        low = self.energy.min()
        return low - kt * np.log(np.exp(-(self.energy - low)[:, None] / kt).sum(axis=0))

    def value(self, name):
        """An observable as declared, of the exact means."""
        series = {
            "displacement": self.u,
            "displacement_squared": self.squares,
            "energy": self.energy,
        }
        point = Point(
            temperature=TEMPERATURES,
            thermal_energy=SI.boltzmann * TEMPERATURES,
            n_carriers=self.n,
            volume=self.volume,
            coulomb=self.coulomb,
            field=self.field,
            displacement=self.delta,
            members=np.zeros(0, dtype=int),
            n_layers=1,
            saturation=np.ones_like,
        )
        item = FORMULAS[name]
        return item.function(point, *(self.mean(one.of(PROBE, series)) for one in item.series))


def slope(case, field, along, function):
    """(T, ...) derivative of a function of :class:`Exact` with the field along a direction."""
    ahead, behind = (Exact(case, field + s * STEP * along) for s in (1, -1))
    return (function(ahead) - function(behind)) / (2 * STEP)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("strength", [0.0, 0.03, 0.1])
class TestInAField:
    def test_differential_capacitance(self, case, strength):
        field = strength * DIRECTION
        exact = Exact(case, field)
        change = slope(case, field, DIRECTION, lambda e: e.mean(e.u @ DIRECTION))
        expected = exact.n * change / exact.volume
        np.testing.assert_allclose(exact.value("capacitance_differential"), expected, rtol=1e-4)

    def test_transverse_capacitance(self, case, strength):
        field = strength * DIRECTION
        exact = Exact(case, field)
        changes = [
            slope(case, field, e, lambda found, e=e: found.mean(found.u @ e)) for e in ACROSS
        ]
        expected = exact.n * sum(changes) / exact.volume
        np.testing.assert_allclose(exact.value("capacitance_transverse"), expected, rtol=1e-4)

    def test_displacement_is_the_derivative_of_the_free_energy(self, case, strength):
        field = strength * DIRECTION
        for e in (DIRECTION, *ACROSS):
            force = -slope(case, field, e, Exact.free_energy)
            exact = Exact(case, field)
            u = exact.value("displacement") @ e
            np.testing.assert_allclose(exact.n * u, force, rtol=1e-4, atol=1e-8)

    def test_parallel_capacitance(self, case, strength):
        exact = Exact(case, strength * DIRECTION)
        found = exact.value("capacitance_parallel")
        if strength == 0:
            np.testing.assert_array_equal(found, exact.value("capacitance_differential"))
        else:
            polarization = exact.n * exact.mean(exact.u @ DIRECTION) / exact.volume
            np.testing.assert_allclose(found * strength, polarization)

    def test_polar_order_counts_both_moments(self, case, strength):
        exact = Exact(case, strength * DIRECTION)
        length = np.linalg.norm(exact.u, axis=1) / exact.delta
        one, two, four = (exact.mean(length**k) for k in (1, 2, 4))
        chi = exact.n * (two - one**2) / (SI.boltzmann * TEMPERATURES)
        np.testing.assert_allclose(exact.value("polar_order"), one)
        np.testing.assert_allclose(exact.value("polar_susceptibility"), chi, rtol=1e-9)
        np.testing.assert_allclose(exact.value("polar_binder_ratio"), four / two**2)

    def test_transmission_lies_between_its_bounds(self, case, strength):
        exact = Exact(case, strength * DIRECTION)
        found = exact.value("transmission")
        assert ((found >= -1e-12) & (found <= 1)).all()
        np.testing.assert_allclose(found + exact.value("loss"), 1)
        xi = exact.value("localization_length")
        assert (np.sqrt(found) * xi <= exact.delta + 1e-12).all()


def test_the_limit_of_weak_fields_is_the_fluctuation():
    weak = Exact("even", 1e-4 * DIRECTION).value("capacitance_parallel")
    still = Exact("even", 0.0 * DIRECTION).value("capacitance_parallel")
    np.testing.assert_allclose(weak, still, rtol=1e-4)
    assert np.abs(Exact("even", 0.0 * DIRECTION).value("transmission")).max() < 1e-20


def test_strong_fields_are_fully_transmitted():
    strong = Exact("even", np.array([3.0, 0.0, 0.0]))
    parallel = strong.mean(strong.u[:, 0]) ** 2 / strong.mean(strong.squares)
    assert parallel.min() > 0.999
    assert strong.value("localization_length") == pytest.approx(0.5, rel=1e-3)


def test_coupling_is_the_energy_at_the_carriers_spacing():
    exact = Exact("even", np.zeros(3))
    spacing = (exact.volume / exact.n) ** (1 / 3)
    expected = SI.coulomb / PERMITTIVITY / (spacing * SI.boltzmann * TEMPERATURES)
    np.testing.assert_allclose(exact.value("coupling"), expected)
