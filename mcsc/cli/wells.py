"""The command ``mcsc wells``: what wells a run file, a crystal or a material has."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcsc.cli.say import say

if TYPE_CHECKING:
    from mcsc.structure import Structure


def wells(
    file: Annotated[
        Path,
        typer.Argument(help="Run file (TOML), CIF, POSCAR, or the name of a shipped material."),
    ],
    centre: Annotated[
        str | None,
        typer.Option(help="What the wells are around: Cu, or Cu,Ni, or 0.5,0.5,0, or voids."),
    ] = None,
    cage: Annotated[str | None, typer.Option(help="Species of the cages: O, or O,F.")] = None,
    net: Annotated[
        str | None, typer.Option(help="Species whose planar net forms the wells, e.g. V.")
    ] = None,
    coordination: Annotated[
        int | None, typer.Option(help="Ions of each cage; by default from the geometry.")
    ] = None,
    cage_radius: Annotated[
        float | None, typer.Option(help="Largest distance of an ion of a cage, Å.")
    ] = None,
    block: Annotated[
        str | None, typer.Option(help="Data block of a CIF that holds several crystals.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Picture of the cages (png, pdf, svg).")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print the wells of a run file or a crystal: kind, orbit, cage, distances, distortion.

    For a crystal without --centre or --net it lists the wells that each species would
    give. The distortion is the continuous shape measure: 0 for the perfect shape of the kind, 100
    at most.
    """
    from mcsc.cli.wells_table import print_proposals, print_wells
    from mcsc.files.outputs import require_figure
    from mcsc.structure import proposals
    from mcsc.structure.crystal import read_crystal

    options = {
        "centre": centre, "cage": cage, "net": net, "coordination": coordination,
        "cage_radius": cage_radius, "block": block,
    }  # fmt: skip
    given = {key: value for key, value in options.items() if value is not None}
    known = _of_run_file(file, given)
    if known is None and not {"centre", "net"} & given.keys():
        if given.keys() - {"block"} or out is not None:
            raise ValueError(f"{file}: give --centre or --net, e.g. --centre Cu")
        crystal = read_crystal(_source(file), block)
        print_proposals(crystal, proposals(crystal), as_json=json)
        return
    if out is not None:
        require_figure(out)
    structure = known or _of_crystal(file, given)
    print_wells(structure, as_json=json)
    if out is not None:
        from mcsc.plot import cage_figure, save_figure

        save_figure(cage_figure(structure), out)
        say(f"wrote {out}", err=True)


def _source(file: Path) -> str | Path:
    """A name without a folder or suffix may be that of a shipped crystal."""
    return str(file) if not file.exists() else file


def _of_run_file(file: Path, given: dict[str, Any]) -> "Structure | None":
    """Wells with their states of a run file or material, or None for a crystal or with options."""
    from mcsc.config import load, material, materials
    from mcsc.planning import build_structure

    if file.suffix.lower() == ".toml":
        if given:
            key = next(iter(given)).replace("_", "-")
            raise ValueError(f"{file}: --{key} belongs to a crystal; a run file has [structure]")
        config, _ = load(file)
        return build_structure(file, config)
    if not given and not file.exists() and str(file) in materials():
        return build_structure(file, material(str(file)))
    return None


def _of_crystal(file: Path, given: dict[str, Any]) -> "Structure":
    from mcsc.planning import crystal_wells
    from mcsc.structure.crystal import read_crystal

    chosen = dict(given)
    block = chosen.pop("block", None)
    if "net" in chosen and len(chosen) > 1:
        other = next(key for key in chosen if key != "net").replace("_", "-")
        raise ValueError(f"{file}: --{other} does not go with --net; remove one")
    for key in ("centre", "cage"):
        if key in chosen:
            chosen[key] = _items(chosen[key])
    structure: Structure = crystal_wells(read_crystal(_source(file), block), **chosen)
    return structure


def _items(text: str) -> Any:
    """Species, or three coordinates."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return (tuple(float(word) for word in words),)
    except ValueError:
        return words[0] if len(words) == 1 else tuple(words)
