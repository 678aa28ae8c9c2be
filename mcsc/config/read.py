"""Read a run file; every mistake becomes one line naming file, key, value and remedy."""

import difflib
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mcsc.config.material import MaterialError, drop_replaced, with_material
from mcsc.config.section import shown, tuples
from mcsc.config.tree import Config
from mcsc.files.regular_file import NotRegularFile, read_regular

# bytes; the longest list of numbers that may be given is a tenth of that
_LARGEST = 5_000_000

RunFile = str | Path | Mapping[str, Any]
"""A TOML file, or its tables as nested dictionary."""
DICTIONARY = Path("run.dict")
"""What a dictionary is called in messages and diagrams."""


class RunFileError(ValueError):
    """A run file that cannot be run; the message is one line for the user."""


@contextmanager
def mistake_at(where: str, kinds: tuple[type[Exception], ...] = (ValueError,)) -> Iterator[None]:
    """Tell what is wrong with a value after where it is in a run file."""
    try:
        yield
    except kinds as error:
        raise RunFileError(f"{where}{error}") from None


def path_of(run_file: RunFile) -> Path:
    """Where a run file is; relative paths in a dictionary begin in the working folder."""
    return DICTIONARY if isinstance(run_file, Mapping) else Path(run_file)


def load(run_file: RunFile) -> tuple[Config, str]:
    """Read and check a run file.

    Returns: The checked tree and the file's text; of a dictionary, the text that says the same.

    Raises RunFileError with one line a mistake.
    """
    path, text = path_of(run_file), ""
    try:
        text = toml_text(run_file) if isinstance(run_file, Mapping) else _text(path)
        # lists of TOML become the tuples of the tree; strict mode tells 1 from "1" and true
        tree = with_material(tuples(tomllib.loads(text)))
    except RunFileError:
        raise
    except (MaterialError, TypeError) as error:
        raise RunFileError(f"{path}: {error}") from None
    except RecursionError:
        raise RunFileError(
            f"{path}: lists or tables nested too deeply; a run file needs three levels"
        ) from None
    # of a whole number of thousands of digits Python says something else than a TOMLDecodeError
    except ValueError as error:
        said = str(error).replace("Cannot overwrite a value", "Given twice")
        raise RunFileError(f"{path}: not valid TOML: {said}{_foreign(text, error)}") from None
    try:
        return Config.model_validate(tree), text
    except ValidationError as error:
        raise RunFileError("\n".join(dict.fromkeys(_lines(path, error)))) from None


def _text(path: Path) -> str:
    """Text of a run file, with the ends of lines and without the mark that some editors make."""
    try:
        if path.exists() and path.stat().st_size > _LARGEST:
            raise RunFileError(
                f"{path}: {path.stat().st_size / 1e6:.0f} MB are no run file; give a TOML file"
            )
        with io.TextIOWrapper(io.BytesIO(read_regular(path)), encoding="utf-8-sig") as text:
            return text.read()
    except FileNotFoundError:
        raise RunFileError(f"{path}: no such file; see runs/ for examples") from None
    except UnicodeDecodeError:
        raise RunFileError(
            f"{path}: cannot be read as text in UTF-8: give a run file (TOML), saved as UTF-8; see "
            "runs/ for examples"
        ) from None
    except NotRegularFile as error:
        raise RunFileError(f"{error}: give a run file (TOML)") from None
    # the name may hold what no name can, a NUL
    except (OSError, ValueError) as error:
        if isinstance(error, RunFileError):
            raise
        said = getattr(error, "strerror", None) or error
        raise RunFileError(f"{path}: cannot be read ({said}): give a run file (TOML)") from None


def _foreign(text: str, error: ValueError) -> str:
    """What a word processor or a web page made of a quote or a space, in the line of an error."""
    found = re.search(r"at line (\d+)", str(error))
    line = text.splitlines()[int(found[1]) - 1 : int(found[1])] if found else []
    # comments and names may hold any letter
    foreign = [c for c in "".join(line).partition("#")[0] if not (c.isascii() or c.isalnum())]
    return f"; {foreign[0]!a} ({foreign[0]}) is no plain quote, space or sign" if foreign else ""


def varied(path: Path, config: Config, changes: Mapping[str, float]) -> Config:
    """The run file with other values at some dotted keys, checked again.

    Raises RunFileError with one line a mistake.
    """
    tree = config.model_dump(exclude_unset=True)
    for key, value in changes.items():
        *sections, last = key.split(".")
        table: Any = tree
        for section in sections:
            table = table.setdefault(section, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            raise RunFileError(f"{path}: scan.vary.{key}: no such key; it holds no table")
        table[last] = value
        if config.structure.material is not None and len(sections) == 1:
            # what the material gives must not stand beside what is varied in its place
            tree[sections[0]] = drop_replaced(sections[0], table, [last])
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        lines = (
            line.replace(f"{path}: ", f"{path}: scan.vary.", 1) for line in _lines(path, error)
        )
        raise RunFileError("\n".join(dict.fromkeys(lines))) from None


# pydantic's words for Python types, in those of a run file
_WORDING = {
    "int_type": "must be a whole number, e.g. 2048",
    "float_type": "must be a number, e.g. 1.5",
    "string_type": 'must be text in quotes, e.g. "V"',
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, e.g. [1.0, 2.0]",
    "model_type": "must be a table, e.g. { start = 0.5, stop = 2.5, num = 17 }",
    "finite_number": "must be a finite number",
    "string_too_short": "is empty: give a name, or leave the key out",
}


def _lines(path: Path, error: ValidationError) -> list[str]:
    lines = []
    items = error.errors()
    # where none of the branches fits, each is told
    for item in [item for item in items if not _other_branch(item)] or items:
        names = [p for p in item["loc"] if not _is_branch(p)]
        key = ".".join(str(p) for p in names) or "run file"
        message = _WORDING.get(item["type"]) or item["msg"].removeprefix("Value error, ")
        message = message.replace("Input should be", "must be")
        if item["type"] == "extra_forbidden":
            lines.append(f"{path}: {key}: unknown key{_suggestion(item['loc'])}")
        elif item["type"] == "missing":
            lines.append(f"{path}: {key}: missing; add it")
        elif isinstance(item["input"], dict):
            lines.append(f"{path}: {key}: {message}")
        else:
            lines.append(f"{path}: {key} = {shown(item['input'])}: {message}")
    return lines


def _other_branch(item: ErrorDetails) -> bool:
    """Whether a key that may be a list or a table is only told that it is not the other one."""
    if not item["loc"] or not _is_branch(item["loc"][-1]):
        return False
    given = {"tuple_type": dict, "model_type": tuple}.get(item["type"])
    return given is not None and isinstance(item["input"], given)


def _is_branch(part: int | str) -> bool:
    """Whether pydantic, not the user, put this name into the location."""
    return isinstance(part, str) and (part.endswith("Section") or "[" in part)


def _suggestion(location: tuple[int | str, ...]) -> str:
    section: Any = Config
    for part in location[:-1]:
        field = getattr(section, "model_fields", {}).get(part)
        kind = field.annotation if field else section
        # a section that may be left out is a union with None
        choices = [kind, *get_args(kind)]
        section = next((c for c in choices if hasattr(c, "model_fields")), kind)
    known = list(getattr(section, "model_fields", {}))
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known keys here: {', '.join(known)}" if known else "; remove it"


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tree: Mapping[str, Any]) -> str:
    """TOML of nested dictionaries of texts, numbers, lists and numpy's arrays.

    Raises TypeError: Naming a key whose value TOML cannot hold.
    """
    return "\n".join(_table(tree, "")).lstrip("\n") + "\n"


def _table(tree: Mapping[str, Any], name: str) -> list[str]:
    """Lines of a table: its values, then the tables in it."""
    keys = {key: f"{name}.{_key(key)}".lstrip(".") for key in tree}
    inner = [key for key, value in tree.items() if isinstance(value, Mapping)]
    lines = [
        f"{_key(key)} = {_value(tree[key], where)}"
        for key, where in keys.items()
        if key not in inner
    ]
    for key in inner:
        lines += ["", f"[{keys[key]}]", *_table(tree[key], keys[key])]
    return lines


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"key {key!r}: is no text; put it in quotes")
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any, where: str) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str | Path):
        return _quoted(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item, where) for item in value)}]"
    if isinstance(value, Mapping):
        items = (f"{_key(key)} = {_value(item, where)}" for key, item in value.items())
        return f"{{ {', '.join(items)} }}"
    if value is None:
        raise TypeError(f"{where} = None: leave the key out")
    raise TypeError(f"{where}: a {type(value).__name__}; give a text, a number, a list or a table")
