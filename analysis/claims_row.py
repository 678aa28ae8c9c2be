"""Rows of the page of claims, and what their questions to stored diagrams share."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mcsc.transitions.ladder import equilibrated_down_to
from mcsc.transitions.order_onset import half_order
from mcsc.variables import meaning

SURE = 3.0  # standard errors from which on a difference counts
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
ASSUMED, INPUT = "holds under a stated assumption", "input"
Found = TypeVar("Found", xr.Dataset, xr.DataArray)
FREE = "free carriers (exact)"
BOLTZMANN = 8.617333e-5


@dataclass(frozen=True)
class Row:
    """One claim: what the model gives for it, against what, and whether it holds there."""

    claim: str
    number: str
    baseline: str
    verdict: str


def verdict(holds: bool, known: bool = True, *, assumed: bool = False) -> str:
    """A verdict on something that is known or not, or that holds only by an assumption."""
    if not known:
        return UNDECIDED
    return (ASSUMED if assumed else HOLDS) if holds else FAILS


@dataclass(frozen=True)
class Number:
    """A number of the largest crystal of a run with its statistical error and that of finite size.

    The latter is NaN where crystals of other sizes do not tell.
    """

    value: float
    stderr: float
    size: float = np.nan

    @property
    def error(self) -> float:
        """Both errors together."""
        return float(np.hypot(self.stderr, np.nan_to_num(self.size)))

    def above(self, other: "Number | float") -> float:
        """How many errors it lies above another number."""
        value, error = (other.value, other.error) if isinstance(other, Number) else (other, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float((self.value - value) / np.hypot(self.error, error))

    def said(self, form: str = ".4f", scale: float = 1.0) -> str:
        """In words, with both errors."""
        said = format(self.value / scale, form)
        for error in (self.stderr, self.size):
            said += f" ± {error / scale:{form.lstrip('+')}}" if np.isfinite(error) else ""
        return said + ("" if np.isfinite(self.size) else " (one size)")


def between(values: ArrayLike, errors: ArrayLike, lengths: ArrayLike = np.nan) -> Number:
    """The number of the largest crystal of several, the smallest first.

    Its error of finite size is what is left from there to an infinite crystal if the difference
    from a smaller one, at least the noise of both, falls as 1/L or faster: of several smaller ones
    the one that leaves least.

    values, errors: One for each crystal, NaN where it does not have the number.
    lengths: L of the crystals.
    """
    v, e, length = (
        np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (values, errors, lengths)
    )
    apart = np.maximum(abs(v[-1] - v[:-1]), np.hypot(e[-1], e[:-1]))
    left = apart * length[:-1] / (length[-1] - length[:-1])
    size = np.nanmin(left) if np.isfinite(left).any() else np.nan
    return Number(float(v[-1]), float(e[-1]), float(size))


def group(path: Path, name: str | None = None) -> xr.Dataset:
    """One group of a diagram; a root knows the ``lengths`` of its crystals.

    These are the roots of the cells in a layer, or across the field in a slab.
    """
    with xr.open_dataset(path, group=name) as opened:
        found = opened.load()
    if name is None:
        cells = group(path, "structure")["supercell_matrix"].values.astype(float)
        found.attrs["lengths"] = np.sqrt(np.abs(np.linalg.det(cells) / cells[:, 2, 2]))
    return found


def largest(found: Found) -> Found:
    """What the largest crystal has."""
    return found.isel(size=-1, missing_dims="ignore")


def onset_or_transition(at: xr.Dataset, converged: xr.DataArray) -> tuple[Number, str]:
    """T_charge at one place or, where there is none, the onset of charge order, and which it is."""
    if np.isfinite(at["T_charge"]):
        return sized(at, "T_charge"), ""
    found = []
    for k in range(at.sizes.get("size", 1)):
        one, flags = (d.isel(size=k, missing_dims="ignore") for d in (at, converged))
        share, error = (one[f"charge_order_share{end}"].values for end in ("", "_stderr"))
        floor = equilibrated_down_to(one.assign(converged=flags))
        half = half_order(one["temperature"].values, share, error, floor)
        found.append((half.temperature, half.stderr))
    return between(*np.transpose(found), at.attrs["lengths"]), "onset "


def place_of_most(values: xr.DataArray) -> dict[Hashable, int]:
    """Where the largest crystal has the highest of some values."""
    return {dim: int(k) for dim, k in largest(values).fillna(-np.inf).argmax(...).items()}


def sized(at: xr.Dataset, name: str) -> Number:
    """A number of a diagram at one place."""
    if f"{name}_stderr_size" in at:
        return Number(*(float(at[name + end]) for end in ("", "_stderr", "_stderr_size")))
    return between(at[name], at[f"{name}_stderr"], at.attrs["lengths"])


def with_other(number: Number, other: Number, lengths: tuple[float, float]) -> Number:
    """A number of one crystal with that of another beside it, whose run file is another.

    Its error of finite size is what is left to an infinite crystal as in `between`; where the other
    number has such an error itself it comes from several crystals, and the difference counts.

    lengths: L of both.
    """
    apart = np.fmax(abs(number.value - other.value), np.hypot(number.stderr, other.error))
    own, its = lengths
    left = 1.0 if np.isfinite(other.size) else its / abs(its - own)
    return replace(number, size=float(apart * left))


def beside(at: xr.Dataset, other: xr.Dataset, name: str) -> Number:
    """`with_other` of a number at one place in two diagrams."""
    lengths = tuple(float(one.attrs["lengths"][-1]) for one in (at, other))
    return with_other(sized(at, name), sized(other, name), lengths)


def regime_names(root: xr.Dataset) -> xr.DataArray:
    """Regime of every point as its name."""
    names = np.array(root["regime"].attrs["flag_meanings"].split())
    return root["regime"].copy(data=names[root["regime"].values.astype(int)])


def charge_line(at: xr.Dataset, crossing: Number | None = None) -> str:
    """T_charge in kelvin, or why there is none.

    crossing: Of several sizes of the same wells; where a peak of one size has no error of finite
        size, it is what both differ by.
    """
    if np.isfinite(at["T_charge"]):
        t = sized(at, "T_charge")
        if crossing and not np.isfinite(t.size) and np.isfinite(crossing.value):
            apart = np.fmax(abs(t.value - crossing.value), np.hypot(t.stderr, crossing.error))
            t = replace(t, size=float(apart))
        return f"T_charge {t.said('.0f')} K"
    return f"no T_charge ({at['T_charge_reason'].item()})"


def high_domes(domes: xr.Dataset, scale: float = 1.0) -> tuple[list[float], str]:
    """Where bounded domes of at least half the highest are, and they in words."""
    top = domes["dome_temperature"].max() if domes.sizes["dome"] else np.nan
    high = domes.isel(dome=np.flatnonzero(domes["dome_temperature"] > top / 2))
    known = high.isel(dome=np.flatnonzero(high["bounded"] == 1))
    places = [float(x) for x in known["dome_doping"].values]
    shown = [
        f"x = {x:.3g} at {sized(known.isel(dome=k), 'dome_temperature').said(scale=scale)}"
        for k, x in enumerate(places)
    ]
    if high.sizes["dome"] > len(places):
        shown.append(f"{high.sizes['dome'] - len(places)} open, not counted")
    return places, ", ".join(shown) or "none"


def near_dome(at: xr.Dataset, x: float, scale: float = 1.0) -> tuple[float, str]:
    """The highest T_charge near a doping, with its error and kind in words; NaN for none."""
    close = at.isel(doping=np.flatnonzero(np.abs(at["doping"] - x) < 0.1))
    if not close["T_charge"].notnull().any():
        return np.nan, f"none at {x:g}"
    top = close.isel(doping=int(close["T_charge"].argmax("doping")))
    kind = meaning(top["T_charge_order"])
    shown = f"{sized(top, 'T_charge').said(scale=scale)} at {float(top['doping']):.3g}, {kind}"
    return float(top["T_charge"]) / scale, shown
