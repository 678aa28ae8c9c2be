"""Shipped materials: the tables a run file need not repeat, with a source for each number.

A material is a pair of files in ``mcsc/materials``: the crystal, ``NAME.cif``, and ``NAME.toml``
with the tables ``[structure]``, ``[wells]``, ``[interaction]`` and ``[doping]`` of a run file and a
table ``[source]``, which holds a string for every number. One whose wells are those of a built-in
lattice has no crystal.
"""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import Field, ValidationError

from mcsc.config.doping import DopingSection
from mcsc.config.section import Section, flattened, shown, tuples
from mcsc.config.structure import OF_CENTRE, StructureSection
from mcsc.config.tree import InteractionSection, WellsSection

Tree = dict[str, Any]

# keys of a run file that take the place of other keys of the material
_INSTEAD: dict[str, dict[str, tuple[str, ...]]] = {
    "structure": {"net": ("centre", *OF_CENTRE), "centre": ("net", *OF_CENTRE)},
    "wells": {"displacement_length": ("displacement",)},
}


class MaterialError(ValueError):
    """A name that is no shipped material, or keys that do not go with one; one line."""


class _Tables(Section):
    """What the file of a material must hold."""

    structure: StructureSection
    wells: WellsSection
    interaction: InteractionSection
    doping: DopingSection
    source: dict[str, Any] = Field(min_length=1)


@dataclass(frozen=True)
class Material:
    """A shipped material.

    name: Name of its files.
    structure, wells, interaction, doping: Its tables, checked.
    tables: The same as they stand in its file.
    source: Where each number comes from, by dotted key; those of the crystal begin with
        ``crystal.``.
    text, cif: Its two files; `cif` is empty where a built-in lattice takes its place.
    """

    name: str
    structure: StructureSection
    wells: WellsSection
    interaction: InteractionSection
    doping: DopingSection
    tables: Tree
    source: dict[str, str]
    text: str
    cif: str


def materials() -> tuple[str, ...]:
    """Names of the shipped materials, sorted."""
    names = (entry.name for entry in files("mcsc").joinpath("materials").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def material(name: str) -> Material:
    """Read and check a shipped material.

    Raises MaterialError if there is no such material.
    """
    known = {shipped.lower(): shipped for shipped in materials()}
    if name not in known.values():
        near = difflib.get_close_matches(name.lower(), known, n=1)
        remedy = f"shipped: {', '.join(known.values())}"
        remedy = f"did you mean '{known[near[0]]}'?" if near else remedy
        raise MaterialError(f"{shown(name)}: no such material; {remedy}")
    folder = files("mcsc").joinpath("materials")
    text = folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    tree = tuples(tomllib.loads(text))
    try:
        checked = _Tables.model_validate(tree)
    except ValidationError as error:
        raise MaterialError(f"{name}.toml, shipped with mcsc, is broken: {error}") from None
    crystal = checked.structure.lattice is None
    cif = folder.joinpath(f"{name}.cif").read_text(encoding="utf-8") if crystal else ""
    source = flattened(tree.pop("source"))
    sections = (checked.structure, checked.wells, checked.interaction, checked.doping)
    return Material(name, *sections, tables=tree, source=source, text=text, cif=cif)


def with_material(tree: Tree) -> Tree:
    """A run file's tree on top of the tables of the material it names, if it names one.

    Tables are merged key by key and the run file's keys win; a key that takes the place of others,
    as ``net`` takes that of ``centre``, removes them.

    Raises MaterialError if there is no such material or the run file gives a crystal of its own
        beside it.
    """
    structure = tree.get("structure")
    name = structure.get("material") if isinstance(structure, dict) else None
    if not isinstance(structure, dict) or not isinstance(name, str):
        return tree
    try:
        found = material(name)
    except MaterialError as error:
        raise MaterialError(f"structure.material = {error}") from None
    for key in ("cif", "poscar", "lattice"):
        if key in structure:
            raise MaterialError(
                f"structure.{key} = {shown(structure[key])}: material {name} brings its own "
                f"crystal; remove '{key}' or 'material'"
            )
    return _merged(found.tables, tree)


def drop_replaced(section: str, table: Tree, keys: Iterable[str]) -> Tree:
    """A section's table without the keys that some new keys take the place of."""
    new = set(keys)
    gone = {old for key in new for old in _INSTEAD.get(section, {}).get(key, ())} - new
    return {key: value for key, value in table.items() if key not in gone}


def _merged(below: Tree, above: Tree, outermost: bool = True) -> Tree:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        # a dopant is one thing: half of one and half of another is none
        if isinstance(value, dict) and isinstance(under, dict) and key != "dopant":
            value = _merged(drop_replaced(key, under, value) if outermost else under, value, False)
        merged[key] = value
    return merged
