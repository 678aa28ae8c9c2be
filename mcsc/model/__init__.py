"""The Hamiltonian of carriers in wells: how they repel, as one record, and the tables of it."""

from mcsc.model.dopants import Dopants, dopant_potential, draw_dopants
from mcsc.model.ewald import periodic_potential
from mcsc.model.hamiltonian import Model, StateArray, build_model, particle_hole
from mcsc.model.interactions import Interactions
from mcsc.model.ionic import with_ionic_energies
from mcsc.model.laws import COULOMB, Law, Yukawa
from mcsc.model.medium import mean_permittivity, principal_axes, stretch_of
from mcsc.model.plane_sum import plane_potential
from mcsc.model.potential import Potential, normal_of
from mcsc.model.short_range import ShortRangeTerm, short_range_table
from mcsc.model.table import PairTable, pair_table, state_positions
from mcsc.model.tabulated import read_pair_energies, tabulated_table
