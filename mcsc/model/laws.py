"""Potentials v(r) of unit charges that fall off slowly, as the two halves that Ewald's method sums.

A law says of the splitting α, the inverse length at which its short-ranged half passes into the
smooth one: how far both reach; both, at a distance and at a wavevector; and what is left of them at
a charge's own position and of the smooth one at K = 0. Charges repeated in a plane need the smooth
half at wavevectors G of the plane and at heights above it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, erf, erfc, erfcx, exp1, exprel, gamma, gammainc, gammaincc

from mcsc.arrays import FloatArray

# of the integral over Gaussians of a plane: nodes, the exponent at its end, (αz)² that is zero
_NODES, _NOTHING, _FLAT = 64, 40.0, 1e-14


@dataclass(frozen=True)
class Yukawa:
    """exp(−κr)/r with its mean left out, so that κ → 0 gives back Coulomb.

    screening: κ, inverse screening length; 0 for Coulomb.

    G. Salin and J.-M. Caillol, J. Chem. Phys. 113, 10459 (2000), doi:10.1063/1.1326477.
    """

    screening: float = 0.0

    def cutoffs(self, splitting: float, reach: float) -> tuple[float, float]:
        """Distance and wavevector where the halves fall below exp(−reach²).

        The screening shortens both sums and can end the one over waves.
        """
        nearest = reach / splitting
        if self.screening > 0.0:
            nearest = min(nearest, reach**2 / self.screening)
        square = 4.0 * (splitting * reach) ** 2 - self.screening**2
        return nearest, float(np.sqrt(max(square, 0.0)))

    def near(self, distances: FloatArray, splitting: float) -> FloatArray:
        """Short-ranged half at r > 0: [exp(κr) erfc(αr + κ/2α) + exp(−κr) erfc(αr − κ/2α)]/2r."""
        scaled = splitting * distances
        if self.screening == 0.0:
            return np.asarray(erfc(scaled) / distances)
        half = self.screening / (2.0 * splitting)
        # exp(κr) overflows alone; together with erfc it is exp(−α²r² − κ²/4α²) erfcx
        growing = np.exp(-(scaled**2) - half**2) * erfcx(scaled + half)
        decaying = np.exp(-self.screening * distances) * erfc(scaled - half)
        return np.asarray((growing + decaying) / (2.0 * distances))

    def own(self, splitting: float) -> float:
        """Short-ranged half less v(r) for r → 0: −2α/√π for κ = 0."""
        half = self.screening / (2.0 * splitting)
        gaussian = 2.0 * splitting / np.sqrt(np.pi) * np.exp(-(half**2))
        return float(self.screening * erfc(half) - gaussian)

    def waves(self, squares: FloatArray, splitting: float, volume: float) -> FloatArray:
        """Smooth half at K² > 0, of K and −K together: (8π/V) exp(−(K² + κ²)/4α²)/(K² + κ²)."""
        squares = squares + self.screening**2
        halves = 8.0 * np.pi / volume * np.exp(-squares / (4.0 * splitting**2))
        return np.asarray(halves / squares)

    def background(self, splitting: float, volume: float) -> float:
        """Smooth half at K = 0 less the mean of v: −(π/V α²) [1 − exp(−x)]/x of x = κ²/4α²."""
        ratio = self.screening / (2.0 * splitting)
        return float(-np.pi / (volume * splitting**2) * exprel(-(ratio**2)))

    def left_out(self, volume: float) -> float | None:
        """Mean of v that the background takes from a cell; None where it is infinite: 4π/(V κ²)."""
        return 4.0 * np.pi / (volume * self.screening**2) if self.screening > 0 else None

    def plane_waves(
        self, waves: FloatArray, heights: FloatArray, splitting: float, area: float
    ) -> FloatArray:
        """(heights, waves) smooth half at |G| > 0 and heights z ≥ 0, of G and −G together.

        With k² = G² + κ²: (2π/(A k)) [exp(kz) erfc(k/2α + αz) + exp(−kz) erfc(k/2α − αz)].
        """
        k, z = np.hypot(waves, self.screening)[None, :], heights[:, None]
        half, scaled = k / (2.0 * splitting), splitting * z
        # as in near(), a growing factor only together with what makes it small
        growing = np.exp(-(half**2) - scaled**2) * erfcx(half + scaled)
        decaying = np.exp(-k * z) * erfc(half - scaled)
        return np.asarray(2.0 * np.pi / (area * k) * (growing + decaying))

    def plane_mean(self, heights: FloatArray, splitting: float, area: float) -> FloatArray:
        """Smooth half at G = 0 and heights z ≥ 0, less the mean of v over the plane z = 0.

        For κ = 0 that is −(2π/A) [exp(−α²z²)/(α√π) + z erf(αz)].
        """
        if self.screening > 0.0:
            both = self.plane_waves(np.zeros(1), heights, splitting, area)[:, 0]
            return np.asarray(0.5 * both - (self.left_out_of_plane(area) or 0.0))
        scaled = splitting * heights
        lengths = np.exp(-(scaled**2)) / (np.sqrt(np.pi) * splitting) + heights * erf(scaled)
        return np.asarray(-2.0 * np.pi / area * lengths)

    def left_out_of_plane(self, area: float) -> float | None:
        """Mean of v over the plane of the charge; None where it is infinite: 2π/(A κ)."""
        return 2.0 * np.pi / (area * self.screening) if self.screening > 0 else None

    def fall(self, heights: FloatArray) -> FloatArray:
        """A/2π times how far the mean of v over a plane has fallen at heights z ≥ 0: z of κ = 0."""
        return np.asarray(heights * exprel(-self.screening * heights))


COULOMB = Yukawa()


@dataclass(frozen=True)
class PowerLaw:
    """ℓ^(p−1)/r^p: Coulomb for p = 1, parallel dipoles for p = 3.

    Up to p = 3 the mean over a crystal is infinite and a uniform background takes it away: from all
    space for p < 3, where as for Coulomb the average over the supercell is zero, and for p = 3 from
    the space farther than ℓ from the charge, 1/r³ having no mean near it either. Beyond p = 3 the
    sum is the plain one over all images. So it is in a plane beyond p = 2; for p < 2 a uniform
    sheet takes the mean away, and for p = 2 none can, for in its own plane it is infinite.

    power: p.
    length: ℓ.

    P. P. Ewald, Ann. Phys. 369, 253 (1921), doi:10.1002/andp.19213690304; for any power B. R. A.
    Nijboer and F. W. de Wette, Physica 23, 309 (1957), doi:10.1016/S0031-8914(57)92124-9.
    """

    power: float
    length: float

    def cutoffs(self, splitting: float, reach: float) -> tuple[float, float]:
        """Distance and wavevector where the halves fall below exp(−reach²)."""
        return reach / splitting, 2.0 * splitting * reach

    def near(self, distances: FloatArray, splitting: float) -> FloatArray:
        """Γ(p/2, α²r²)/Γ(p/2) times the potential."""
        share = gammaincc(0.5 * self.power, (splitting * distances) ** 2)
        return np.asarray(self.length ** (self.power - 1.0) * share / distances**self.power)

    def own(self, splitting: float) -> float:
        """−ℓ^(p−1) α^p/Γ(p/2 + 1)."""
        scale = self.length ** (self.power - 1.0) * splitting**self.power
        return float(-scale / gamma(0.5 * self.power + 1.0))

    def waves(self, squares: FloatArray, splitting: float, volume: float) -> FloatArray:
        """2 ℓ^(p−1) π^(3/2) α^(p−3)/(V Γ(p/2)) E_((p−1)/2)(K²/4α²)."""
        order = 0.5 * (self.power - 1.0)
        integrals = _exponential_integral(order, squares / (4.0 * splitting**2))
        return 2.0 * self._smooth(splitting, volume) * integrals

    def background(self, splitting: float, volume: float) -> float:
        """The same of K → 0 without the 2 and what diverges; for p = 3 what is left of that."""
        if self.power == 3.0:
            shares = np.log(splitting * self.length) - 0.5 * digamma(1.5)
            return float(4.0 * np.pi * self.length**2 / volume * shares)
        return self._smooth(splitting, volume) * 2.0 / (self.power - 3.0)

    def left_out(self, volume: float) -> float | None:
        """None up to p = 3, nothing beyond."""
        return None if self.power <= 3.0 else 0.0

    def plane_waves(
        self, waves: FloatArray, heights: FloatArray, splitting: float, area: float
    ) -> FloatArray:
        """(heights, waves) smooth half at |G| > 0 and heights z ≥ 0, of G and −G together.

        2π ℓ^(p−1) α^(p−2)/(A Γ(p/2)) ∫_1^∞ u^(−p/2) exp(−u G²/4α² − α²z²/u) du, over ln u by
        Gauss and Legendre's rule.
        """
        g, lift = (waves / (2.0 * splitting)) ** 2, (splitting * heights) ** 2
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        # beyond it exp(−ug) is nothing beside exp(−g)
        span = np.log1p(_NOTHING / g)
        total = np.zeros((len(heights), len(waves)))
        for node, weight in zip(0.5 * (nodes + 1.0), weights, strict=True):
            u = np.exp(node * span)
            integrand = u ** (1.0 - 0.5 * self.power) * np.exp(-u * g) * 0.5 * weight * span
            total += integrand * np.exp(-lift[:, None] / u)
        return 2.0 * self._in_plane(splitting, area) * total

    def plane_mean(self, heights: FloatArray, splitting: float, area: float) -> FloatArray:
        """The same of G = 0 without the 2: γ(p/2 − 1, α²z²)/(αz)^(p−2).

        It is whole for p > 2. For p < 2 that is what is left, less the mean of v over the plane
        z = 0, with γ(s, x) = [γ(s + 1, x) + x^s exp(−x)]/s.
        """
        order, lift = 0.5 * self.power - 1.0, (splitting * heights) ** 2
        raised = np.where(lift > _FLAT, lift, 1.0)
        if order > 0:
            whole = gamma(order) * gammainc(order, raised) / raised**order
        else:
            more = gamma(order + 1.0) * gammainc(order + 1.0, raised) / raised**order
            whole = (more + np.exp(-raised)) / order
        return np.asarray(
            self._in_plane(splitting, area) * np.where(lift > _FLAT, whole, 1.0 / order)
        )

    def left_out_of_plane(self, area: float) -> float | None:
        """None up to p = 2, nothing beyond."""
        return None if self.power <= 2.0 else 0.0

    def fall(self, heights: FloatArray) -> FloatArray:
        """A/2π times how far the mean of v over a plane has fallen at heights z ≥ 0, for p < 2.

        ℓ^(p−1) z^(2−p)/(2 − p).
        """
        rest = 2.0 - self.power
        return np.asarray(self.length ** (self.power - 1.0) * heights**rest / rest)

    def _in_plane(self, splitting: float, area: float) -> float:
        scale = self.length ** (self.power - 1.0) * splitting ** (self.power - 2.0)
        return float(scale * np.pi / (area * gamma(0.5 * self.power)))

    def _smooth(self, splitting: float, volume: float) -> float:
        scale = self.length ** (self.power - 1.0) * splitting ** (self.power - 3.0)
        return float(scale * np.pi**1.5 / (volume * gamma(0.5 * self.power)))


Law = Yukawa | PowerLaw


def _exponential_integral(order: float, x: FloatArray) -> FloatArray:
    """E_ν(x) = ∫_1^∞ exp(−xt)/t^ν dt for ν ≥ 0 and x > 0, upwards from an order below 1, or 1."""
    at = order - np.floor(order)
    if at == 0.0 and order > 0.0:
        at, found = 1.0, exp1(x)
    else:
        found = x ** (at - 1.0) * gamma(1.0 - at) * gammaincc(1.0 - at, x)
    while at < order:
        found, at = (np.exp(-x) - x * found) / at, at + 1.0
    return np.asarray(found)
