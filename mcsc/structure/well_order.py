"""An order of wells that rounding and the order of ions in a file cannot change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mcsc.structure.well import Array, Well


def sorted_wells(wells: list[Well], cell: Array) -> tuple[Well, ...]:
    """Move the wells into the home cell and sort by kind, then fractional coordinates."""
    fractional = np.array([well.centre for well in wells]) @ np.linalg.inv(cell)
    # Rounding may leave a coordinate just below 0 or 1: both count as 0.
    shift = np.floor(fractional + 1e-6)
    keys = [ranks(column) for column in (fractional - shift).T]
    order = sorted(range(len(wells)), key=lambda b: (wells[b].kind, *(k[b] for k in keys)))
    moves = -shift @ cell
    return tuple(
        replace(wells[b], centre=wells[b].centre + moves[b], cage=wells[b].cage + moves[b])
        for b in order
    )


def ranks(values: Array, step: float = 1e-4) -> list[int]:
    """Ranks in which values closer than `step` are tied, so that noise cannot reorder them."""
    order = np.argsort(values, kind="stable")
    rising = np.diff(values[order], prepend=values[order[0]]) > step
    places = np.empty(len(values), dtype=int)
    places[order] = np.cumsum(rising)
    return [int(place) for place in places]


def tied_order(columns: list[Array], step: float = 1e-4) -> list[int]:
    """Indices sorted by the first column, ties by the next, and so on."""
    keys = [ranks(column, step) for column in columns]
    return sorted(range(len(columns[0])), key=lambda b: tuple(key[b] for key in keys))
