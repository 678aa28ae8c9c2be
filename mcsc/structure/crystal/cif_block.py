"""The data blocks of a CIF as columns of text, by the grammar of gemmi."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemmi import cif

# what a crystal is read from; long lists of reflections are none of it
_OURS = (
    "_cell", "_atom_site", "_symmetry", "_space_group", "_chemical_formula", "_magnetic", "_parent",
)  # fmt: skip
_NULL = ("?", ".", "")


@dataclass(frozen=True, eq=False)
class Block:
    """A data block.

    name: What stands behind ``data_``.
    columns: Values of each tag, as text without quotes. Tags are in lower case and without the dots
        of newer dictionaries: ``_cell.length_a`` is ``_cell_length_a``.
    disputed: Tags given twice with different values, with the line of the second.
    """

    name: str
    columns: Mapping[str, list[str]]
    disputed: Mapping[str, int]

    def column(self, *tags: str) -> list[str]:
        """Values of the first of the tags that says anything; empty if none does.

        Raises ValueError if that tag stands in the block twice and differs.
        """
        for tag in tags:
            if tag.lower() in self.disputed:
                raise ValueError(
                    f"not a readable CIF (line {self.disputed[tag.lower()]}: {tag} is given again, "
                    "differently); keep one"
                )
            values = self.columns.get(tag.lower(), [])
            if any(value not in _NULL for value in values):
                return values
        return []

    def has(self, tag: str) -> bool:
        """Whether the tag is there, whatever it says."""
        return tag.lower() in self.columns

    def value(self, *tags: str) -> str | None:
        """The one value of the first of the tags that says anything, or None.

        Raises ValueError if it has several.
        """
        for tag in tags:
            values = self.column(tag)
            if len(values) > 1:
                raise ValueError(f"{tag} has {len(values)} values, in a loop; give one")
            if values:
                return values[0]
        return None


def blocks_with_sites(text: str) -> list[Block]:
    """All blocks of a CIF that hold a list of atom sites.

    Raises ValueError if the text breaks the grammar, with the line; if there is none.
    """
    try:
        document = cif.read_string(_from_first_block(text), check_level=0)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"not a readable CIF ({_reason(str(error), text)})") from None
    found = [block for block in map(_block, document) if _has_sites(block)]
    if not found:
        raise ValueError("no crystal in it; a CIF needs species and coordinates of every atom site")
    return found


def number(text: str) -> tuple[float, float]:
    """A number of a CIF and its standard uncertainty, 0 where there is none; NaN if it is none."""
    value = cif.as_number(text)
    written = re.fullmatch(r"[-+]?\d*\.?(\d*)(?:\((\d+)\))?(?:[eE]([-+]?\d+))?", text.strip())
    if not written or not written[2]:
        return value, 0.0
    decimals = len(written[1]) if "." in text else 0
    # as floats: there may be any number of digits
    return value, float(written[2]) * 10.0 ** min(float(written[3] or 0) - decimals, 99)


def _from_first_block(text: str) -> str:
    """The text as gemmi takes it: nothing before the first block, and no foreign characters.

    Lines keep their numbers. Other letters than English ones matter in names and titles only; in a
    number they go on making it none.
    """
    begin = re.search(r"^[^\S\n]*data_", text, re.MULTILINE | re.IGNORECASE)
    start = begin.start() if begin else 0
    blank = "\n" * text.count("\n", 0, start)
    spaced = re.sub(r"[^\S\n]", " ", text[start:])
    return blank + re.sub(r"[^\x20-\x7e\n]", "?", spaced)


def _reason(message: str, text: str) -> str:
    """What gemmi says, as ``line 3: unterminated 'string'`` with the line itself."""
    found = re.match(r"string:(\d+)(?::\d+\(\d+\)| in \S*)?: *(.*)", message)
    if not found:
        return f"{message.removeprefix('string: ')}; correct it"
    at, reason = int(found[1]), found[2]
    if "block header" in reason:
        return "no line begins with data_; write data_NAME above the crystal"
    lines = text.split("\n")
    shown = lines[at - 1].strip() if at <= len(lines) else ""
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    remedy = "correct it"
    if lines[0].upper().startswith("#\\#CIF_2.0"):
        remedy = "lists and triple quotes of CIF 2.0 are not understood, write it as CIF 1.1"
    return f"line {at}: {reason} at {shown!r}; {remedy}"


def _block(source: cif.Block) -> Block:
    columns: dict[str, list[str]] = {}
    disputed: dict[str, int] = {}
    for item in source:
        # annotated as an object
        pair: Any = item.pair
        if pair is not None:
            given = {str(pair[0]): [str(pair[1])]}
        elif item.loop is not None and any(tag.lower().startswith(_OURS) for tag in item.loop.tags):
            tags, values = item.loop.tags, item.loop.values
            given = {tag: values[i :: len(tags)] for i, tag in enumerate(tags)}
        else:
            continue
        for tag, raw in given.items():
            name = tag.lower().replace(".", "_")
            if not name.startswith(_OURS):
                continue
            texts = [value if cif.is_null(value) else cif.as_string(value) for value in raw]
            before = columns.setdefault(name, texts)
            if all(value in _NULL for value in before):
                columns[name] = texts
            elif before != texts and not all(value in _NULL for value in texts):
                disputed[name] = item.line_number
    return Block(source.name.strip(), columns, disputed)


def _has_sites(block: Block) -> bool:
    named = [block.columns.get(f"_atom_site_{key}") for key in ("type_symbol", "label")]
    species = named[0] or named[1]
    if species is None:
        return "_atom_site_fract_x" in block.columns
    return any(value not in _NULL for value in species)
