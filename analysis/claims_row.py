"""Rows of the page of claims, and what their questions to stored diagrams share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.variables import meaning

SURE = 3.0  # standard errors from which on a difference counts
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
ASSUMED, INPUT = "holds under a stated assumption", "input"
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


def group(path: Path, name: str | None = None) -> xr.Dataset:
    """One group of a diagram."""
    with xr.open_dataset(path, group=name) as opened:
        return opened.load()


def regime_names(root: xr.Dataset) -> xr.DataArray:
    """Regime of every point as its name."""
    names = np.array(root["regime"].attrs["flag_meanings"].split())
    return root["regime"].copy(data=names[root["regime"].values.astype(int)])


def number(
    at: xr.Dataset, name: str, scale: float = 1.0, digits: int = 4, *, sized: bool = True
) -> str:
    """A temperature with its statistical error and that of finite size, or "one size"."""
    value, error = (float(at[n]) / scale for n in (name, f"{name}_stderr"))
    if not sized:
        return f"{value:.{digits}f} ± {error:.{digits}f}"
    size = float(at[f"{name}_stderr_size"]) / scale
    sizes = f" ± {size:.{digits}f} (sizes)" if np.isfinite(size) else " (one size)"
    return f"{value:.{digits}f} ± {error:.{digits}f}{sizes}"


def errors_above(at: xr.Dataset, line: str, other: float, other_error: float = 0.0) -> float:
    """How many errors a line lies above a number; that of finite size counts where it is known."""
    size = np.nan_to_num(float(at[f"{line}_stderr_size"]))
    error = np.hypot(np.hypot(float(at[f"{line}_stderr"]), size), other_error)
    return float((float(at[line]) - other) / error)


def charge_line(at: xr.Dataset) -> str:
    """T_charge in kelvin, or why there is none."""
    if np.isfinite(at["T_charge"]):
        return f"T_charge {number(at, 'T_charge', digits=0)} K"
    return f"no T_charge ({at['T_charge_reason'].item()})"


def high_domes(domes: xr.Dataset, scale: float = 1.0) -> tuple[int, str]:
    """How many bounded domes of at least half the highest there are, and where they are."""
    top = domes["dome_temperature"].max() if domes.sizes["dome"] else np.nan
    high = domes.isel(dome=np.flatnonzero(domes["dome_temperature"] > top / 2))
    known = high.isel(dome=np.flatnonzero(high["bounded"] == 1))
    places = [
        f"x = {float(dome['dome_doping']):.3g} at {number(dome, 'dome_temperature', scale)}"
        for dome in (known.isel(dome=k) for k in range(known.sizes["dome"]))
    ]
    if high.sizes["dome"] > known.sizes["dome"]:
        places.append(f"{high.sizes['dome'] - known.sizes['dome']} open, not counted")
    return known.sizes["dome"], ", ".join(places) or "none"


def near_dome(at: xr.Dataset, x: float, scale: float = 1.0) -> tuple[float, str]:
    """The highest T_charge near a doping, with its error and kind in words; NaN for none."""
    close = at.isel(doping=np.flatnonzero(np.abs(at["doping"] - x) < 0.1))
    if not close["T_charge"].notnull().any():
        return np.nan, f"none at {x:g}"
    top = close.isel(doping=int(close["T_charge"].argmax("doping")))
    kind = meaning(top["T_charge_order"])
    shown = f"{number(top, 'T_charge', scale)} at {float(top['doping']):.3g}, {kind}"
    return float(top["T_charge"]) / scale, shown
