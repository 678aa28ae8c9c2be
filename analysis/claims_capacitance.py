"""Claims about what carriers store in a field, C_x and C_yz, and how much of it comes out."""

from pathlib import Path

import numpy as np
import xarray as xr
from claims_row import (
    ASSUMED,
    FAILS,
    FREE,
    HOLDS,
    SURE,
    UNDECIDED,
    Number,
    Row,
    between,
    group,
    largest,
    sized,
    verdict,
)

GONE = 0.1  # of its largest value over temperature, below which a capacitance has vanished
CELLS = (1.0, 2.0)
NAMES = {"capacitance_parallel": "C_x", "capacitance_transverse": "C_yz"}


def at_rest(path: Path) -> Row:
    """At zero field the frozen crystal stores nothing: C_x = C_yz = 0."""
    return _vanish(
        path, 0.0, tuple(NAMES),
        "At zero field the frozen crystal stores nothing: C_x = C_yz = 0 below T_c",
    )  # fmt: skip


def across(path: Path) -> Row:
    """In a field, nothing is stored across it below T_c: C_yz = 0."""
    return _vanish(
        path, 0.5, ("capacitance_transverse",),
        "In a field, carriers that are displaced together store nothing across it, C_yz = 0 below "
        "T_c, and do so above",
    )  # fmt: skip


def along(path: Path) -> Row:
    """In a field, C_x is largest below T_c."""
    root, known = _known(path, 0.5)
    shown, beside, sure, more = [], [], True, []
    for x in CELLS:
        here = root.sel(doping=x)
        at = largest(here)
        value, free = at["capacitance_parallel"], at["capacitance_parallel_free"]
        k, most = (
            int(value.argmax("temperature")),
            int(((value - free) / free).argmax("temperature")),
        )
        top = sized(here.isel(temperature=k), "capacitance_parallel")
        sure &= bool(known.sel(doping=x).all())
        more.append(top.above(float(free[k])) > SURE and k == 0)
        shown.append(
            f"x = {x:g}: largest {top.said('.5f')} at T = {float(at['temperature'][k]):.4f}"
        )
        beyond, hot = float(value[most] / free[most] - 1), float(at["temperature"][most])
        beside.append(
            f"x = {x:g}: {float(free[k]):.4f} there, the largest too, exceeded by up to "
            f"{beyond:.0%}, at T = {hot:.4f}"
        )
    return Row(
        "In a field all carriers are displaced alike below T_c, where C_x is the largest",
        f"{'; '.join(shown)}; saturated there, so that dP/dE falls to zero",
        f"{FREE}: {'; '.join(beside)}",
        verdict(all(more), sure),
    )


def open_ends(path: Path) -> Row:
    """A field that enters at one end comes out at the other below T_c, E_out = E_in."""
    root, known = group(path), group(path, "health")["converged"] == 1
    lengths = root.attrs["lengths"]
    strong = root.isel(field=-1)
    cold = {"temperature": int(root["temperature"].argmin("temperature"))}

    def response(plane: int, **at: int) -> Number:
        ratio, error = (
            root[f"plane_response{end}"].isel(plane=plane, **at) for end in ("", "_stderr")
        )
        return between(*_mean(ratio.where(known.isel(at)), error), lengths)

    out, everywhere, near = response(-1, **cold), response(-1), response(1)
    shown = []
    for x in root["doping"].values:
        at = strong.sel(doping=x).isel(cold)
        inside = -100 * at["plane_field"].mean("plane") / at["field"]
        spread = 100 * (at["plane_field_stderr"] ** 2).sum("plane") ** 0.5 / at.sizes["plane"]
        taken = between(inside, spread / at["field"], lengths)
        shown.append(
            f"x = {x:g}: C_x {sized(at, 'capacitance_parallel').said('.5f')}, free "
            f"{float(largest(at)['capacitance_parallel_free']):.4f}; the charge at the ends takes "
            f"{taken.said('.2f')} % of the field"
        )
    t = float(root["temperature"].min())
    decided = bool(largest(known).isel(cold).all())
    return Row(
        "A field that enters the crystal at one end comes out at the other below T_c, E_out = "
        "E_in, and is weaker above",
        f"slab of {root.sizes['plane']} planes, response of the last to a field on the first: "
        f"E_out/E_in = {out.said('.3f')} at T = {t:g}, {everywhere.said('.3f')} over all "
        f"temperatures, of the second plane {near.said('.3f')}: a plane of "
        f"charges with its sheet has no field outside. In qE = {float(strong['field']):g} at "
        f"T = {t:g}, {'; '.join(shown)}",
        f"{FREE}: 0; all planes as one: 1",
        verdict(abs(out.above(1.0)) < SURE < out.above(0.0), decided),
    )


def _vanish(path: Path, field: float, names: tuple[str, ...], claim: str) -> Row:
    """Capacitances where it is coldest, as a share of the largest, against free carriers."""
    root, known = _known(path, field)
    shown, beside, gone, falling, late, sure = [], [], [], [], [], True
    for x in CELLS:
        here, steady = root.sel(doping=x), known.sel(doping=x).values
        sure &= bool(steady[0])
        k = int(steady.argmax())  # the coldest in equilibrium
        t = float(here["temperature"][k])
        for name in names:
            free, of_all = (largest(here)[n] for n in (f"{name}_free", name))
            value = sized(here.isel(temperature=k), name)
            share, top = value.value / float(of_all.max()), of_all.argmax("temperature")
            gone.append(share < GONE)
            late.append(bool(here["temperature"][top] < here["T_charge"]))
            falling.append(-value.above(float(free[k])) > SURE)
            shown.append(
                f"x = {x:g}: {NAMES[name]} {value.said('.5f')} at T = {t:.4f}, {share:.0%} of the "
                f"largest, at T = {float(here['temperature'][top]):.4f}"
                + ", not equilibrated below"
                * bool(k)
            )
            beside.append(
                f"x = {x:g}: {NAMES[name]} {float(free[k]):.4f}, {float(free[k] / free.max()):.0%}"
            )
    word = HOLDS if all(gone) and all(falling) else UNDECIDED if all(falling) and sure else FAILS
    if word == HOLDS and any(late):
        # what is stored is largest where charge has long ordered
        word = f"{ASSUMED}: far below T_charge"
    return Row(
        claim,
        f"{'; '.join(shown)}; vanished below {GONE:.0%}, else it still falls",
        f"{FREE} there: {'; '.join(beside)}",
        word if sure else UNDECIDED,
    )


def _known(path: Path, field: float) -> tuple[xr.Dataset, xr.DataArray]:
    """The root in a field, coldest first, and what of the largest crystal equilibrated."""
    root, health = (
        d.sel(field=field).sortby("temperature") for d in (group(path), group(path, "health"))
    )
    return root, largest(health)["converged"] == 1


def _mean(values: xr.DataArray, errors: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean of independent numbers of each size and its error."""
    weight = (1 / errors**2).where(np.isfinite(values))
    own = [dim for dim in values.dims if dim != "size"]
    total = weight.sum(own)
    return ((weight * values).sum(own) / total).values, (total**-0.5).values
