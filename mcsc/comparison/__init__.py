"""A diagram beside what was measured on the material: where they agree and where they do not.

In the static picture superconductivity is the collective displacement, so that measured T_c stands
beside T_collective, and charge density waves beside T_charge. A diagram without fields has no
T_collective; T_charge then stands in, and the comparison says so. Nothing is fitted.
"""

from mcsc.comparison.beside import Compared
from mcsc.comparison.compare import Comparison, compare
from mcsc.comparison.lines import Line, minima, model_lines

__all__ = ["Compared", "Comparison", "Line", "compare", "minima", "model_lines"]
