"""Numbers in messages with the digits it takes; foreign text so that nothing in it acts."""

import html
import math
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# what tells any two doubles apart
_ALL = 17


def digits(value: float, tells: Callable[[float], bool], least: int = 4) -> str:
    """The shortest writing of a number, from ``least`` digits on, of which something holds.

    tells: Whether a number as it would be read from the message is what the message says of it,
        such as ``lambda shown: shown > 1``.
    """
    written = (f"{value:.{n}g}" for n in range(least, _ALL + 1))
    return next((text for text in written if tells(float(text))), repr(value))


def apart(value: float, limit: float, least: int = 4) -> tuple[str, str]:
    """A number and the limit it misses, written so that they differ, and on the right side."""
    for n in range(least, _ALL + 1):
        one, two = f"{value:.{n}g}", f"{limit:.{n}g}"
        if (float(one) < float(two)) == (value < limit) and float(one) != float(two):
            return one, two
    return repr(value), repr(limit)


def command(*words: object) -> str:
    """A command of mcsc to copy into a shell: names with spaces in quotes."""
    return shlex.join(["mcsc", *map(str, words)])


def escaped(text: str) -> str:
    r"""Text with all that is invisible written out, as in ``\x1b`` and ``\u202e``.

    Control characters, marks of direction, separators of lines, zero widths, halves of surrogate
    pairs (from names that are no Unicode) and what has no meaning yet. Ends of lines stay.
    """
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    seen = character.isprintable() or character == "\n" or unicodedata.category(character) == "Zs"
    return character if seen else character.encode("unicode_escape").decode("ascii")


class Described:
    """What says of itself in a few words what it is, in a terminal and in a notebook."""

    def _described(self) -> tuple[str, dict[str, str]]:
        """A title, and a line of words for each of at most three names."""
        raise NotImplementedError

    def __repr__(self) -> str:
        title, lines = self._described()
        return escaped("\n  ".join([title, *(f"{name}: {said}" for name, said in lines.items())]))

    def _repr_html_(self) -> str:
        title, lines = self._described()
        cells = [tuple(html.escape(escaped(text)) for text in row) for row in lines.items()]
        rows = "".join(f"<tr><th>{name}</th><td>{said}</td></tr>" for name, said in cells)
        return f"<table><caption>{html.escape(escaped(title))}</caption>{rows}</table>"


@dataclass(frozen=True)
class Table:
    """Words in columns: a terminal or a page draws it in its own way."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


def span(values: Sequence[float], unit: str = "1") -> str:
    """Some numbers in a few words, as in ``3 from 0.1 to 0.2 eV``."""
    unit = "" if unit == "1" else f" {unit}"
    if len(values) == 1:
        return f"{values[0]:.4g}{unit}"
    return f"{len(values)} from {min(values):.4g} to {max(values):.4g}{unit}"


def where(at: Mapping[str, float | str], digits: int = 4) -> str:
    """A place by axis in words, as in ``doping 0.5, field 0.1``."""
    return ", ".join(
        f"{name.replace('_', ' ')} {x if isinstance(x, str) else f'{x:.{digits}g}'}"
        for name, x in at.items()
    )


def vector(values: Iterable[float]) -> str:
    """A wavevector, as in ``(0.3333, 0, 0.5)``."""
    return "(" + ", ".join(f"{x:.4g}" for x in values) + ")"


def with_error(value: float, error: float, size: float = math.nan) -> str:
    """A value with its statistical error and that of finite size, as far as they are known.

    ``0.1412 ± 0.0023 ± 0.001``; a dash where there is no value.
    """
    if not math.isfinite(value):
        return "-"
    errors = (f" ± {x:.2g}" for x in (error, size) if math.isfinite(x))
    return f"{value:.4g}{''.join(errors)}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts, as in ``1 well`` and ``2 wells``."""
    return f"{number} {noun}" + "s" * (number != 1)


def cells(size: Sequence[int]) -> str:
    """A supercell, as in ``6 × 6 × 2 cells``."""
    return " × ".join(map(str, size)) + " cells"


def concise(value: float, error: float) -> str:
    """A value with the two leading digits of its error in brackets: 0.1412(23) is ± 0.0023."""
    if not error > 0:
        return f"{value:.4g}"
    decimals = max(1 - math.floor(math.log10(error)), 0)
    # as many digits of the error as the value shows
    digits = round(error * 10**decimals)
    return f"{value:.{decimals}f}({digits})"
