"""Interactions of carriers: one record of them, periodic potentials, short range, dopant ions."""

from mcsc.interactions.dopants import Dopants, dopant_potential, draw_dopants
from mcsc.interactions.ewald import periodic_potential
from mcsc.interactions.interactions import Interactions
from mcsc.interactions.ionic import with_ionic_energies
from mcsc.interactions.laws import COULOMB, Law, Yukawa
from mcsc.interactions.medium import mean_permittivity, principal_axes, stretch_of
from mcsc.interactions.plane_sum import plane_potential
from mcsc.interactions.potential import Potential, normal_of
from mcsc.interactions.short_range import ShortRangeTerm, short_range_table
from mcsc.interactions.table import PairTable, pair_table, state_positions
from mcsc.interactions.tabulated import read_pair_energies, tabulated_table
