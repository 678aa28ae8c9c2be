"""Three questions to a phase diagram, with nothing but xarray.

Run:  python analysis/double_dome.py phase_diagram.nc

1. Where are the domes of charge order, how high are they, and what was measured beside them?
2. What becomes of their kind of order half-way between the two highest?
3. Which points of the map should not be trusted?
"""

import sys

import numpy as np
import xarray as xr


def kinds_of_order(diagram: xr.Dataset) -> list[str]:
    """The wavevector of the order at each doping, as text; '-' without a transition."""
    waves = diagram["T_charge_wavevector"].values
    return [
        "(" + ", ".join(f"{q:.3g}" for q in wave) + ")" if np.isfinite(wave).all() else "-"
        for wave in waves
    ]


def bounded(domes: xr.Dataset) -> xr.Dataset:
    """The domes with both sides measured."""
    return domes.isel(dome=np.flatnonzero(domes["bounded"].values == 1))


def errors(dome: xr.Dataset, scale: float) -> str:
    """The statistical error of a height and that of finite size, or "one size"."""
    error, size = (float(dome[f"dome_temperature_stderr{end}"]) / scale for end in ("", "_size"))
    return f"± {error:.4f} " + (f"± {size:.4f} (sizes)" if np.isfinite(size) else "(one size)")


def domes_answer(diagram: xr.Dataset, domes: xr.Dataset) -> str:
    """Position, height, sides and order of every dome; low ones are set apart."""
    scale = diagram.attrs["coulomb_temperature"]
    order = dict(zip(diagram["doping"].values.tolist(), kinds_of_order(diagram), strict=True))
    n, known = domes.sizes["dome"], bounded(domes)
    lines = [
        f"1. {known.sizes['dome']} dome(s) with both sides measured, {n - known.sizes['dome']} "
        "open, in units of the Coulomb temperature:"
    ]
    top = float(domes["dome_temperature"].max()) if n else np.nan
    for k in range(n):
        dome = domes.isel(dome=k)
        x, t = float(dome["dome_doping"]), float(dome["dome_temperature"])
        height = "high" if t > top / 2 else "low, below half the highest"
        sides = "open: not measured on both sides"
        if dome["bounded"] == 1:
            sides = f"{float(dome['significance']):.0f} errors above its valley"
        lines.append(
            f"   x = {x:.4g}: {t / scale:.4f} {errors(dome, scale)}, {sides}, order at {order[x]} "
            f"({height})"
        )
    return "\n".join(lines)


def between_answer(diagram: xr.Dataset, domes: xr.Dataset) -> str:
    """The order at the doping half-way between the two highest domes with measured sides."""
    domes = bounded(domes)
    if domes.sizes["dome"] < 2:
        return "2. Fewer than two domes with measured sides: there is no between."
    highest = domes.isel(dome=np.argsort(domes["dome_temperature"].values)[-2:])
    middle = float(highest["dome_doping"].mean())
    point = diagram.sel(doping=middle, method="nearest")
    here = float(point["T_charge"])
    top = float(highest["dome_temperature"].mean())
    x = float(point["doping"])
    if not np.isfinite(here):
        return f"2. At x = {x:.4g} there is no transition: {point['T_charge_reason'].item()}"
    order = kinds_of_order(point.expand_dims("doping"))[0]
    domed = set(kinds_of_order(diagram.sel(doping=highest["dome_doping"].values)))
    same = "the same kind as" if order in domed else "another kind than"
    return (
        f"2. At x = {x:.4g} order at {order} sets in at {here / top:.2f} of the domes' height: "
        f"{same} under the domes, {', '.join(sorted(domed))}."
    )


def trust_answer(diagram: xr.Dataset, health: xr.Dataset) -> str:
    """Share of equilibrated points, and where the cold ones fail."""
    converged = health["converged"].values.astype(bool).reshape(-1, diagram.sizes["temperature"])
    lines = [f"3. {converged.mean():.0%} of the points are equilibrated."]
    bad = np.repeat(diagram["doping"].values[None, :], len(converged) // diagram.sizes["doping"], 0)
    for x, row in zip(bad.ravel(), converged, strict=True):
        if not row.all():
            hottest = float(diagram["temperature"].values[~row].max())
            unit = diagram["temperature"].attrs["units"].replace("1", "")
            lines.append(
                f"   x = {x:.4g}: not everywhere at and below {hottest:.4g} {unit}".rstrip()
            )
    return "\n".join(lines)


def main(path: str) -> None:
    """Print the three answers for one file."""
    diagram = xr.open_dataset(path)
    domes = xr.open_dataset(path, group="domes")
    health = xr.open_dataset(path, group="health")
    print(diagram.attrs["title"])
    print(domes_answer(diagram, domes))
    print(between_answer(diagram, domes))
    print(trust_answer(diagram, health))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "phase_diagram.nc")
