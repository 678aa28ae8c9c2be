"""One page of a diagram for a browser: to point at, with words, numbers and where it comes from.

It is one file that asks for nothing else: style, script and numbers are in it. The script draws SVG
by itself; a plotting library would be 4.8 MB of every page, and its drawings have no words for
those who cannot see them.
"""

import json
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

import numpy as np
import xarray as xr

from mcsc.files.tree import groups_of
from mcsc.report.findings import Findings, FoundDome, Transition, findings
from mcsc.report.page_data import page_data
from mcsc.report.words import words
from mcsc.text import concise, escaped, vector, where
from mcsc.transitions.grid import places
from mcsc.version import VERSION

FIRST_LINE = "<!DOCTYPE html><!-- a diagram of mcsc -->"
# attributes of a diagram and what they are called
_ORIGIN = {
    "run_file": "run file", "structure_source": "crystal", "seed": "seed", "source": "program",
    "commit": "commit", "versions": "versions", "machine": "machine", "date_created": "written",
    "wall_time_seconds": "seconds", "tasks_finished": "tasks finished", "history": "history",
    "config_digest": "digest of the settings",
}  # fmt: skip


def page(tree: xr.DataTree) -> str:
    """HTML of a whole diagram.

    Parameters
    ----------
    tree
        From :func:`mcsc.diagram.load`.

    Examples
    --------
    >>> import mcsc
    >>> from mcsc.report.page import page
    >>> text = page(mcsc.load("short.nc"))
    >>> "<h2>What was found</h2>" in text
    True
    """
    found, groups = findings(tree), groups_of(tree)
    parts = {
        "TITLE": _safe(found.title),
        "FOUND": found_html(found),
        "TABLES": "".join(_tables(found, groups["health"])),
        "RUN_FILE": _safe(str(tree.attrs.get("config_toml", "not kept in this diagram"))),
        "ORIGIN": _origin(tree),
        "VERSION": VERSION,
    }
    text = _own("page.html")
    for name, value in parts.items():
        text = text.replace(f"<!--{name}-->", value)
    data = json.dumps(page_data(tree), separators=(",", ":"), allow_nan=False)
    # no text of a file can end the script it is in
    data = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    text = text.replace("/*STYLE*/", _own("page.css")).replace("/*SCRIPT*/", _own("page.js"))
    return f"{FIRST_LINE}\n{text.replace('/*DATA*/', data)}"


def _own(name: str) -> str:
    return (files("mcsc.report") / name).read_text(encoding="utf-8")


def _safe(text: str) -> str:
    return escape(escaped(text))


def found_html(found: Findings) -> str:
    """The lines of :func:`mcsc.report.words.words` as items of a list."""
    lines, inner = [], False
    for line in words(found):
        deeper = line.startswith("  ")
        if deeper != inner:
            lines.append("<ul>" if deeper else "</ul>")
            inner = deeper
        lines.append(f"<li>{_safe(line.strip())}</li>")
    return "\n".join([*lines, *["</ul>"] * inner])


def _tables(found: Findings, health: xr.Dataset) -> Iterator[str]:
    unit = f" ({found.unit})" if found.unit else ""
    if found.domes:
        head = ("line", "at", f"T{unit}", "error of size", "q", "sides", f"valley below{unit}",
                "height / error")  # fmt: skip
        yield _table("Domes", head, map(_dome, found.domes))
    names = ("line", "at", f"T{unit}", "error of size", "q", "order", "by", "equilibrated",
            "why there is none")  # fmt: skip
    yield _table("Transition temperatures", names, map(_transition, found.transitions))
    yield _table("Equilibration", ("at", "temperatures equilibrated", f"not below{unit}",
                 "longest autocorrelation (sweeps)", "round trips of replicas", "sweeps"),
                 _equilibration(health))  # fmt: skip


def _dome(d: FoundDome) -> tuple[str, ...]:
    sides = " and ".join(f"open on the {side}" for side in d.open_sides) or "bounded"
    return (
        d.line, where(d.at), _number(d.temperature, d.stderr), _size(d.stderr_size),
        _wave(d.wavevector), sides, _number(d.valley, None), _number(d.significance, None),
    )  # fmt: skip


def _transition(t: Transition) -> tuple[str, ...]:
    there = t.temperature is not None
    return (
        t.line, t.place, _number(t.temperature, t.stderr), _size(t.stderr_size) if there else "–",
        _wave(t.wavevector), t.order, t.method,
        {True: "yes", False: "no", None: "–"}[t.equilibrated], t.reason,
    )  # fmt: skip


def _equilibration(health: xr.Dataset) -> Iterator[tuple[str, ...]]:
    dims = [str(d) for d in health["converged"].dims if d != "temperature"]
    t = health["temperature"].values
    for place, at in places(health, dims):
        flags = at["converged"].values == 1
        slow = [float(at[n].max()) for n in ("tau_energy", "tau_order") if n in at]
        worst = max((x for x in slow if np.isfinite(x)), default=None)
        yield (
            where(place, 6), f"{flags.sum()} of {flags.size}",
            "–" if flags.all() else f"{float(t[~flags].max()):.4g}", _number(worst, None),
            _number(float(at["round_trips"].sum()) if "round_trips" in at else None, None),
            _number(float(at["sweeps"]) if "sweeps" in at else None, None),
        )  # fmt: skip


def _table(title: str, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    top = "".join(f'<th scope="col">{_safe(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_safe(title)}"><table>'
        f"<caption>{_safe(title)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )


def _origin(tree: xr.DataTree) -> str:
    known = [(word, tree.attrs[name]) for name, word in _ORIGIN.items() if name in tree.attrs]
    return "".join(f"<dt>{word}</dt><dd>{_safe(str(value))}</dd>" for word, value in known)


def _number(value: float | None, error: float | None) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return concise(value, error or 0.0)


def _size(error: float | None) -> str:
    return "one size" if error is None else f"{error:.2g}"


def _wave(wave: tuple[float, ...] | None) -> str:
    return "–" if wave is None else vector(wave)
