"""``mcsc plot``: which figure of a file is asked for."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mcsc.cli.say import about_file, say

# options that ask for another figure, and what of mcsc.plot draws it
_DRAWN_BY = {
    "voltage": "voltage_curve", "compressibility": "compressibility",
    "isotherms": "doping_isotherms", "diffraction": "diffraction_figure",
    "capacitance": "capacitance_figure", "transport": "transport_figure",
}  # fmt: skip


def plot(
    file: Annotated[
        Path,
        typer.Argument(
            help="Phase diagram (netCDF4) written by 'mcsc run', or lowest states by 'mcsc "
            "ground'; with --diffraction also a run file (TOML) or a shipped material."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Figure to write (png, pdf, svg); FILE.png by default."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Point whose S(q) and snapshot are drawn beside the map; once for each axis of "
            "the diagram: doping=0.5, temperature=90, size=6.",
        ),
    ] = None,
    doping: Annotated[float | None, typer.Option(help="The same as --at doping=VALUE.")] = None,
    chemical_potential: Annotated[
        float | None, typer.Option(help="The same as --at chemical_potential=VALUE.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="The same as --at temperature=VALUE.")
    ] = None,
    along: Annotated[
        str, typer.Option("--along", "--x", help="Axis of the map: doping, field, or a varied key.")
    ] = "doping",
    ground: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.nc",
            help="Lowest states of 'mcsc ground' to mark at zero temperature of the diagram.",
        ),
    ] = None,
    voltage: Annotated[
        bool, typer.Option("--voltage", help="Draw instead the voltage V(x) of an electrode.")
    ] = False,
    compressibility: Annotated[
        bool,
        typer.Option("--compressibility", help="Draw instead the compressibility over the doping."),
    ] = False,
    isotherms: Annotated[
        bool,
        typer.Option("--isotherms", help="Draw instead the doping over the chemical potential."),
    ] = False,
    diffraction: Annotated[
        bool,
        typer.Option(
            "--diffraction",
            help="Draw instead how carriers that are spread over their polyhedra diffract: S(q) "
            "|f(q)|² at one point of a diagram, |f(k)|² for a run file or material.",
        ),
    ] = False,
    capacitance: Annotated[
        bool,
        typer.Option(
            "--capacitance",
            help="Draw instead capacitances along and across the field over temperature, of a slab "
            "also the field in its planes and E_out/E_in.",
        ),
    ] = False,
    transport: Annotated[
        bool,
        typer.Option(
            "--transport",
            help="Draw instead the resistivity, the currents in fields and the ac susceptibility "
            "of a run with a section transport; curves are of one doping.",
        ),
    ] = False,
) -> None:
    """Draw the phase diagram with snapshots of its phases, or with S(q) at one of its points.

    The second is drawn with --at or --along, and always of a run in fields or at fixed chemical
    potential. From a file of 'mcsc ground' the hull, staircase and lowest states are drawn.
    """
    import xarray as xr

    from mcsc import diagram
    from mcsc import plot as figures
    from mcsc.cli.point import point_asked
    from mcsc.config import load, material
    from mcsc.files import netcdf
    from mcsc.files.outputs import require_figure
    from mcsc.ground_states import KIND
    from mcsc.planning import build_structure
    from mcsc.transitions.grid import DOPING, carrier_axis

    caption = ""
    curves = voltage, compressibility, isotherms, diffraction, capacitance, transport
    wanted = [name for name, asked in zip(_DRAWN_BY, curves, strict=True) if asked]
    if len(wanted) > 1:
        raise ValueError(f"--{wanted[0]} and --{wanted[1]}: one figure at a time")
    target = out or file.with_name("-".join([file.stem, *wanted]) + ".png")
    require_figure(target)
    named = not file.exists() and not file.suffix
    short = {"doping": doping, "chemical_potential": chemical_potential, "temperature": temperature}
    point = [*(at or []), *(f"{key}={x!r}" for key, x in short.items() if x is not None)]
    with about_file(file):
        if diffraction and (named or file.suffix == ".toml"):
            config, _ = (material(str(file)), "") if named else load(file)
            wells = build_structure(file, config)
            asked = point_asked(point, xr.Dataset())
            figure = figures.diffraction_figure(wells, unit=wells.units.length, **asked)
        elif KIND.attribute in (netcdf.global_attributes(file) or {}):
            figure = figures.ground_figure(netcdf.read(file, KIND))
        else:
            tree = diagram.load(file)
            root = tree.to_dataset()
            asked = point_asked(point, root)
            lowest = None if ground is None else netcdf.read(ground, KIND)
            plain = not asked and along == DOPING == carrier_axis(root.dims)
            if wanted:
                draw: Any = getattr(figures, _DRAWN_BY[wanted[0]])
                figure = draw(tree, **asked)
            elif plain and "regime" not in root and root.sizes[DOPING] > 1:
                figure = figures.phase_page(tree, ground=lowest)
                caption = figure.get_supxlabel()
            else:
                figure = figures.summary_figure(tree, along=along, **asked)
        figures.save_figure(figure, target)
    if caption:
        say(" ".join(caption.split()))
    say(f"wrote {target}")
