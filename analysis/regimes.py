"""The regimes of carriers with displaced states, with the domes of T_charge and T_collective.

Run:  python analysis/regimes.py phase_diagram.nc [-o regimes.png]

Left, doping and temperature at the largest field, with both lines and the domes of both marked;
right, field and temperature at one carrier per cell, if the diagram has at least three fields.
The domes are printed too.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.figure import Figure

from mcsc import diagram
from mcsc.plot import field_map, regime_map, save_figure
from mcsc.plot.style import PAGE, STYLE, TICKS

DOPING = 1.0
LEAST_FIELDS = 3
# of the numbers named after a dome, the others say where on the grid it was found
KNOWN = ("dome_doping", "dome_partner", "dome_partner_doping", "dome_wavevector")


def regimes_figure(tree: xr.DataTree) -> Figure:
    """Both maps side by side, or the left one alone."""
    root = tree.dataset
    both = root.sizes.get("field", 1) >= LEAST_FIELDS
    field = float(root["field"].max()) if "field" in root.dims else None
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE if both else 0.6 * PAGE, 4.8), layout="constrained")
        figure.set_dpi(200)
        parts = np.atleast_1d(figure.subfigures(1, 2 if both else 1))
        axes = [part.subplots() for part in parts]
        for ax in axes:
            ax.tick_params(labelsize=TICKS)
        regime_map(tree, ax=axes[0], field=field)
        if both:
            field_map(tree, DOPING, ax=axes[1])
        figure.suptitle(root.attrs.get("title", "regimes"), fontsize=9)
    return figure


def domes_answer(root: xr.Dataset, domes: xr.Dataset, line: str) -> str:
    """Position and height of every dome of a line."""
    unit = root["temperature"].attrs["units"].replace("1", "e²/4πε0 a k_B")
    lines = [f"{line}: {domes.sizes['dome']} dome(s), in {unit}"]
    names = [str(name) for name in domes.data_vars if str(name).startswith("dome_")]
    places = [n for n in names if n not in KNOWN and not n.startswith("dome_temperature")]
    for i in range(domes.sizes["dome"]):
        dome = domes.isel(dome=i)
        where = "".join(f", {n.removeprefix('dome_')} {dome[n].item()}" for n in places)
        error, size = (float(dome[f"dome_temperature_stderr{end}"]) for end in ("", "_size"))
        known = f"± {size:.2g} (sizes)" if np.isfinite(size) else "(one size)"
        sides = "open: not measured on both sides"
        if dome["bounded"] == 1:
            sides = f"{float(dome['significance']):.0f} errors above its valley"
        lines.append(
            f"   x = {float(dome['dome_doping']):.4g}{where}: "
            f"{float(dome['dome_temperature']):.4g} ± {error:.2g} {known}, {sides}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Draw the figure of one file and print its domes."""
    parser = argparse.ArgumentParser(description="figure of the regimes of a phase diagram")
    parser.add_argument("diagram", type=Path, nargs="?", default=Path("phase_diagram.nc"))
    parser.add_argument("-o", "--out", type=Path, default=Path("regimes.png"))
    options = parser.parse_args(arguments)
    try:
        tree = diagram.load(options.diagram)
        written = save_figure(regimes_figure(tree), options.out)
    except FileNotFoundError:
        sys.exit(f"{options.diagram}: no such file; write it with 'mcsc run'")
    except (OSError, ValueError) as error:
        sys.exit(f"{options.diagram}: {error}")
    lines = {"domes": "T_charge", "domes_collective": "T_collective"}
    for name, line in (lines | {"domes_excess": "T_collective_excess"}).items():
        if name in tree:
            print(domes_answer(tree.to_dataset(), tree[name].to_dataset(), line))
    print(f"wrote {written}")


if __name__ == "__main__":
    main(sys.argv[1:])
