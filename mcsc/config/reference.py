"""What the sections of a run file say of it: the tables of docs/run-file.md, and a JSON Schema.

``python -m mcsc.config.reference docs/run-file.md`` makes the tables anew.
"""

import re
import sys
from pathlib import Path
from typing import Any

from mcsc.config.grid import VARIED_SECTIONS
from mcsc.config.material import materials
from mcsc.config.tree import Config

# what stands above it is written by hand
_FIRST = "\n## Before the first table\n"


def reference(page: str) -> str:
    """The page in Markdown with its tables made anew."""
    schema = Config.model_json_schema()
    keys = schema["properties"]
    plain = [name for name, field in keys.items() if _section(field, schema) is None]
    parts = [page.partition(_FIRST)[0], _FIRST, "\n", _rows(schema, plain, schema)]
    for name, field in keys.items():
        parts += [] if name in plain else _table(name, field, schema)
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
            word = re.sub(r"(?=$| [≥>])", "s", _kind(item, schema), count=1)
            return f"{len(field['prefixItems'])} {word}"
        return f"list of: {_kind(field['items'], schema)}"
    if field.get("type") == "object":
        return "table of numbers or lists"
    words = {"integer": "whole number", "number": "number", "string": "text"}
    return words.get(str(field.get("type")), "true or false") + _bounds(field)


def _bounds(field: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {field[key]:g}" for key, sign in signs.items() if key in field]
    return f" {', '.join(found)}" if found else ""


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a run file.

    It holds what a key may be by itself; what keys say together is checked when the file is read.

    Examples
    --------
    >>> from mcsc.config.reference import schema
    >>> schema()["properties"]["title"]["type"]
    'string'
    """
    made = Config.model_json_schema()
    name = made["$defs"]["StructureSection"]["properties"]["material"]
    # names of others are refused
    name["anyOf"][0] |= {"enum": list(materials())}
    scan = made["$defs"]["ScanSection"]["properties"]
    for key in ("size", "supercell"):  # a single one may be written without the outer brackets
        scan[key]["anyOf"].insert(0, scan[key]["anyOf"][0]["items"])
    tables = {
        key: _varied({"properties": (_section(made["properties"][key], made) or {})["properties"]})
        for key in VARIED_SECTIONS
    }
    quoted = {rf"^({'|'.join(VARIED_SECTIONS)})\.": {"type": "array", "items": {"type": "number"}}}
    # dotted keys are nested tables, unless in quotes
    scan["vary"] |= {
        "properties": tables, "patternProperties": quoted, "additionalProperties": False,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "run file of mcsc",
    }


def _varied(field: dict[str, Any]) -> dict[str, Any]:
    """What of a table can be varied: lists in place of its numbers, nothing of other keys."""
    for kind in field.get("anyOf", [field]):
        if kind.get("type") in ("number", "integer"):
            return {"type": "array", "items": kind}
    inside = field.get("additionalProperties")
    if isinstance(inside, dict):
        return {"type": "object", "additionalProperties": _varied(inside)}
    lists = {key: _varied(inner) for key, inner in field.get("properties", {}).items()}
    lists = {key: made for key, made in lists.items() if made}
    return {"type": "object", "properties": lists, "additionalProperties": False} if lists else {}


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(reference(path.read_text(encoding="utf-8")), encoding="utf-8")
