"""What a diagram says, in words: the lines after a run, and the text of its page."""

from collections.abc import Iterator

from mcsc.report.health import listed
from mcsc.report.record import Findings, FoundDome, Transition
from mcsc.text import concise, counted, vector, where

_DOMES, _TRANSITIONS, _UNDECIDED, _GAPS = 6, 12, 6, 6


def words(found: Findings) -> Iterator[str]:
    """Lines on what was scanned, found and left undecided; long lists are cut."""
    yield f"scanned: {', '.join(_axis(name, said) for name, said in found.axes.items())}"
    yield f"equilibrated: {found.share:.0%} of {found.measured} points"
    yield from _domes(found)
    yield from _lines(found)
    for gap in found.coexistence[:_GAPS]:
        low, high = gap.doping
        yield (f"two phases between doping {low:.4g} and {high:.4g}, from {gap.coldest:.4g} to "
               f"{gap.hottest:.4g} {found.unit}".rstrip())  # fmt: skip
    yield from _more(len(found.coexistence) - _GAPS, "region of coexistence")
    if found.undecided:
        yield "undecided:"
        yield from (f"  {line}" for line in found.undecided[:_UNDECIDED])
        yield from _more(len(found.undecided) - _UNDECIDED, "line")


def _axis(name: str, said: str) -> str:
    """``25 dopings from 0.5 to 2.5``, or the one value."""
    word = "sample" if name == "disorder" else name.replace("_", " ")
    number, _, rest = said.partition(" from ")
    return f"{number} {word}s from {rest}" if rest else f"{word} {said}"


def _domes(found: Findings) -> Iterator[str]:
    lines = dict.fromkeys(t.line for t in found.transitions)
    for line in lines:
        domes = [d for d in found.domes if d.line == line]
        if not domes:
            if line == "T_charge":
                yield f"no dome of {line} stands out"
            continue
        yield f"domes of {line}:"
        yield from (f"  {_dome(d, found.unit)}" for d in domes[:_DOMES])
        yield from _more(len(domes) - _DOMES, "dome")


def _dome(dome: FoundDome, unit: str) -> str:
    said = f"{where(dome.at)}: {_temperature(dome.temperature, dome.stderr)} {unit}".rstrip()
    if dome.wavevector is not None:
        said += f", q = {vector(dome.wavevector)}"
    if dome.open_sides or dome.valley is None:
        return f"{said}, open on the {' and '.join(dome.open_sides)}"
    return f"{said}, bounded: below {dome.valley:.4g} {unit}".rstrip() + " on both sides"


def _lines(found: Findings) -> Iterator[str]:
    for line in dict.fromkeys(t.line for t in found.transitions):
        these = [t for t in found.transitions if t.line == line]
        there = [t for t in these if t.temperature is not None]
        unit = f" ({found.unit})" if found.unit else ""
        said = f"{line}{unit}: found at {len(there)} of {len(these)} places"
        if len(there) <= _TRANSITIONS:
            numbers = [
                f"{t.place}: {_temperature(t.temperature, t.stderr)}{_free(t)}" for t in there
            ]
            yield said + (f"; {listed(numbers, _TRANSITIONS)}" if numbers else "")
        else:
            values = [t.temperature for t in there if t.temperature is not None]
            yield f"{said}, from {min(values):.4g} to {max(values):.4g}"
        grown = sum(t.onset is not None for t in these)
        if grown:
            yield f"order grows without a transition at {counted(grown, 'place')}"


def _free(found: Transition) -> str:
    return "" if found.free is None else f" (free carriers {found.free:.4g})"


def _temperature(value: float | None, error: float | None) -> str:
    return "-" if value is None else concise(value, error or 0.0)


def _more(number: int, noun: str) -> Iterator[str]:
    if number > 0:
        yield f"  and {number} more {noun}{'s' * (number > 1)}"
