"""Numbers in messages, with as many digits as it takes to see what is wrong with them."""

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
