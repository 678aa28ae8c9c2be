"""Energies of two transitions of large crystals, one of first order and one continuous.

Run:  mcsc run runs/large/square.toml
      mcsc run runs/large/kagome.toml
      python analysis/large_crystals.py square.nc kagome.nc [-o FILE]

The energy a carrier of every size where its specific heat is largest, by multi-histogram
reweighting, and the Binder ratios of the second diagram.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mcsc import load
from mcsc.arrays import FloatArray
from mcsc.estimators.binder import binder_ratio
from mcsc.estimators.peaks import specific_heat_peak
from mcsc.estimators.reweighting import free_energies, mixture
from mcsc.plot import save_figure
from mcsc.plot.style import BLUE, ORANGE, PAGE, SKY, STYLE, VERMILION, Page
from mcsc.units import units_of

COLOURS = (SKY, ORANGE, VERMILION, BLUE)
BINS = 40


@dataclass(frozen=True)
class Size:
    """The ladder of one size: energies (T, n), and m² (T, n) of the first layer."""

    length: float
    carriers: float
    reduced: FloatArray
    energies: FloatArray
    order2: FloatArray


def sizes(path: Path, channel: int) -> Iterator[Size]:
    """All sizes of a diagram of one doping; energies in the unit of its Coulomb temperature."""
    tree = load(path)
    series, t = tree["series"].isel(doping=0), tree["temperature"]
    scale = float(tree["structure"]["coulomb_temperature"])
    unit = units_of(t.attrs["units"]).boltzmann * scale
    for i, length in enumerate(tree["finite_size"]["linear_size"].values):
        one = series.isel(size=i)
        squared = one["order_squared"].isel(channel=channel, layer=0)
        energies = one["energy"].transpose("temperature", "measurement").values / unit
        order2 = squared.transpose("temperature", "measurement").values
        reduced = t.values / scale
        yield Size(length, float(one["n_carriers"]), reduced, energies, order2)


def energies(ax: Axes, found: list[Size]) -> None:
    """The density of the energy a carrier at the specific-heat peak of every size."""
    for one, colour in zip(found, COLOURS, strict=False):
        t, e = one.reduced, one.energies
        at = specific_heat_peak(t, e, 1.0, int(one.carriers)).temperature
        if np.isnan(at):
            # it lies beyond the ladder
            continue
        near = np.abs(np.arange(len(t)) - np.abs(t - at).argmin()) <= 2
        e, beta = e[near] - e[near].mean(), 1 / t[near]
        exponent = -e.ravel() / at - mixture(free_energies(e, beta), e.ravel(), beta)[0]
        weights = np.exp(exponent - exponent.max())
        values = one.energies[near].ravel() / one.carriers
        low, high = np.quantile(values, (2e-3, 1 - 2e-3))
        density, edges = np.histogram(values, BINS, (low, high), weights=weights, density=True)
        ax.stairs(density, edges, color=colour, label=f"L = {one.length:.0f}, T = {at:.5f}")
    ax.set_xlabel(r"energy a carrier ($e^2/4\pi\varepsilon_0\varepsilon_r a$)")
    ax.set_ylabel("probability density")
    ax.set_ylim(0, 1.35 * ax.get_ylim()[1])
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.legend(fontsize=6)


def ratios(ax: Axes, found: list[Size]) -> None:
    """Binder ratios of every size."""
    for one, colour in zip(found, COLOURS, strict=False):
        value, error = binder_ratio(one.order2)
        ax.errorbar(one.reduced, value, error, color=colour, label=f"L = {one.length:.0f}", lw=1)
    ax.set_xlabel("$T$")
    ax.set_ylabel(r"$\langle m^4\rangle/\langle m^2\rangle^2$")
    ax.legend()


def main() -> None:
    """Draw both."""
    parser = argparse.ArgumentParser(description="energies of two transitions")
    parser.add_argument("square", type=Path)
    parser.add_argument("kagome", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("large-crystals.png"))
    options = parser.parse_args()
    square, kagome = list(sizes(options.square, 1)), list(sizes(options.kagome, 0))
    with rc_context(STYLE):
        figure = Page(PAGE, 2.4)
        left, middle, right = figure.subplots(1, 3)
        energies(left, square)
        left.set_title("square wells, 1/8")
        energies(middle, kagome)
        middle.set_title("kagome wells, x = 1")
        ratios(right, kagome)
        right.set_title("kagome wells, x = 1")
        save_figure(figure, options.out)


if __name__ == "__main__":
    main()
