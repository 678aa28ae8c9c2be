"""What ``mcsc materials`` shows: the shipped materials, and where each of their numbers is from."""

import json
from collections import Counter
from collections.abc import Mapping
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import Any

from mcsc.cli.console import console_of, table_of
from mcsc.config import DopingSection, Material, flattened, material, materials


def print_materials(*, as_json: bool) -> None:
    """Print the shipped materials, one a line."""
    rows = [summary(material(name)) for name in materials()]
    if as_json:
        print(json.dumps(rows))
        return
    table = table_of(
        f"{len(rows)} shipped materials", "name", "formula", "space group", "wells per cell",
        "ε_r", "x counts", "carriers per cell",
    )  # fmt: skip
    for row in rows:
        wells = ", ".join(f"{count} {kind}" for kind, count in row["wells"].items())
        table.add_row(
            row["name"], row["formula"], row["space_group"], wells,
            f"{row['relative_permittivity']:g}", row["x_counts"], row["carriers_per_cell"],
        )  # fmt: skip
    console_of().print(table)


def print_material(name: str, *, as_json: bool) -> None:
    """Print the numbers of a shipped material with their sources."""
    found = material(name)
    about, entries = summary(found), numbers(found)
    if as_json:
        print(json.dumps({**about, "numbers": entries}))
        return
    wells = ", ".join(f"{count} {kind}" for kind, count in about["wells"].items())
    title = f"{name}, {about['space_group']}: {wells} per cell; "
    title += f"{about['carriers_per_cell']} carriers per cell, x being {about['x_counts']}"
    table = table_of(title, "key", "value", "source", fold=True)
    for entry in entries:
        table.add_row(entry["key"], _shown(entry["value"]), entry["source"] or "-")
    out = console_of()
    out.print(table)
    # the comment at the head of its file
    for line in takewhile(lambda line: line.startswith("#"), found.text.splitlines()):
        out.unbroken(line.removeprefix("#").strip())


def summary(found: Material) -> dict[str, Any]:
    """Name, formula, space group, kinds of wells in a primitive cell, ε_r and what x counts.

    Without a crystal the name of the built-in lattice stands for the space group.
    """
    from mcsc.model import mean_permittivity
    from mcsc.planning.wells import bare_wells
    from mcsc.structure.crystal import read_crystal
    from mcsc.structure.crystal.symmetry import space_group

    formula, symbol = "-", f"{found.structure.lattice} lattice"
    if found.cif:
        crystal = read_crystal(found.name)
        positions = crystal.cell.scaled_positions(crystal.positions)
        symmetry = space_group(crystal.cell.array, positions, crystal.numbers, 1e-3)
        formula = crystal.symbols.formula.reduce()[0].format("metal")
        symbol = symmetry.symbol if symmetry is not None else "unknown"
    kinds = Counter(well.kind for well in bare_wells(Path(), found.structure).wells)
    return {
        "name": found.name,
        "formula": formula,
        "space_group": symbol,
        "wells": dict(sorted(kinds.items())),
        "relative_permittivity": mean_permittivity(found.interaction.relative_permittivity),
        "x_counts": found.doping.counts or "carriers per formula unit",
        "carriers_per_cell": _carriers(found.doping),
    }


def numbers(found: Material) -> list[dict[str, Any]]:
    """Every key of a material with its value and source; those of the crystal come first.

    Keys that hold a name, such as ``structure.centre``, have no source.
    """
    values = (_crystal(found.cif) if found.cif else {}) | flattened(found.tables)
    return [
        {"key": key, "value": value, "source": found.source.get(key, "")}
        for key, value in values.items()
    ]


def _crystal(cif: str) -> dict[str, Any]:
    """Lattice constants and the coordinates of each site as the CIF lists them."""
    from ase.io.cif import parse_cif

    block: Any = next(iter(parse_cif(StringIO(cif))))
    names = {f"_cell_length_{axis}": axis for axis in "abc"}
    names |= {f"_cell_angle_{angle}": angle for angle in ("alpha", "beta", "gamma")}
    cell = {short: float(block[long]) for long, short in names.items()}
    columns = [block[f"_atom_site_{name}"] for name in ("label", "fract_x", "fract_y", "fract_z")]
    sites = {f"crystal.{label}": tuple(map(float, at)) for label, *at in zip(*columns, strict=True)}
    return {"crystal.cell": cell, **sites}


def _carriers(doping: DopingSection) -> str:
    """Carriers of a cell as a formula in x."""
    factor = "" if doping.formula_units == 1 else f"{doping.formula_units:g} "
    if not doping.parent:
        return f"{factor}x" if doping.sign > 0 else f"-{factor}x"
    inner = f"{doping.parent:g} {'+' if doping.sign > 0 else '-'} x"
    return f"{factor}({inner})" if factor else inner


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        angles = {"alpha", "beta", "gamma"}
        return ", ".join(
            f"{k} = {v:g}" for k, v in value.items() if not (k in angles and v == 90.0)
        )
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
