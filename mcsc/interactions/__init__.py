"""Interactions of carriers: periodic Coulomb and Yukawa potentials, short range, dopant ions."""

from mcsc.interactions.charging import charging_coefficient
from mcsc.interactions.dopants import Dopants, dopant_potential, draw_dopants
from mcsc.interactions.ewald import periodic_potential
from mcsc.interactions.ionic import with_ionic_energies
from mcsc.interactions.short_range import (
    ShortRangeTerm,
    WellShell,
    short_range_table,
    well_distances,
)
from mcsc.interactions.table import PairTable, pair_table, state_positions

__all__ = [
    "Dopants",
    "PairTable",
    "ShortRangeTerm",
    "WellShell",
    "charging_coefficient",
    "dopant_potential",
    "draw_dopants",
    "pair_table",
    "periodic_potential",
    "short_range_table",
    "state_positions",
    "well_distances",
    "with_ionic_energies",
]
