"""The page docs/run-file.md: every key of a run file, from the descriptions in the sections.

``python -m mcsc.config.reference > docs/run-file.md`` writes it.
"""

import sys
from typing import Any

from mcsc.config.tree import Config

_HEAD = """# The run file

A run file is a TOML text of the tables below; [runs/](../runs/) has examples. Only `[structure]`
and `[scan]` must be given. An unknown key, a wrong type or a value that cannot be run is an error
that names the key. This page is written by `python -m mcsc.config.reference` from the
descriptions that the run file is checked by.

Energies are eV, lengths Å, temperatures K; with a built-in lattice (`structure.lattice`) all are
reduced, k_B = e²/(4πε0) = 1 with lengths in lattice constants. In the unit `coulomb` of
temperatures and chemical potentials, a is the length of the shortest lattice vector in the plane of
the layers: across the main axis of a tetragonal, hexagonal or rhombohedral lattice, else in the
lattice planes with the widest gap between wells. It is `coulomb_length` in the file.

## Runs that work unattended

Four keys let a run decide for itself what to run next. It does so in rounds of ordinary tasks,
each a function of the run file and of finished tasks: stopped and run again, on any number of
workers, it gives the same bits. `mcsc run` says which round it is in and why, `mcsc status` too.
[runs/unattended.toml](../runs/unattended.toml) uses all of them.

- `scan.temperature.placement = "exchange"`: short pilot ladders tell where temperatures have to
  be so that replicas are exchanged equally often, densest at transitions. One ladder serves the
  whole diagram, so the worst point decides. Without `num` there are as many as `exchange_rate`
  takes.
- `sampling.target_error`: ladders whose transition temperature is not known to this relative
  error, or which have not equilibrated, go on from where they ended until it is or `max_sweeps`
  is reached. In the group `health`, `sweeps` and `stopped_by` say what became of each point.
- `sampling.annealings = 2`: every ladder is annealed twice. Where the two disagree, `health` has
  `glassy` = 1 and `converged` = 0, with `r_hat` and `annealing_difference` beside; elsewhere both
  make the result. It is 1 by default because it doubles the cost and a single ladder
  finds most of it alone: of 101 glassy temperatures in short runs of half-filled triangular and
  third-filled square wells, one ladder by itself called 8 converged.
- `scan.refine_doping = 6`: adds up to six dopings where T(x) bends most.

## Supercells

`scan.size = [[6, 6, 2], [9, 9, 2]]` repeats the cell along its vectors. Orders such as √3 × √3 or
√7 × √7 also fit into smaller and differently turned supercells, which `scan.supercell` gives in
place of `scan.size`: matrices whose rows are the vectors of the supercell in units of the cell
vectors. With cell vectors at 120°, two layers of √3 × √3 cells and of twice that are

    supercell = [[[1, -1, 0], [1, 2, 0], [0, 0, 2]], [[2, -2, 0], [2, 4, 0], [0, 0, 2]]]

and √7 × √7 cells `[[3, 1, 0], [-1, 2, 0], [0, 0, 2]]`. The order of the rows and their signs do
not matter, and a matrix that amounts to a size is the same task. A supercell is sampled in the
primitive cell of which it is a whole number of cells along each vector, with the layers of a
layered crystal along its first two vectors, also where `size` is given; the group `structure` of
the diagram has that cell as `sampled_cell`. Wavevectors are in reciprocal lattice units of the
cell of the crystal always. [runs/supercells.toml](../runs/supercells.toml) is an example.
"""


def reference() -> str:
    """The page in Markdown."""
    schema = Config.model_json_schema()
    parts = [_HEAD]
    for name, field in schema["properties"].items():
        if _section(field, schema) is not None:
            parts += _table(name, field, schema)
    plain = [n for n, f in schema["properties"].items() if _section(f, schema) is None]
    top = _rows(schema, plain, schema)
    parts.insert(1, "\n## Before the first table\n\n" + top)
    return "".join(parts)


def _table(name: str, field: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """A section with its keys, and those inside it."""
    section = _section(field, schema)
    assert section is not None
    inner = {n: f for n, f in section["properties"].items() if _section(f, schema) is not None}
    said = section.get("description", "").split("\n")[0]
    rows = _rows(section, list(section["properties"]), schema)
    parts = [f"\n## [{name}]\n\n{said}\n\n{rows}"]
    for key, inside in inner.items():
        parts += _table(f"{name}.{key}", inside, schema)
    return parts


def _rows(section: dict[str, Any], names: list[str], schema: dict[str, Any]) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    required = section.get("required", [])
    for name in names:
        field = section["properties"][name]
        default = "**needed**" if name in required else _default(field)
        meaning = " ".join(field.get("description", "").split()).replace("|", "\\|")
        lines.append(f"| `{name}` | {_kind(field, schema)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    if value is None or value in ({}, [], "") or isinstance(value, dict):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else value
    return f"`{shown!r}`".replace("'", '"') if isinstance(value, str) else f"`{shown}`"


def _section(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any] | None:
    """The table that a key holds, alone, among others or in a list."""
    for choice in (field, *field.get("anyOf", []), field.get("items", {})):
        reference = choice.get("$ref")
        if reference:
            found: dict[str, Any] = schema["$defs"][reference.rsplit("/", 1)[1]]
            return found
    return None


def _kind(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """What may be written, in words."""
    if "anyOf" in field:
        kinds = [_kind(choice, schema) for choice in field["anyOf"] if choice != {"type": "null"}]
        return ", or ".join(dict.fromkeys(kinds))
    if "$ref" in field:
        return "table"
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return ", ".join(f'`"{v}"`' if isinstance(v, str) else f"`{v}`" for v in values)
    if field.get("type") == "array":
        if "prefixItems" in field:
            item = field["prefixItems"][0]
            if item.get("type") == "array":
                return f"{len(field['prefixItems'])} rows of {_kind(item, schema)}"
            word, *bounds = _kind(item, schema).split(" ≥")
            return " ≥".join([f"{len(field['prefixItems'])} {word}s", *bounds])
        return f"list of: {_kind(field['items'], schema)}"
    if field.get("type") == "object":
        return "table of numbers or lists"
    words = {"integer": "whole number", "number": "number", "string": "text"}
    return words.get(str(field.get("type")), "true or false") + _bounds(field)


def _bounds(field: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {field[key]:g}" for key, sign in signs.items() if key in field]
    return f" {', '.join(found)}" if found else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
