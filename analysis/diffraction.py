"""Diffraction of carriers spread over their polyhedra, beside what the static picture says of it.

Run:  python analysis/diffraction.py [MATERIAL ...] [-o diffraction.png]

Each row is a shipped material; each map shows |f(k)|² of one set of carriers in the plane k_z = 0,
with the Brillouin zone. Where a row has room left, the sets are drawn along lines through Γ.

The static picture says, in words only, that every kind of carrier gives a set of Fermi arcs or
pockets of its own: three sets in a kagome metal, from triangles, hexagons and Stars of David, which
it lays beside photoemission from CsTi3Bi5 (J. Yang et al., Nat. Commun. 14, 4089 (2023),
doi:10.1038/s41467-023-39620-0); and that in a cuprate carriers on the diagonals of the CuO2 square,
not those at the centres of the octahedra, make the Fermi surface and its d-wave form.

The maps agree that there is a set to each kind, with the symmetry of its polyhedron. They have
neither arcs nor pockets: the script prints, from the numbers, that |f(k)|² falls along every ray
from Γ to the edge of the first zone, so that no closed line and no spot stands out in it. Lines
of no intensity appear at about 2π over the size of the polyhedron, in other zones: those of the
star, the largest, come nearest, at 3/2 of the distance of K. The four diagonals of an octahedron
multiply |f|² by cos²(k_x d) cos²(k_y d), d = δ/√2. Its nodes are lines k_x = π/2d and k_y = π/2d,
outside the zone of La2CuO4 for every δ up to the oxygen; those of a d-wave run through Γ along
k_x = ±k_y. Nothing here has an energy, so no line in these maps is a Fermi surface.
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcsc.config import material
from mcsc.observables.carrier_sets import CarrierSet, carrier_sets, intensity
from mcsc.planning import build_structure
from mcsc.plot import form_factor_map, save_figure
from mcsc.plot.reciprocal import reciprocal_lattice, special_points, zone_section
from mcsc.plot.style import BLUE, PAGE, STYLE, TICKS, VERMILION
from mcsc.structure import Structure

FloatArray = npt.NDArray[np.float64]

MATERIALS = ("CsV3Sb5", "La2CuO4")
XY = np.eye(3)[:2]
COLUMNS = 3
# of a line of minima in a map over four decades
DARK = 1e-3
# how far lines are followed, in distances of the zone's edge
FAR = 8.0


def diffraction_figure(structures: dict[str, Structure], points: int = 161) -> Figure:
    """A row of maps for each structure, and its lines where there is room."""
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, 2.6 * len(structures) + 0.2), layout="constrained")
        figure.set_dpi(200)
        rows = np.atleast_1d(figure.subfigures(len(structures), 1))
        for row, (name, structure) in zip(rows, structures.items(), strict=True):
            sets = carrier_sets(structure)[:COLUMNS]
            axes = row.subplots(1, COLUMNS)
            for i, (ax, carriers) in enumerate(zip(axes, sets, strict=False)):
                ax.tick_params(labelsize=TICKS)
                # at rest and displaced look alike: what is seen is how they differ
                rest = carriers.name.removesuffix(", displaced")
                minus = rest if rest != carriers.name else None
                last = i == len(sets) - 1 or sets[i + 1].name.endswith(", displaced")
                form_factor_map(
                    structure, carriers.name, minus=minus, points=points, scale=last, ax=ax
                )
                ax.set_title(f"{rest}: displaced − at rest" if minus else carriers.name)
                ax.get_legend().remove()
                if i:
                    ax.set_ylabel("")
            for ax in axes[len(sets) :]:
                ax.set_axis_off()
            if len(sets) < COLUMNS:
                axes[len(sets)].set_axis_on()
                lines(axes[len(sets)], structure, sets)
            row.suptitle(f"{name}, $k_z$ = 0", fontsize=8.5)
        figure.suptitle(
            r"Diffraction $|f(\mathbf{k})|^2$ of carriers spread over their polyhedra: no band "
            "structure",
            fontsize=9,
        )
    return figure


def lines(ax: Axes, structure: Structure, sets: tuple[CarrierSet, ...]) -> None:
    """|f|² along k_x and along the diagonal, to three times the edge of the zone."""
    ax.tick_params(labelsize=TICKS)
    for angle, style, name in ((0.0, "-", "$k_x$"), (np.pi / 4, "--", "$k_x = k_y$")):
        direction = np.array([np.cos(angle), np.sin(angle), 0.0])
        edge = float(edges(structure, np.array([angle]))[0])
        k = np.linspace(0.0, 3 * edge, 200)
        for carriers, colour in zip(sets, (BLUE, VERMILION), strict=False):
            values = intensity(carriers, k[:, None] * direction)
            ax.plot(k, values, color=colour, linestyle=style, linewidth=1.0,
                    label=f"{carriers.name}: {name}")  # fmt: skip
        ax.axvline(edge, color="0.4", linestyle=style, linewidth=0.7, label=f"edge of zone: {name}")
    ax.set_yscale("log")
    ax.set_ylim(1e-4, 1.0)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("$k$ (Å$^{-1}$)")
    ax.set_ylabel(r"$|f(\mathbf{k})|^2$")
    ax.legend(loc="lower left", fontsize=5.0, handlelength=2.2)


def edges(structure: Structure, angles: FloatArray) -> FloatArray:
    """Distance (n,) of the edge of the first zone from Γ in each direction of the plane."""
    corners = zone_section(reciprocal_lattice(structure.cell), XY)
    sides = np.roll(corners, -1, axis=0) - corners
    normals = np.column_stack([sides[:, 1], -sides[:, 0]])
    heights = (corners * normals).sum(axis=1)
    along = np.column_stack([np.cos(angles), np.sin(angles)]) @ normals.T
    reached = np.where(along > 1e-12, heights / np.where(along > 1e-12, along, 1.0), np.inf)
    return np.asarray(reached.min(axis=1))


def falls_to_the_edge(structure: Structure, carriers: CarrierSet, rays: int = 120) -> bool:
    """Whether |f|² falls from Γ to the edge of the first zone in every direction."""
    angles = 2 * np.pi * np.arange(rays) / rays
    directions = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(rays)])
    ends = edges(structure, angles)
    k = np.linspace(0.0, 1.0, 40)[:, None, None] * (ends[:, None] * directions)
    return bool((np.diff(intensity(carriers, k), axis=0) < 0).all())


def first_dark(structure: Structure, carriers: CarrierSet, angle: float) -> float:
    """First minimum of |f|² below 1e-3 along a direction, over the distance of the zone's edge.

    NaN if there is none within eight times that distance.
    """
    k = np.linspace(0.0, FAR, 1601)
    direction = np.array([np.cos(angle), np.sin(angle), 0.0])
    edge = float(edges(structure, np.array([angle]))[0])
    values = intensity(carriers, k[:, None] * edge * direction)
    middle = values[1:-1]
    minima = (middle <= values[:-2]) & (middle <= values[2:]) & (middle < DARK)
    return float(k[1:-1][minima][0]) if minima.any() else float("nan")


def answers(structure: Structure) -> list[str]:
    """A line for each set: how strong at the named points, whether it falls, where it is dark."""
    points = special_points(structure.cell, XY)
    found = []
    for carriers in carrier_sets(structure):
        strength = ", ".join(
            f"{name} {float(intensity(carriers, [*places[0], 0.0])):.3f}"
            for name, places in points.items()
            if name != "Γ"
        )
        falls = falls_to_the_edge(structure, carriers)
        dark = [
            f"{np.degrees(angle):.0f}° {'none' if np.isnan(at) else f'{at:.2f}'}"
            for angle in directions(points)
            for at in [first_dark(structure, carriers, angle)]
        ]
        found.append(
            f"   {carriers.name}: |f|² at {strength}; "
            f"{'falls from Γ to the edge everywhere' if falls else 'has lines inside the zone'}; "
            f"first dark in zone edges at {', '.join(dark)}"
        )
    return found


def directions(points: dict[str, FloatArray]) -> list[float]:
    """Angles from k_x, up to 90°, at which named points stand."""
    places = np.concatenate([p for name, p in points.items() if name != "Γ"])
    angles = np.sort(np.arctan2(places[:, 1], places[:, 0]))
    angles = angles[(angles > -1e-3) & (angles < np.pi / 2 - 1e-3)]
    apart = [True, *(b - a > 1e-3 for a, b in pairwise(angles.tolist()))]
    return [float(angle) for angle in angles[apart]]


def main(arguments: list[str]) -> None:
    """Draw the figure of some materials and print what the maps show."""
    parser = argparse.ArgumentParser(description="diffraction of carriers in their polyhedra")
    parser.add_argument("material", nargs="*", default=MATERIALS)
    parser.add_argument("-o", "--out", type=Path, default=Path("diffraction.png"))
    options = parser.parse_args(arguments)
    try:
        structures = {n: build_structure(Path(n), material(n)) for n in options.material}
        written = save_figure(diffraction_figure(structures), options.out)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    for name, structure in structures.items():
        print(name, *answers(structure), sep="\n")
    print(f"wrote {written}")


if __name__ == "__main__":
    main(sys.argv[1:])
