"""Figures of a phase diagram: maps with transitions and domes, S(q), carriers, field loops.

Every function takes a diagram (:func:`mcsc.load`) or its root dataset, draws into the Axes given as
``ax`` or into a new figure of journal column width, and returns the figure it has drawn in, which a
notebook shows; that has no part in pyplot, and ``figure.axes[0]`` are its Axes::

    tree = mcsc.load("phase_diagram.nc")
    phase_map(tree)
    structure_factor_map(tree, doping=1.0, temperature=300.0)
    real_space(tree, doping=1.0, temperature=300.0)
    save_figure(phase_page(tree), "phase_diagram.pdf")
    summary_figure(tree, doping=1.0)

The cages of a structure in three dimensions::

    cage_figure(wells_at(read_crystal("La2CuO4"), "Cu"))

With displaced states in fields::

    regime_map(tree, field=0.1)
    field_map(tree, doping=1.0)
    field_loop(tree, doping=1.0, temperature=30.0)
    capacitance_figure(tree, doping=1.0)
    transport_figure(tree, doping=1.0)

How carriers spread over their polyhedra diffract, from wells alone or with S(q) of a diagram::

    form_factor_map(structure, "alpha")
    structure_factor_map(tree, doping=1.0, temperature=300.0, spread_over="alpha")
    diffraction_figure(structure), diffraction_figure(tree, doping=1.0)

Where the chemical potential is known, x(μ), compressibility and the voltage of an electrode::

    doping_isotherms(tree), compressibility(tree), voltage_curve(tree)

Lowest energies over filling, from a file of ``mcsc ground``::

    formation_energies(tree)
    staircase(tree)
    ground_figure(tree)

``import mcsc`` does not import matplotlib, this package does.
"""

from mcsc.plot.cages import cage_figure
from mcsc.plot.capacitance import capacitance_figure
from mcsc.plot.comparison import comparison
from mcsc.plot.diffraction import diffraction_figure, form_factor_map
from mcsc.plot.isotherms import compressibility, doping_isotherms, voltage_curve
from mcsc.plot.map import phase_map
from mcsc.plot.phase_diagram import phase_diagram
from mcsc.plot.phase_page import phase_page
from mcsc.plot.protocol import field_loop
from mcsc.plot.regimes import field_map, regime_map
from mcsc.plot.scattering import structure_factor_map
from mcsc.plot.snapshot import real_space
from mcsc.plot.staircase import formation_energies, ground_figure, staircase
from mcsc.plot.summary import save_figure, summary_figure
from mcsc.plot.transport import transport_figure

__all__ = [
    "cage_figure", "capacitance_figure", "comparison", "compressibility", "diffraction_figure",
    "doping_isotherms", "field_loop", "field_map", "form_factor_map", "formation_energies",
    "ground_figure", "phase_diagram", "phase_map", "phase_page", "real_space", "regime_map",
    "save_figure", "staircase", "structure_factor_map", "summary_figure", "transport_figure",
    "voltage_curve",
]  # fmt: skip
