"""The command line, one function a command.

A thin shell: every command reads its arguments, calls one function and prints. Heavy imports happen
inside the commands, so that help is there at once.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from mcsc.cli.first_run import init, schema
from mcsc.cli.ground import ground
from mcsc.cli.plot import plot
from mcsc.cli.run import Json, Overwrite, merge, run, status
from mcsc.cli.say import about_file, complain, ended_in_a_line, say
from mcsc.cli.wells import wells
from mcsc.version import VERSION

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
        typer.Option(min=1, help="Analyse again; order is m² this many times random carriers'."),
    ] = None,
    significance: Annotated[
        float | None,
        typer.Option(min=0, help="Analyse again; a dome is this many errors above valleys."),
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(min=4, help="Analyse again; blocks of time for jackknife errors.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the diagram with the new analysis here."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the new analysis into FILE itself.")
    ] = False,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Print the transition temperatures, domes and, of several sizes, exponents of a phase diagram.

    With --growth, --significance or --blocks the analysis is repeated from the series in FILE,
    which is changed only with --write or with -o and its name.
    """
    from mcsc import diagram, workflow
    from mcsc.cli.console import print_tables
    from mcsc.report.findings import findings
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
    with about_file(file):
        as_it_is = target is None and (growth, significance, blocks) == (None, None, None)
        if as_it_is:
            tree = diagram.load(file)
        else:
            tree = workflow.redo_transitions(file, settings, target, overwrite=overwrite)
        if json:
            say(findings(tree).to_json())
            return
        print_tables(tree)
    if not as_it_is:
        say(f"wrote {target}" if target else f"{file} is as it was; --write or -o FILE stores this")


app.command()(plot)


@app.command()
def report(
    file: Diagram,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Page to write; NAME.html here by default.")
    ] = None,
) -> None:
    """Write a page for a browser: the diagram to point at, S(q), snapshots, numbers, run file.

    One file that needs no network: send it, or keep it beside a paper.
    """
    from mcsc import diagram
    from mcsc.files.outputs import write_page
    from mcsc.report.page import page

    target = out or Path(f"{file.stem}.html")
    if out is not None and target.suffix != ".html":
        raise ValueError(f"{target}: a page for a browser; end the name in .html")
    with about_file(file):
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
        Path | None, typer.Option("--out", "-o", help="Also draw the comparison as this figure.")
    ] = None,
) -> None:
    """Put measured T_c and charge-order temperatures beside those of a diagram.

    Prints where the domes, dips and onsets are, in the model and measured, and how far apart.
    Nothing is fitted: each material has one permittivity, from its file.
    """
    from mcsc import diagram, workflow
    from mcsc.cli.comparison import print_comparison
    from mcsc.files.outputs import require_figure
    from mcsc.plot import comparison, save_figure

    if out is not None:
        require_figure(out)
    with about_file(file):
        found = workflow.compare(diagram.load(file), material, along)
        print_comparison(found)
        if out is not None:
            picture = comparison(
                found.lines, found.facts, curves=found.curves, onset=found.onset,
                title=f"{found.material}: measured, and of the model",
            )  # fmt: skip
            save_figure(picture, out)
            say(f"wrote {out}")


# paragraphs on one line each, for terminals of any width to wrap
for _command in app.registered_commands:
    _paragraphs = (_command.callback.__doc__ or "").split("\n\n")
    _command.help = "\n\n".join(" ".join(one.split()) for one in _paragraphs)


def main() -> None:
    """Entry point: a user's mistake ends in one line and exit code 2, never in a traceback."""
    with ended_in_a_line():
        try:
            code = app([_at_home(word) for word in sys.argv[1:]], standalone_mode=False)
        except _UsageError as error:
            # without arguments help has been printed
            if len(sys.argv) > 1:
                complain(f"{_one_line(error)}; see: mcsc --help")
            sys.exit(2)
        except typer.Abort:
            raise KeyboardInterrupt from None
    sys.exit(code or 0)


def _at_home(word: str) -> str:
    """A word of the command line in which ~ is the home folder after ``=`` too, as in --out=~/a."""
    option, equals, path = word.partition("=") if word.startswith("--") else ("", "", word)
    with suppress(RuntimeError):  # nobody says where home is
        return f"{option}{equals}{Path(path).expanduser()}" if path.startswith("~/") else word
    return word


def _one_line(error: Exception) -> str:
    """What the parser of the command line says, without the dot at its end."""
    said: str = getattr(error, "format_message", error.__str__)()
    return " ".join(said.split()).rstrip(".")
