"""What every section of a run file has in common, and the types of its values."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PositiveFloat = Annotated[float, Field(gt=0)]
# of anything that is listed one by one
Count = Annotated[int, Field(ge=1, le=10_000)]
Vector = tuple[float, float, float]
Cells = tuple[Count, Count, Count]

# products of a few physical numbers within these are numbers still, and counts fit 64 bits
_SMALLEST, _LARGEST, _MOST = 1e-30, 1e30, 10**15


class Section(BaseModel):
    """A table of the run file: unknown keys and wrong types are errors, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _sizeable(self) -> Self:
        """Numbers that no physics needs would end in an overflow far from here."""
        for key in self.model_fields_set:
            for number in _numbers(getattr(self, key)):
                whole = isinstance(number, int)
                if whole and abs(number) > _MOST and key != "seed":
                    raise ValueError(f"'{key}' is too large: give at most {_MOST:.0e}")
                if not whole and number and not _SMALLEST <= abs(number) <= _LARGEST:
                    raise ValueError(
                        f"'{key}' = {number:g}: give 0 or a number between {_SMALLEST:g} and "
                        f"{_LARGEST:g} in size"
                    )
        return self


def _numbers(value: Any) -> Iterator[int | float]:
    """Numbers of a value, of its lists and of its tables that are no sections."""
    if isinstance(value, tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value


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
