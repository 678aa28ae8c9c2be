"""Three questions to a phase diagram, with nothing but xarray.

Run:  python analysis/double_dome.py phase_diagram.nc

1. Where are the domes of charge order, and how high are they?
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


def domes_answer(diagram: xr.Dataset, domes: xr.Dataset) -> str:
    """Position, height and order of every dome; low ones are set apart."""
    scale = diagram.attrs["coulomb_temperature"]
    order = dict(zip(diagram["doping"].values.tolist(), kinds_of_order(diagram), strict=True))
    lines = [f"1. {domes.sizes['dome']} dome(s), in units of the Coulomb temperature:"]
    top = float(domes["temperature"].max()) if domes.sizes["dome"] else np.nan
    for x, t, error, s in zip(
        *(domes[name].values for name in ("doping", "temperature", "temperature_stderr",
                                          "significance")), strict=True,
    ):  # fmt: skip
        height = "high" if t > top / 2 else "low, below half the highest"
        lines.append(
            f"   x = {x:.4g}: {t / scale:.4f} ± {error / scale:.4f}, {s:.0f} standard errors above "
            f"its valley, order at {order[x]} ({height})"
        )
    return "\n".join(lines)


def between_answer(diagram: xr.Dataset, domes: xr.Dataset) -> str:
    """The order at the doping half-way between the two highest domes."""
    if domes.sizes["dome"] < 2:
        return "2. Fewer than two domes: there is no between."
    highest = domes.isel(dome=np.argsort(domes["temperature"].values)[-2:])
    middle = float(highest["doping"].mean())
    point = diagram.sel(doping=middle, method="nearest")
    here = float(point["T_charge"])
    top = float(highest["temperature"].mean())
    x = float(point["doping"])
    if not np.isfinite(here):
        return f"2. At x = {x:.4g} there is no transition: {point['T_charge_reason'].item()}"
    order = kinds_of_order(point.expand_dims("doping"))[0]
    domed = set(kinds_of_order(diagram.sel(doping=highest["doping"].values)))
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
