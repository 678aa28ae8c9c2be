"""The command line, one function a command.

A thin shell: every command reads its arguments, calls one function and prints. Heavy imports happen
inside the commands, so that help is there at once.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcsc.cli.first_run import init, schema
from mcsc.cli.ground import ground
from mcsc.cli.run import Json, Overwrite, merge, run, status
from mcsc.cli.say import TRACEBACK, complain, ended_in_a_line, say
from mcsc.cli.wells import wells
from mcsc.version import VERSION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Monte Carlo of carriers in the wells of a crystal: where they sit, when they order, "
    "and the (temperature, doping) phase diagram.\n\nStart with: mcsc run runs/kagome.toml",
)

# what the parser of the command line raises
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
Diagram = Annotated[Path, typer.Argument(help="Phase diagram (netCDF4) written by 'mcsc run'.")]
app.command()(init)
app.command()(run)
app.command()(merge)
app.command()(status)
app.command()(wells)
app.command()(ground)
app.command()(schema)


def _print_version(asked: bool) -> None:
    if asked:
        say(f"mcsc {VERSION}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """What all commands have in common; the help is that of the app."""


@app.command()
def materials(
    name: Annotated[
        str | None, typer.Argument(help="A material: print its numbers and where they are from.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the shipped materials, or the numbers of one with their sources.

    A run file takes all of them as defaults with material = "NAME" in its section structure.
    """
    from mcsc.cli.materials import print_material, print_materials

    if name is None:
        print_materials(as_json=json)
    else:
        print_material(name, as_json=json)


@app.command()
def transitions(
    file: Diagram,
    growth: Annotated[
        float | None,
        typer.Option(min=1, help="Redo: how many times that of random carriers m² must be."),
    ] = None,
    significance: Annotated[
        float | None,
        typer.Option(min=0, help="Redo: standard errors a dome must stand above its valleys."),
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(min=4, help="Redo: blocks of time for jackknife errors.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Store what was redone as this diagram, whole."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Store what was redone in FILE itself.")
    ] = False,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Print the transition temperatures, domes and, of several sizes, exponents of a phase diagram.

    With any option the analysis is done again with these settings, from the series in the file.
    FILE stays as it is unless --write, or -o with its name, says so.
    """
    from mcsc import diagram, workflow
    from mcsc.cli.display import print_transitions
    from mcsc.report import findings
    from mcsc.transitions import Settings

    usual = Settings()
    settings = Settings(
        usual.growth if growth is None else growth,
        usual.significance if significance is None else significance,
        usual.blocks if blocks is None else blocks,
    )
    if write and out is not None:
        raise ValueError(f"--write and -o {out}: take --write for {file} itself, or -o for another")
    target = file if write else out
    with _about(file):
        as_it_is = target is None and (growth, significance, blocks) == (None, None, None)
        if as_it_is:
            tree = diagram.load(file)
        else:
            tree = workflow.redo_transitions(file, settings, target, overwrite=overwrite)
        if json:
            say(findings(tree).to_json())
            return
        print_transitions(tree)
    if not as_it_is:
        say(f"wrote {target}" if target else f"{file} is as it was; --write or -o FILE stores this")


@app.command()
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
            help="Point of S(q) and a snapshot to draw beside the map, once for each axis of the "
            "diagram: doping=0.5, temperature=90, size=6.",
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
        str,
        typer.Option(
            "--along", "--x", help="Axis of the map: doping, field, or a varied one as pressure."
        ),
    ] = "doping",
    ground: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.nc",
            help="Lowest states of 'mcsc ground' to mark at zero temperature of the diagram.",
        ),
    ] = None,
    voltage: Annotated[
        bool,
        typer.Option("--voltage", help="Draw the voltage V(x) of an intercalation electrode."),
    ] = False,
    compressibility: Annotated[
        bool,
        typer.Option("--compressibility", help="Draw the compressibility over the doping."),
    ] = False,
    isotherms: Annotated[
        bool,
        typer.Option("--isotherms", help="Draw the doping over the chemical potential."),
    ] = False,
    diffraction: Annotated[
        bool,
        typer.Option(
            "--diffraction",
            help="Draw how carriers spread over their polyhedra diffract instead: S(q) |f(q)|² at "
            "one point of a diagram, else |f(k)|² of the wells. No band structure.",
        ),
    ] = False,
    transport: Annotated[
        bool,
        typer.Option(
            "--transport",
            help="Draw resistivity, currents in fields and the ac susceptibility of a diagram with "
            "[transport] instead, the curves at one doping.",
        ),
    ] = False,
) -> None:
    """Draw the phase diagram with snapshots of its phases, or with S(q) at one of its points.

    With --at, over another axis, in fields or at fixed chemical potential it is the map with S(q)
    and a snapshot at one point. Of a file of 'mcsc ground': the hull, the staircase and the lowest
    states.
    """
    import xarray as xr

    from mcsc import diagram
    from mcsc.cli.point import point_asked
    from mcsc.config import load, material
    from mcsc.files import netcdf
    from mcsc.files.outputs import require_figure
    from mcsc.files.tree import tree_of
    from mcsc.ground_states import KIND
    from mcsc.planning import build_structure
    from mcsc.plot import compressibility as plot_compressibility
    from mcsc.plot import (
        diffraction_figure,
        doping_isotherms,
        ground_figure,
        phase_page,
        save_figure,
        summary_figure,
        transport_figure,
        voltage_curve,
    )
    from mcsc.transitions.grid import DOPING, carrier_axis

    caption = ""
    curves = {
        "voltage": voltage, "compressibility": compressibility, "isotherms": isotherms,
        "diffraction": diffraction, "transport": transport,
    }  # fmt: skip
    wanted = [name for name, asked in curves.items() if asked]
    if len(wanted) > 1:
        raise ValueError(f"--{wanted[0]} and --{wanted[1]}: one figure at a time")
    target = out or file.with_name("-".join([file.stem, *wanted]) + ".png")
    require_figure(target)
    named = not file.exists() and not file.suffix
    short = {"doping": doping, "chemical_potential": chemical_potential, "temperature": temperature}
    point = [*(at or []), *(f"{key}={x!r}" for key, x in short.items() if x is not None)]
    with _about(file):
        if diffraction and (named or file.suffix == ".toml"):
            config = material(str(file)) if named else load(file)[0]
            wells = build_structure(file, config)
            asked = point_asked(point, xr.Dataset())
            figure = diffraction_figure(wells, unit=wells.units.length, **asked)
        elif KIND.attribute in (netcdf.global_attributes(file) or {}):
            figure = ground_figure(tree_of(netcdf.read(file, KIND)))
        else:
            tree = diagram.load(file)
            root = tree.to_dataset()
            asked = point_asked(point, root)
            lowest = None if ground is None else tree_of(netcdf.read(ground, KIND))
            plain = not asked and along == DOPING == carrier_axis(root.dims)
            if wanted:
                draw: dict[str, Callable[..., Figure]] = {
                    "voltage": voltage_curve, "compressibility": plot_compressibility,
                    "isotherms": doping_isotherms, "diffraction": diffraction_figure,
                    "transport": transport_figure,
                }  # fmt: skip
                figure = draw[wanted[0]](tree, **asked)
            elif plain and "regime" not in root and root.sizes[DOPING] > 1:
                figure = phase_page(tree, ground=lowest)
                caption = figure.get_supxlabel()
            else:
                figure = summary_figure(tree, along=along, **asked)
        save_figure(figure, target)
    if caption:
        say(" ".join(caption.split()))
    say(f"wrote {target}")


@app.command()
def report(
    file: Diagram,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Page to write; NAME.html here by default."),
    ] = None,
) -> None:
    """Write a page for a browser: the diagram to point at, S(q), snapshots, numbers, run file.

    One file that needs no network: send it, or keep it beside a paper.
    """
    from mcsc import diagram
    from mcsc.files.outputs import write_page
    from mcsc.report.page import page

    target = out or Path(f"{file.stem}.html")
    if target.suffix != ".html":
        raise ValueError(f"{target}: a page for a browser; end the name in .html")
    with _about(file):
        text = page(diagram.load(file))
    write_page(target, text)
    say(f"wrote {target} ({len(text) / 1e6:.1f} MB); open it in a browser")


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(help="Run file (TOML) or diagram (netCDF4).")],
    second: Annotated[Path, typer.Argument(help="Another of the same kind.")],
) -> None:
    """Print in which settings two run files or diagrams differ, and in which transitions.

    Transition temperatures at common places are shown where they differ by more than three
    statistical errors or only one of the two has any. The exit code is 1 if anything differs.
    """
    from mcsc.cli.difference import print_difference

    if print_difference(first, second):
        raise typer.Exit(1)


@app.command()
def compare(
    file: Diagram,
    material: Annotated[
        str | None, typer.Option(help="Shipped material; that of the run file by default.")
    ] = None,
    along: Annotated[
        str, typer.Option(help="Axis of the diagram to compare over: doping or pressure.")
    ] = "doping",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also draw them into this figure.")
    ] = None,
) -> None:
    """Put measured T_c and charge-order temperatures beside those of a diagram.

    Prints where the domes, dips and onsets are, model and measured, and how far apart. Nothing is
    fitted: the permittivity is one number a material.
    """
    from mcsc import diagram, workflow
    from mcsc.cli.comparison import print_comparison
    from mcsc.files.outputs import require_figure
    from mcsc.plot import comparison, save_figure

    if out is not None:
        require_figure(out)
    with _about(file):
        found = workflow.compare(diagram.load(file), material, along)
        print_comparison(found)
        if out is not None:
            picture = comparison(found.lines, found.facts, curves=found.curves, onset=found.onset)
            save_figure(picture, out)
            say(f"wrote {out}")


def _flowing(text: str) -> str:
    """A docstring with its paragraphs on one line each, for terminals of any width to wrap."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


for _command in app.registered_commands:
    _command.help = _flowing(_command.callback.__doc__ or "")


@contextmanager
def _about(file: Path) -> Iterator[None]:
    """Let what is wrong with a file, or a question to it, begin with its name.

    Anyone can write a file with a valid seal and anything in it.
    """
    try:
        yield
    except ValueError as error:
        start = "" if str(file) in str(error).partition(": ")[0] else f"{file}: "
        raise ValueError(f"{start}{error}") from None
    except (LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        if TRACEBACK in os.environ:
            raise
        raise ValueError(
            f"{file}: not as mcsc writes it, or an error of mcsc ({type(error).__name__}: "
            f"{' '.join(str(error).split())}); make it anew with: mcsc merge RUN_FILE -o {file}"
        ) from None


def main() -> None:
    """Entry point: a user's mistake ends in one line and exit code 2, never in a traceback."""
    with ended_in_a_line():
        try:
            code = app(standalone_mode=False)
        except _UsageError as error:
            # without arguments help has been printed
            if len(sys.argv) > 1:
                complain(f"{_one_line(error)}; see: mcsc --help")
            sys.exit(2)
        except typer.Abort:
            raise KeyboardInterrupt from None
    sys.exit(code or 0)


def _one_line(error: Exception) -> str:
    """What the parser of the command line says, without the dot at its end."""
    said: str = getattr(error, "format_message", error.__str__)()
    return " ".join(said.split()).rstrip(".")
