"""What an observable is: a function of means of series, which are numbers of every snapshot.

Its error comes from one jackknife, in :mod:`mcsc.estimators.errors`, never from here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots
from mcsc.variables import Variable

AnyArray = npt.NDArray[Any]


@dataclass(frozen=True)
class Point:
    """What the functions of means need to know of a ladder besides the means.

    temperature: (T,) temperatures.
    thermal_energy: (T,) k_B T, energy.
    n_carriers, volume: Carriers in the supercell, a mean (..., T) where they fluctuate; its volume,
        length³.
    coulomb: e²/(4πε0 ε_r), energy times length; 0 if carriers have no charges to each other.
    field: Magnitude of the electric field, energy per charge and length.
    displacement: Largest length of a displacement, the δ of the well; 0 with centres only.
    members: Indices of the wavevectors of order of the channel; none for order among the wells of a
        cell.
    n_layers: Layers whose order is averaged.
    saturation: Maps numbers of carriers (..., T) to the charge order of the channel in perfect
        order, see :class:`mcsc.observables.saturation.Saturation`.
    gauss: As ``coulomb``, where Gauss's law holds for planes: 1/r in one isotropic medium, no
        gates.
    """

    temperature: FloatArray
    thermal_energy: FloatArray
    n_carriers: int | FloatArray
    volume: float
    coulomb: float
    field: float
    displacement: float
    members: IntArray
    n_layers: int
    saturation: Callable[[npt.ArrayLike], FloatArray]
    gauss: float = float("nan")


@dataclass(frozen=True, eq=False)
class Series:
    """A number, or an array of them, of every snapshot of a chain.

    Attributes
    ----------
    name
        Unique.
    function
        Of the probe and :class:`mcsc.observables.Snapshots` (n of them): (n, ...). With
        ``sources``, of the probe and their series (n, T, ...) over the whole run: (n, T, ...).
        None for what the chain gives by itself.
    per_carrier
        How many times it is divided by the number of carriers. Where that is not fixed, it is to be
        divided by the number of wells, ``Snapshots.room``, as many times.
    sources
        Series that it is made of at the end of the run.
    axis
        What its last axis is: of wavevectors means over bins of time are kept, of channels of order
        and of orbits of wavevectors, in the order of the probe, the strongest one.
    exists
        Whether a crystal has it.
    """

    name: str
    function: Callable[..., AnyArray] | None = None
    per_carrier: int = 0
    sources: "tuple[Series, ...]" = ()
    axis: Literal["", "wavevector", "channel", "star"] = ""
    exists: Callable[[Probe], bool] = lambda probe: True

    def parts(self) -> "Iterator[Series]":
        """Itself and all that it is made of; those without sources are measured."""
        yield self
        for source in self.sources:
            yield from source.parts()

    def of(self, probe: Probe, values: dict[str, AnyArray]) -> AnyArray:
        """Its values (n, T, ...), from those by name that are measured; what is made is added."""
        if self.name not in values and self.sources and self.function is not None:
            made = (source.of(probe, values) for source in self.sources)
            values[self.name] = self.function(probe, *made)
        return values[self.name]


@dataclass(frozen=True)
class Observable:
    """One measured quantity.

    Attributes
    ----------
    name, long_name, comment
        As written into the dataset.
    unit
        A pattern for :meth:`mcsc.units.Units.written`.
    series
        The series whose means ``function`` takes after the :class:`Point`; the observable only
        exists where they are measured.
    function
        Maps the means, each (..., T, *dims), to the value (..., T, *dims).
    dims
        Dimensions besides the grid of the scan and temperature.
    displaced
        Whether it only exists where wells have displaced states.
    order
        Whether it tells of charge order, which takes a carrier and an empty well (a layer).

    Examples
    --------
    >>> from mcsc.observables import Observable, Series
    >>> filled = Series("filled", lambda probe, snapshots: (snapshots.by_cell > 0).any(axis=1)
    ...                 .mean(axis=(1, 2, 3)))
    >>> mine = Observable("filled_cells", "share of cells with a carrier", "1", "of the supercell",
    ...                   (filled,), lambda point, mean: mean)
    """

    name: str
    long_name: str
    unit: str
    comment: str
    series: tuple[Series, ...]
    function: Callable[..., FloatArray]
    dims: tuple[str, ...] = ()
    displaced: bool = False
    order: bool = False

    @property
    def variable(self) -> Variable:
        """What is said of it in a dataset."""
        dims = " ".join(("... temperature", *self.dims))
        return Variable(self.name, dims, self.unit, self.long_name, self.comment, estimate=True)


def same(point: Point, mean: FloatArray) -> FloatArray:
    """The mean of a series itself."""
    return mean


def root_mean(point: Point, squared: FloatArray) -> FloatArray:
    """√ of a mean square."""
    return np.sqrt(squared)


def binder_ratio(point: Point, squared: FloatArray, fourth: FloatArray) -> FloatArray:
    """⟨m⁴⟩/⟨m²⟩², NaN where m is zero."""
    return np.asarray(fourth / np.where(squared > 0, squared, np.nan) ** 2)


def susceptibility(point: Point, mean: FloatArray, squared: FloatArray) -> FloatArray:
    """N (⟨m²⟩ − ⟨|m|⟩²)/(k_B T), of a layer."""
    n = point.n_carriers / point.n_layers
    return n * (squared - mean**2) / point.thermal_energy


def order_of_layers(
    name: str,
    symbol: str,
    squared: Callable[[Probe, Snapshots], FloatArray],
    power: int,
    exists: Callable[[Probe], bool],
    definition: str,
    disorder: str,
) -> tuple[Observable, ...]:
    """An order parameter of single layers, its susceptibility and its Binder ratio.

    name, symbol: Of the order, as ``"nematic"`` and ``"ψ"``.
    squared: Its square in each layer of snapshots, (n, layers).
    power: Of the number of carriers that the square is divided by.
    exists: Whether a supercell has it.
    definition, disorder: What the comments of the order parameter and of its Binder ratio say
        beyond the formula.
    """
    by_layer = Series(f"{name}_by_layer", squared, power, exists=exists)
    # moments, averaged over the layers
    first = Series(name, lambda _, m2: np.sqrt(m2).mean(axis=2), power // 2, (by_layer,))
    second = Series(f"{name}_squared", lambda _, m2: m2.mean(axis=2), power, (by_layer,))
    fourth = Series(f"{name}_fourth", lambda _, m2: (m2**2).mean(axis=2), 2 * power, (by_layer,))
    return (
        Observable(
            f"{name}_order", f"{name} order parameter", "1",
            f"⟨|{symbol}|⟩, {symbol} = {definition}",
            (first,), same, order=True,
        ),
        Observable(
            f"{name}_susceptibility", f"susceptibility of the {name} order", "{energy}^-1",
            f"N (⟨|{symbol}|²⟩ − ⟨|{symbol}|⟩²) / (k_B T), {symbol} and N those of a layer",
            (first, second), susceptibility, order=True,
        ),
        Observable(
            f"{name}_binder_ratio", f"Binder ratio of the {name} order", "1",
            f"⟨|{symbol}|⁴⟩ / ⟨|{symbol}|²⟩²: 1 in perfect order, in disorder {disorder}",
            (second, fourth), binder_ratio, order=True,
        ),
    )  # fmt: skip
