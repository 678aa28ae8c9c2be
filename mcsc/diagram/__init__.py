"""The phase diagram: merged, kept in a file, and beside what was measured on the material.

In the static picture superconductivity is the collective displacement, so that measured T_c stands
beside T_collective, and charge density waves beside T_charge. A diagram without fields has no
T_collective; T_charge then stands in, and the comparison says so. Nothing is fitted.
"""

from mcsc.diagram.atoms import atoms_of
from mcsc.diagram.beside import Compared
from mcsc.diagram.comparison import Comparison, compare
from mcsc.diagram.file import KIND, averaged, load, save
from mcsc.diagram.free_carriers import with_free_carriers
from mcsc.diagram.lines import Line, minima, model_lines
from mcsc.diagram.measured import Curve, Measured, measured_curves, measured_facts
from mcsc.diagram.merge import merge, merge_histories, structure_dataset
