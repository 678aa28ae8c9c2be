"""Numbers in messages with the digits it takes; foreign text so that nothing in it acts."""

import unicodedata
from collections.abc import Callable

# what tells any two doubles apart
_ALL = 17


def digits(value: float, tells: Callable[[float], bool], least: int = 4) -> str:
    """The shortest writing of a number, from ``least`` digits on, of which something holds.

    Parameters
    ----------
    tells
        Whether a number as it would be read from the message is what the message says of it, such
        as ``lambda shown: shown > 1``.
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


def escaped(text: str) -> str:
    r"""Text with all that is invisible written out, as in ``\x1b`` and ``\u202e``.

    Control characters, marks of direction, separators of lines, zero widths, halves of surrogate
    pairs (from names that are no Unicode) and what has no meaning yet. Ends of lines stay.
    """
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    seen = character.isprintable() or character == "\n" or unicodedata.category(character) == "Zs"
    return character if seen else character.encode("unicode_escape").decode("ascii")
