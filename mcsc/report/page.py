"""One page of a diagram for a browser: to point at, with words, numbers and where it comes from.

It is one file that asks for nothing else: style, script and numbers are in it. The script draws SVG
by itself; a plotting library would be 4.8 MB of every page, and its drawings have no words for
those who cannot see them.
"""

import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files

import numpy as np
import xarray as xr

from mcsc.files.tree import group
from mcsc.report.findings import findings
from mcsc.report.page_data import page_data
from mcsc.report.record import Findings
from mcsc.report.tables import tables
from mcsc.report.words import words
from mcsc.text import Table, escaped, where
from mcsc.transitions.grid import places
from mcsc.version import VERSION

FIRST_LINE = "<!DOCTYPE html><!-- a diagram of mcsc -->"
# attributes of a diagram and what they are called
_ORIGIN = {
    "run_file": "run file", "structure_source": "crystal", "seed": "seed", "source": "program",
    "commit": "commit", "versions": "versions", "machine": "machine", "date_created": "written",
    "wall_time_seconds": "seconds", "cpu_time_seconds": "seconds of all cores",
    "tasks_finished": "tasks finished", "history": "history",
    "config_digest": "digest of the settings",
}  # fmt: skip


def page(tree: xr.DataTree) -> str:
    """HTML of a whole diagram.

    tree: From :func:`mcsc.diagram.load`.

    Examples
    --------
    >>> import mcsc
    >>> from mcsc.report.page import page
    >>> text = page(mcsc.load("short.nc"))
    >>> "<h2>What was found</h2>" in text
    True
    """
    found = findings(tree)
    parts = {
        "TITLE": _safe(found.title),
        "FOUND": found_html(found),
        "TABLES": "".join(_tables(tree, found, group(tree, "health"))),
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
    script = _own("drawing.js") + _own("page.js")
    text = text.replace("/*STYLE*/", _own("page.css")).replace("/*SCRIPT*/", script)
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


def _tables(tree: xr.DataTree, found: Findings, health: xr.Dataset) -> Iterator[str]:
    for one in tables(tree):
        yield f"<p>{_safe(one)}</p>" if isinstance(one, str) else _table(one)
    not_below = f"not below ({found.unit})" if found.unit else "not below"
    head = ("at", "temperatures equilibrated", not_below, "longest autocorrelation (sweeps)",
            "round trips of replicas", "sweeps")  # fmt: skip
    yield _table(Table("Equilibration", head, tuple(_equilibration(health))))


def _equilibration(health: xr.Dataset) -> Iterator[tuple[str, ...]]:
    dims = [str(d) for d in health["converged"].dims if d != "temperature"]
    t = health["temperature"].values
    for place, at in places(health, dims):
        flags = at["converged"].values == 1
        slow = [float(at[n].max()) for n in ("tau_energy", "tau_order") if n in at]
        worst = max((x for x in slow if np.isfinite(x)), default=None)
        yield (
            where(place, 6), f"{flags.sum()} of {flags.size}",
            "–" if flags.all() else f"{float(t[~flags].max()):.4g}", _number(worst),
            _number(float(at["round_trips"].sum()) if "round_trips" in at else None),
            _number(float(at["sweeps"]) if "sweeps" in at else None),
        )  # fmt: skip


def _table(table: Table) -> str:
    top = "".join(f'<th scope="col">{_safe(name)}</th>' for name in table.head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    title, caption = _safe(table.title), f"<p>{_safe(table.caption)}</p>" * bool(table.caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<caption>{title}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
        f"</table></div>{caption}"
    )


def _origin(tree: xr.DataTree) -> str:
    known = [(word, tree.attrs[name]) for name, word in _ORIGIN.items() if name in tree.attrs]
    return "".join(f"<dt>{word}</dt><dd>{_safe(str(value))}</dd>" for word, value in known)


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.4g}"
