"""Claims about what carriers store in a field, C_x and C_yz, and how much of it comes out."""

from pathlib import Path

import numpy as np
import xarray as xr
from claims_field import FREE
from claims_row import FAILS, HOLDS, SURE, UNDECIDED, Row, group, verdict

from mcsc.text import with_error

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
        value, free = here["capacitance_parallel"], here["capacitance_parallel_free"]
        error = here["capacitance_parallel_stderr"]
        k, z = int(value.values.argmax()), (value - free) / error
        most = int(((value - free) / free).values.argmax())
        sure &= bool(known.sel(doping=x).all())
        more.append(float(z[k]) > SURE and k == 0)
        shown.append(f"x = {x:g}: largest {_with_error(here, 'capacitance_parallel', k)}")
        beyond, hot = float(value[most] / free[most] - 1), float(here["temperature"][most])
        beside.append(
            f"x = {x:g}: {float(free[k]):.4f} there, the largest too, exceeded by up to "
            f"{beyond:.0%}, at T = {hot:.4f}"
        )
    return Row(
        "In a field all carriers are displaced alike below T_c, where C_x is the largest",
        f"{'; '.join(shown)}; saturated there, so that dP/dE falls to zero (one size)",
        f"{FREE}: {'; '.join(beside)}",
        verdict(all(more), sure),
    )


def open_ends(path: Path) -> Row:
    """A field that enters at one end comes out at the other below T_c, E_out = E_in."""
    root, health = group(path), group(path, "health")
    known = health["converged"] == 1
    strong = root.isel(field=-1)
    ratio, error = (root[f"plane_response{end}"].isel(plane=-1) for end in ("", "_stderr"))
    cold = {"temperature": int(ratio["temperature"].values.argmin())}
    out, its = _mean(ratio.isel(cold), error.isel(cold))
    everywhere, their = _mean(ratio.where(known), error.where(known))
    near, near_error = (
        float(found) for found in _mean(*(
            root[f"plane_response{end}"].isel(plane=1).where(known) for end in ("", "_stderr")
        ))
    )  # fmt: skip
    shown = []
    for x in root["doping"].values:
        at = strong.sel(doping=x).isel(cold)
        inside = at["plane_field"].mean("plane") / float(at["field"])
        spread = float((at["plane_field_stderr"] ** 2).sum() ** 0.5) / at.sizes["plane"]
        shown.append(
            f"x = {x:g}: C_x {_number(at, 'capacitance_parallel')}, free "
            f"{float(at['capacitance_parallel_free']):.4f}; the charge at the ends takes "
            f"{-100 * float(inside):.2f} ± {100 * spread / float(at['field']):.2f} % of the field"
        )
    t = float(root["temperature"].min())
    decided = bool(known.isel(cold).all())
    return Row(
        "A field that enters the crystal at one end comes out at the other below T_c, E_out = "
        "E_in, and is weaker above",
        f"slab of {root.sizes['plane']} planes, response of the last to a field on the first: "
        f"E_out/E_in = {out:.3f} ± {its:.3f} at T = {t:g}, {everywhere:.3f} ± {their:.3f} over all "
        f"temperatures, of the second plane {near:.3f} ± {near_error:.3f} (one size): a plane of "
        f"charges with its sheet has no field outside. In qE = {float(strong['field']):g} at "
        f"T = {t:g}, {'; '.join(shown)}",
        f"{FREE}: 0; all planes as one: 1",
        verdict(abs(1 - out) < SURE * its and out > SURE * its, decided),
    )


def _vanish(path: Path, field: float, names: tuple[str, ...], claim: str) -> Row:
    """Capacitances where it is coldest, as a share of the largest, against free carriers."""
    root, known = _known(path, field)
    shown, beside, gone, falling, sure = [], [], [], [], True
    for x in CELLS:
        here = root.sel(doping=x)
        sure &= bool(known.sel(doping=x)[0])
        for name in names:
            value, free = here[name], here[f"{name}_free"]
            share, share_free = float(value[0] / value.max()), float(free[0] / free.max())
            error = float(here[f"{name}_stderr"][0])
            gone.append(share < GONE)
            falling.append(float(free[0] - value[0]) > SURE * error)
            shown.append(
                f"x = {x:g}: {NAMES[name]} {_with_error(here, name, 0)}, {share:.0%} of the largest"
            )
            beside.append(f"x = {x:g}: {NAMES[name]} {float(free[0]):.4f}, {share_free:.0%}")
    word = HOLDS if all(gone) and all(falling) else UNDECIDED if all(falling) and sure else FAILS
    return Row(
        claim,
        f"{'; '.join(shown)} (one size); vanished below {GONE:.0%}, else it still falls",
        f"{FREE} there: {'; '.join(beside)}",
        word if sure else UNDECIDED,
    )


def _known(path: Path, field: float) -> tuple[xr.Dataset, xr.DataArray]:
    """The root in a field, coldest first, and what equilibrated."""
    root, health = (
        d.sel(field=field).sortby("temperature") for d in (group(path), group(path, "health"))
    )
    return root, health["converged"] == 1


def _number(at: xr.Dataset, name: str) -> str:
    return with_error(float(at[name]), float(at[f"{name}_stderr"]))


def _with_error(here: xr.Dataset, name: str, k: int) -> str:
    at = here.isel(temperature=k)
    return f"{_number(at, name)} at T = {float(at['temperature']):.4f}"


def _mean(values: xr.DataArray, errors: xr.DataArray) -> tuple[float, float]:
    """Weighted mean of independent numbers and its error."""
    weight = (1 / errors**2).where(np.isfinite(values))
    return float((weight * values).sum() / weight.sum()), float(weight.sum() ** -0.5)
