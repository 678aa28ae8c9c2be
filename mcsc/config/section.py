"""What every section of a run file has in common, and the types of its values."""

import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

PositiveFloat = Annotated[float, Field(gt=0)]
# of anything that is listed one by one
Count = Annotated[int, Field(ge=1, le=10_000)]
Vector = tuple[float, float, float]
Cells = tuple[Count, Count, Count]
_Component = Annotated[int, Field(ge=-10_000, le=10_000)]
_Row = tuple[_Component, _Component, _Component]
Matrix = tuple[_Row, _Row, _Row]
# of a species, a file, a lattice
Name = Annotated[str, Field(min_length=1)]


def listed(values: Any) -> tuple[Any, ...]:
    """What is given one by one, or as a table by its own ``listed()``."""
    found: tuple[Any, ...] = values.listed() if hasattr(values, "listed") else values or ()
    return found


def _each_once(values: Any) -> Any:
    if values == ():
        raise ValueError("is empty: give at least one value, or leave the key out")
    if len(set(listed(values))) < len(listed(values)):
        raise ValueError("repeats a value: remove it")
    return values


# of a list
EachOnce = AfterValidator(_each_once)
# true counts as 1 elsewhere
Sign = Annotated[Literal[1, -1], BeforeValidator(lambda v: str(v).lower() if v is True else v)]
# sweeps at one point: more than a computer makes in a lifetime
Sweeps = Annotated[int, Field(le=10**12)]

# products of a few physical numbers within these are numbers still, and counts fit 64 bits
_SMALLEST, _LARGEST, _MOST = 1e-30, 1e30, 10**15
# seeds are stored in 64 bits
_MOST_OF = {"seed": 2**64 - 1}
_LONGEST_TEXT, _LONGEST_LIST = 4096, 10_000


class Section(BaseModel):
    """A table of the run file: unknown keys and wrong types are errors, nothing changes later.

    The text below a key is its meaning in docs/run-file.md.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False,
        use_attribute_docstrings=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _sizeable(self) -> Self:
        """What no physics needs would end in an overflow, or in no file, far from here."""
        for key in self.model_fields_set:
            for leaf in _leaves(getattr(self, key)):
                complaint = _complaint(leaf, _MOST_OF.get(key, _MOST))
                if complaint:
                    raise ValueError(f"'{key}'{complaint}")
        return self


def _complaint(leaf: Any, most: int) -> str:
    """What is wrong with a number, a text or a whole list, if anything is."""
    if isinstance(leaf, str):
        return _complaint_about_text(leaf)
    if isinstance(leaf, tuple | dict):
        if len(leaf) > _LONGEST_LIST:
            return f" has {len(leaf)} entries: give at most {_LONGEST_LIST}"
    elif isinstance(leaf, int):
        if abs(leaf) > most:
            return f" = {shown(leaf)} is too large: give at most {most}"
    elif leaf and not _SMALLEST <= abs(leaf) <= _LARGEST:
        return f" = {leaf!r}: give 0 or a number between {_SMALLEST:g} and {_LARGEST:g} in size"
    return ""


def _complaint_about_text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        return f" has {len(text)} characters: give at most {_LONGEST_TEXT}"
    # files of results hold no NUL, and nobody means the others
    controls = ("Cc", "Cs", "Zl", "Zp")
    odd = [c for c in text if unicodedata.category(c) in controls and c not in "\t\n"]
    return f" = {shown(text)} holds the control character {odd[0]!r}: remove it" if odd else ""


def _leaves(value: Any) -> Iterator[Any]:
    """Numbers and texts of a value, of its lists and of its tables that are no sections."""
    if isinstance(value, tuple | dict):
        yield value
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif isinstance(value, int | float | str):
        yield value


def shown(value: Any) -> str:
    """A value as it would be written, cut off where it is long, with control characters escaped."""
    try:
        text = repr(_lists(value))
    except ValueError:  # Python does not write out whole numbers of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) < 60 else text[:57] + "..."


def _lists(value: Any) -> Any:
    """Tuples as the lists that TOML writes."""
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


def rounded_up(number: int, unit: int) -> int:
    """The least multiple of ``unit`` that is not below a number."""
    return -(-number // unit) * unit


def made_more(*counts: tuple[str, int, int, str]) -> tuple[str, ...]:
    """Lines on what was rounded up: key, what was asked for, what is made, a multiple of what."""
    return tuple(
        f"{key} = {asked}: {made} are made, a multiple of {unit}"
        for key, asked, made, unit in counts
        if made != asked
    )


def tuples(value: Any) -> Any:
    """What TOML holds with its lists as tuples, which strict sections want."""
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(tuples(item) for item in value)
    return value


def flattened(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        nested = isinstance(value, dict)
        flat |= flattened(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return flat
