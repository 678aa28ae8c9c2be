"""Lowest energies found: configurations, superlattices, the convex hull and its staircase.

:func:`lowest_states` anneals and quenches many chains of a task and returns the configurations they
end in; :func:`superlattice`, :func:`density_waves` and :func:`carrier_symmetry` say what a
configuration is; :func:`convex_hull` says which fillings are stable against separation into two
others, and between which chemical potentials.
"""

from mcsc.ground_states.chains import Annealing
from mcsc.ground_states.dataset import KIND, Filling, ground_tree, hull_of
from mcsc.ground_states.hull import Hull, convex_hull, filling_at
from mcsc.ground_states.search import Competitor, lowest_states
from mcsc.ground_states.superlattice import (
    Superlattice,
    carrier_symmetry,
    density_waves,
    superlattice,
)
from mcsc.ground_states.symmetry import model_symmetry, multiplicity, occupation
