"""``mcsc init`` writes a first run file, ``mcsc schema`` lets editors help with it."""

import json
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcsc.cli.say import say
from mcsc.text import command, counted

if TYPE_CHECKING:
    from mcsc.config import DopingSection
    from mcsc.structure import Structure

# wells of the supercell and parts of them that are filled, for a first look
_WELLS, _FILLINGS = 200, (1 / 4, 1 / 3, 1 / 2, 2 / 3)
_SMALL_X = (1 / 16, 1 / 8, 3 / 16, 1 / 4)


def schema() -> None:
    """Print the JSON Schema of run files, by which editors complete and check them.

    mcsc schema > mcsc.schema.json, and as first line of a run file: #:schema ./mcsc.schema.json
    """
    from mcsc.config.reference import schema as made

    say(json.dumps(made(), indent=1))


def init(
    crystal: Annotated[
        str | None,
        typer.Argument(
            help="A shipped material or crystal, the path of a CIF or POSCAR, or a built-in "
            "lattice; asked for if missing."
        ),
    ] = None,
    centre: Annotated[
        str | None, typer.Option(help="Species that the wells of a crystal are around.")
    ] = None,
    net: Annotated[
        str | None,
        typer.Option(help="In place of --centre: species whose planar net forms the wells."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Run file to write; NAME.toml by default.")
    ] = None,
) -> None:
    """Write a commented run file for a crystal, short enough for a first look.

    Asks what is not given: the crystal, and around which species its wells are.
    """
    from mcsc.files.replace import require_writable
    from mcsc.planning import plan

    name = crystal or _asked("crystal (mcsc materials lists those shipped)")
    target = out or Path(f"{Path(name).stem}.toml")
    if target.exists():
        raise ValueError(f"{target}: is there already: give another name with -o")
    require_writable(target)
    tables, structure, doping = _crystal(name, centre, net, target.parent)
    target.write_text(_text(Path(name).stem, tables, structure, doping), encoding="utf-8")
    try:
        tasks = len(plan(target).tasks)
    except ValueError:
        target.unlink()
        raise
    cost = command("run", target, "--dry-run")
    say(f"wrote {target}: {counted(tasks, 'task')}; what they cost: {cost}")


def _asked(question: str, default: str | None = None) -> str:
    """An answer from the terminal; where nobody answers, what to give instead is said."""
    try:
        return str(typer.prompt(question, default=default))
    # of a closed standard input Python says that it is lost
    except (typer.Abort, RuntimeError):
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        raise ValueError(
            "no answer: give CRYSTAL, and around what its wells are with --centre or --net"
        ) from None


def _crystal(
    name: str, centre: str | None, net: str | None, folder: Path
) -> tuple[list[str], "Structure", "DopingSection | None"]:
    """Lines of the table [structure], the wells, and what x counts of a material."""
    from mcsc.config import material, materials
    from mcsc.planning import build_structure, crystal_wells
    from mcsc.structure import TEXTBOOK_LATTICES, proposals, textbook
    from mcsc.structure.crystal import read_crystal

    known = centre is not None or net is not None
    if name in materials() and not known and not Path(name).exists():
        found = material(name)
        line = f'material = "{name}"  # its numbers and their sources: mcsc materials {name}'
        return [line], build_structure(Path(), found), found.doping
    if name in TEXTBOOK_LATTICES and not Path(name).exists():
        return [f'lattice = "{name}"  # built in, in reduced units'], textbook(name), None
    path = Path(name)
    lattices = get_close_matches(name, TEXTBOOK_LATTICES, n=1)
    if lattices and not path.suffix and not path.exists():
        raise ValueError(f"{name}: no such lattice; did you mean '{lattices[0]}'?")
    atoms = read_crystal(path if path.exists() else name)
    if not known:
        offered = [p for p in proposals(atoms) if p.kinds]
        if not offered:
            raise ValueError(f"{name}: no species of it has wells; see: {command('wells', name)}")
        for p in offered:
            kinds = ", ".join(f"{count} {kind}" for kind, count in p.kinds.items())
            say(f"  {p.key} {p.value}: {kinds}")
        first = f"{offered[0].key} {offered[0].value}"
        words = _asked("wells", first).split()
        key, value = words if len(words) == 2 else ("centre", words[0] if words else "")
        centre, net = (value, None) if key == "centre" else (None, value)
    key, value = ("net", net) if net is not None else ("centre", centre or "")
    # a run file names files from its own folder on
    named = os.path.relpath(name, folder) if path.exists() and not path.is_absolute() else name
    poscar = path.exists() and path.suffix.lower() != ".cif"
    source = f"{'poscar' if poscar else 'cif'} = {_quoted(named)}"
    lines = [source, f'{key} = "{value}"  # other choices: {command("wells", name)}']
    return lines, crystal_wells(atoms, **{key: value}), None


def _text(
    name: str, tables: list[str], structure: "Structure", doping: "DopingSection | None"
) -> str:
    size = _size(structure)
    cells = size[0] * size[1] * size[2]
    dopings = ", ".join(f"{x:.12g}" for x in _dopings(structure.n_wells, cells, doping))
    counts = (doping.counts if doping else None) or "carriers per primitive cell"
    given = [] if doping else [
        "", "[interaction]",
        "relative_permittivity = 1.0  # one number for the diagram: temperatures scale as 1/ε_r",
    ]  # fmt: skip
    wells = [] if doping else [
        "", "[wells]",
        'states = "centre"  # "vertices" lets carriers move inside their wells, towards the cage',
    ]  # fmt: skip
    lines = [
        f"# A first look at {name}: every key stands in docs/run-file.md.",
        f"title = {_quoted(f'{name}: charge order over temperature and doping')}",
        "", "[structure]", *tables, *wells, *given,
        "", "[scan]",
        f"doping = [{dopings}]  # {counts}; {counted(structure.n_wells, 'well')} a cell",
        'temperature = { start = 0.02, stop = 0.2, num = 16, unit = "coulomb" }',
        f"size = [{list(size)}]  # cells; a second, larger size tells errors of finite size",
        "", "[sampling]",
        "sweeps = 16384  # more where the run says that points did not equilibrate",
        "warmup = 4096", "measurements = 1024", "seed = 1",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text as TOML has it."""
    return json.dumps(text, ensure_ascii=False)


def _size(structure: "Structure") -> tuple[int, int, int]:
    """Cells for a first look, some two hundred wells; orders of two and three cells fit in."""
    import numpy as np

    a, b, c = np.linalg.norm(structure.cell, axis=1)
    wells = structure.n_wells
    if c < 1.3 * min(a, b):
        n = max(2 * round((_WELLS / wells) ** (1 / 3) / 2), 2)
        return n, n, n
    n = 8 if wells == 1 else 6 if wells <= 6 else 4
    return n, n, 1 if wells * n * n > _WELLS else 2


def _dopings(wells: int, cells: int, doping: "DopingSection | None") -> list[float]:
    """Dopings with whole numbers of carriers, ascending."""
    if doping is None or (doping.parent == 0 and wells > 1):
        fillings = [round(wells * f * cells) / cells for f in _FILLINGS]
        return sorted({doping.at_carriers(n) if doping else n for n in fillings})
    numbers = (round(doping.carriers_per_cell(x) * cells) / cells for x in _SMALL_X)
    return sorted({doping.at_carriers(n) for n in numbers})
