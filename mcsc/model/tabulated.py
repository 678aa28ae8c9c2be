"""Pair energies from a table of distances: read from a file, and between all carriers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from mcsc.files.regular_file import read_regular
from mcsc.model.table import PairTable, state_positions
from mcsc.periodic import expected_translations, translations_within
from mcsc.structure import Structure

Rows = tuple[tuple[float, float], ...]

# bytes of a file, pairs of carriers within the last distance
_LARGEST, _MOST_PAIRS = 1 << 20, 5_000_000


def read_pair_energies(path: Path) -> Rows:
    """Rows (distance, energy) of a file: two numbers a line with a comma, blank or tab between.

    Empty lines, lines that begin with ``#`` and a first line of words are left out.

    Raises ValueError if it cannot be read, a line holds something else, or distances do not ascend
        from above zero; the message names the line.
    """
    try:
        lines = read_regular(path, _LARGEST).decode("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise ValueError("no such file; it is sought beside the run file") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(lines, 1):
        words = line.replace(",", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            distance, energy = map(float, words)
        except ValueError:
            if not rows and number == 1:
                continue
            raise ValueError(f"line {number}: give two numbers, distance and energy") from None
        if not (np.isfinite(energy) and (rows[-1][0] if rows else 0.0) < distance < np.inf):
            raise ValueError(
                f"line {number}: distances ascend from above 0, and energies are finite numbers"
            )
        rows.append((distance, energy))
    if len(rows) < 2:
        raise ValueError("holds fewer than two rows; give distances and energies")
    return tuple(rows)


def tabulated_table(structure: Structure, size: Sequence[int], rows: Rows) -> PairTable:
    """Energies of all pairs of carriers of a supercell by the distance of their positions.

    Between the rows monotone cubics (PCHIP) pass through them and overshoot none; beyond the last
    row the energy is zero, and below the first one there must be no pair. Every image counts.

    structure, size: Wells, and cells of the supercell.
    rows: Distances, ascending, and energies.

    Raises ValueError if two carriers come nearer than the first row, or too many are within the
        last.

    F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984), doi:10.1137/0905021.
    """
    distances, energies = np.array(rows).T
    positions, wells = state_positions(structure)
    states, shape = len(positions), tuple(size)
    offsets = (positions[None, :] - positions[:, None]).reshape(-1, 3)
    # a pair at the last distance, as it is printed in the table, is not cut off
    reach = distances[-1] * (1.0 + 1e-9)
    if len(offsets) * expected_translations(structure.cell, reach) > _MOST_PAIRS:
        raise ValueError(
            f"too many carriers within its last distance, {distances[-1]:g}; end it before, the "
            f"lattice constant is {structure.lattice_constant:g}"
        )
    owner, steps, apart = translations_within(structure.cell, offsets, reach)
    first, second = owner // states, owner % states
    # the states of one well exclude each other
    counts = (wells[first] != wells[second]) | steps.any(axis=1)
    if structure.slab is not None:
        counts &= steps[:, structure.slab.axis] == 0
    first, second, steps, apart = first[counts], second[counts], steps[counts], apart[counts]
    nearest = float(apart.min(initial=np.inf))
    if nearest < distances[0] * (1.0 - 1e-9):
        raise ValueError(
            f"carriers come as near as {nearest:.6g}, and the first distance is {distances[0]:g}; "
            "add a row"
        )
    between = np.zeros((states, states, *shape))
    found = PchipInterpolator(distances, energies)(np.clip(apart, distances[0], distances[-1]))
    np.add.at(between, (first, second, *np.mod(steps, shape).T), found)
    own = np.arange(states)
    images = between[own, own, 0, 0, 0].copy()
    between[wells[:, None] == wells, 0, 0, 0] = 0.0
    return PairTable(between, images)
