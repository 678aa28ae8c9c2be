"""Run files with something wrong in them, the same for the same number."""

import copy
import tomllib
import typing
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

RUNS = sorted((Path(__file__).parents[1] / "runs").glob("*.toml"))

_NUMBERS: list[Any] = [
    0, 1, -1, 2, 3, 7, 64, 10**6, 10**9, 2**63, 2**64, 10**30, -(10**30), 16**3500,
    0.0, -0.0, 1.0, 0.5, -0.5, 1 / 3, 1e-9, 1e-308, 5e-324, 1e9, 1e30, 1e308, -1e308,
    float("inf"), float("-inf"), float("nan"),
]  # fmt: skip
_WORDS = ["", " ", "V", "Cu", "vertices", "nonsense", "π", "a" * 3000, "../x.cif", "/", "\x00", "1",
    "\x1b[31m", "\x9b7m", "\u202eevil", "\u2028", "[/red]", "$\\frac{", "/dev/zero",
]  # fmt: skip
_KEYS = ["", "seed", "num", "start", "values", "unit", "size", "Structure", "π", "a.b", "x" * 300]


def mutant(number: int) -> bytes:
    """A run file of ``runs/``, changed in one to three places."""
    random = Random(number)
    source = random.choice(RUNS).read_text(encoding="utf-8")
    if random.random() < 0.3:
        return random.choice(_TEXT)(source, random)
    tree = tomllib.loads(source)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        random.choice(_TREE)(tree, random)
    return dumped(tree).encode("utf-8", "surrogateescape")


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree of tables and lists."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    found: list[tuple[Any, Any]] = []
    for key, value in items:
        found.append((tree, key))
        if isinstance(value, dict | list):
            found += _places(value)
    return found


def _place(tree: Any, random: Random) -> tuple[Any, Any]:
    found = _places(tree)
    return random.choice(found) if found else (tree, "structure")


def _value(random: Random) -> Any:
    kind = random.randrange(6)
    if kind < 2:
        return random.choice(_NUMBERS)
    if kind == 2:
        return random.choice(_WORDS)
    if kind == 3:
        return random.random() < 0.5
    if kind == 4:
        return [_value(random) for _ in range(random.randrange(5))]
    return {random.choice(_KEYS): _value(random) for _ in range(random.randrange(3))}


def _delete(tree: Any, random: Random) -> None:
    container, key = _place(tree, random)
    container.pop(key, None) if isinstance(container, dict) else container.pop(key)


def _replace(tree: Any, random: Random) -> None:
    container, key = _place(tree, random)
    container[key] = _value(random)


def _extreme(tree: Any, random: Random) -> None:
    """A number becomes another number."""
    numbers = [(c, k) for c, k in _places(tree) if type(c[k]) in (int, float)]
    if numbers:
        container, key = random.choice(numbers)
        container[key] = random.choice(_NUMBERS)


def _retype(tree: Any, random: Random) -> None:
    container, key = _place(tree, random)
    old = container[key] if key in container or isinstance(container, list) else 0
    if isinstance(old, dict | list):
        new: Any = random.choice((str(old), list(old), dict(enumerate(map(str, old))), len(old)))
    else:
        new = random.choice((str(old), [old], [[old]], {"values": [old]}, bool(old)))
    container[key] = new


def _rename(tree: Any, random: Random) -> None:
    container, key = _place(tree, random)
    if isinstance(container, dict) and key in container:
        new = random.choice((*_KEYS, str(key) + "s", str(key)[:-1], str(key).upper()))
        container[new] = container.pop(key)


def _add(tree: Any, random: Random) -> None:
    tables = [tree, *(c[k] for c, k in _places(tree) if isinstance(c[k], dict))]
    random.choice(tables)[random.choice(_KEYS)] = _value(random)


def _vary(tree: Any, random: Random) -> None:
    names = [f"{s}.{k}" for s, t in tree.items() if isinstance(t, dict) for k in t]
    key = random.choice([*names, *_KEYS, "structure.pressure", "wells.depth.alpha"])
    scan = tree.get("scan")
    if isinstance(scan, dict):
        scan["vary"] = {key: [_value(random) for _ in range(random.randrange(1, 4))]}


def _swap(tree: Any, random: Random) -> None:
    """Two values, or two sections, change places."""
    if random.random() < 0.5 and len(tree) > 1:
        one, two = ((tree, key) for key in random.sample(sorted(tree), 2))
    else:
        one, two = _place(tree, random), _place(tree, random)
    first, second = (
        copy.deepcopy(c[k]) if k in c or isinstance(c, list) else 0 for c, k in (one, two)
    )
    one[0][one[1]] = second
    if isinstance(two[0], dict) or two[1] < len(two[0]):
        two[0][two[1]] = first


def _lengthen(tree: Any, random: Random) -> None:
    lists = [c[k] for c, k in _places(tree) if isinstance(c[k], list) and c[k]]
    if lists:
        chosen = random.choice(lists)
        chosen.extend(copy.deepcopy(random.choice(chosen)) for _ in range(random.choice((1, 40))))


_TREE: list[Callable[[Any, Random], None]] = [
    _delete, _replace, _extreme, _extreme, _retype, _rename, _add, _vary, _swap, _lengthen,
]  # fmt: skip


def _truncated(text: str, random: Random) -> bytes:
    data = text.encode()
    return data[: random.randrange(len(data))]


def _foreign_bytes(text: str, random: Random) -> bytes:
    data = bytearray(text.encode())
    for _ in range(random.choice((1, 3, 30))):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def _repeated_line(text: str, random: Random) -> bytes:
    lines = text.splitlines()
    lines.insert(random.randrange(len(lines)), random.choice(lines))
    return "\n".join(lines).encode()


def _shuffled_lines(text: str, random: Random) -> bytes:
    lines = text.splitlines()
    random.shuffle(lines)
    return "\n".join(lines).encode()


def _deep(text: str, random: Random) -> bytes:
    depth = random.choice((10, 200, 5000))
    return f"{text}\nx = {'[' * depth}{']' * depth}\n".encode()


def _other_encoding(text: str, random: Random) -> bytes:
    return text.encode(random.choice(("utf-16", "utf-8-sig", "utf-32")))


def _nothing(text: str, random: Random) -> bytes:
    return random.choice((b"", b"\n", b"\x00", b"# only a remark", b"\xff\xfe\xff"))


_TEXT = [
    _truncated, _truncated, _foreign_bytes, _foreign_bytes, _repeated_line, _shuffled_lines, _deep,
    _other_encoding, _nothing,
]  # fmt: skip


# of a wrong size, type or kind at any key: what is accepted has to be of use
WRONG: list[Any] = [
    *_NUMBERS, *_WORDS, True, [], {}, [[]], [[[1, 2, 3]]], ["a", "a"], [1, 1], [1.5, 1.5], [True],
    [0.001 * i for i in range(20_000)], ["a" * 9999], [[1e20, 0, 0]], [[float("nan")] * 3],
]  # fmt: skip


def each_key(section: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Path of every key of a section and of the sections in it."""
    found: list[tuple[str, ...]] = []
    for name, field in section.model_fields.items():
        found.append((*above, name))
        choices = (field.annotation, *typing.get_args(field.annotation))
        for choice in choices:
            if hasattr(choice, "model_fields"):
                found += each_key(choice, (*above, name))
    return found


def wronged(path: tuple[str, ...], value: Any) -> bytes:
    """A run file of ``runs/`` that has the section of a key, with a value at it."""
    trees = [tomllib.loads(run.read_text(encoding="utf-8")) for run in RUNS]
    tree = next((t for t in trees if _has(t, path[:-1])), trees[0])
    table = tree
    for name in path[:-1]:
        below = table.get(name)
        table[name] = table = below if isinstance(below, dict) else {}
    table[path[-1]] = value
    return dumped(tree).encode("utf-8", "surrogateescape")


def _has(tree: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return isinstance(tree, dict)


def dumped(tree: dict[Any, Any]) -> str:
    """A tree as TOML, tables below the first level inline."""
    plain = {k: v for k, v in tree.items() if not isinstance(v, dict)}
    lines = [f"{_quoted(str(key))} = {_dumped(value)}" for key, value in plain.items()]
    for key, table in tree.items():
        if isinstance(table, dict):
            lines.append(f"[{_quoted(str(key))}]")
            lines += [f"{_quoted(str(k))} = {_dumped(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def _dumped(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_dumped, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(str(k))} = {_dumped(v)}' for k, v in value.items())}}}"
    # Python does not write out whole numbers of thousands of digits, but in hexadecimal
    return hex(value) if isinstance(value, int) and value.bit_length() > 9999 else repr(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'
