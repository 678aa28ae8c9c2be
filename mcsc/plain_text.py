"""Text of files and their names, shown so that nothing in it acts: no control, no direction."""

import unicodedata


def escaped(text: str) -> str:
    r"""Text with all that is invisible written out, as in ``\x1b`` and ``\u202e``.

    Control characters, marks of direction, separators of lines, zero widths, halves of surrogate
    pairs (from names that are no Unicode) and what has no meaning yet. Ends of lines stay.
    """
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    seen = character.isprintable() or character == "\n" or unicodedata.category(character) == "Zs"
    return character if seen else character.encode("unicode_escape").decode("ascii")
