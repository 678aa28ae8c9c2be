"""A run file that is given as nested dictionary, as the TOML text that says the same."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tree: Mapping[str, Any]) -> str:
    """TOML of nested dictionaries of texts, numbers, lists and numpy's arrays.

    Raises
    ------
    TypeError
        Naming a key whose value TOML cannot hold.
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
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any, where: str) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str | Path):
        return _text(str(value))
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
