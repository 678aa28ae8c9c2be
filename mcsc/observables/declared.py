"""The table of observables, and the measurement of what they are made of."""

import numpy as np
import numpy.typing as npt

from mcsc.observables.charge import CHARGE
from mcsc.observables.displacement import DISPLACEMENTS
from mcsc.observables.nematic import NEMATIC_ORDER
from mcsc.observables.observable import AnyArray, Observable, Series
from mcsc.observables.planes import PLANES
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots
from mcsc.observables.stripe import STRIPE_ORDER

# snapshots measured at once are bounded by this many complex numbers
_CHUNK = 1 << 22

OBSERVABLES: tuple[Observable, ...] = (
    *CHARGE, *DISPLACEMENTS, *PLANES, *NEMATIC_ORDER, *STRIPE_ORDER,
)  # fmt: skip


def table(probe: Probe) -> tuple[Observable, ...]:
    """All observables of a task: the usual ones, and those of its own."""
    return (*OBSERVABLES, *probe.also)


def measured_series(probe: Probe) -> dict[str, Series]:
    """What is to be measured for them and the crystal has, by name.

    Raises ValueError if two of them have one name.
    """
    found: dict[str, Series] = {}
    names: set[str] = set()
    for item in table(probe):
        if item.name in names:
            raise ValueError(f"observable {item.name}: another one is named so")
        names.add(item.name)
        for part in (part for series in item.series for part in series.parts()):
            if found.setdefault(part.name, part) is not part:
                raise ValueError(f"observable {item.name}: another series is named {part.name}")
    given = {name: one for name, one in found.items() if one.function and not one.sources}
    return {name: one for name, one in given.items() if one.exists(probe)}


def measure(probe: Probe, carriers: npt.NDArray[np.int32]) -> dict[str, AnyArray]:
    """Measure snapshots.

    carriers: (n, T, N) state number of each carrier; −1 for none, where their number is not fixed.
        N is then the room for carriers, the number of wells.

    Returns: (n, T, ...) series by name, those of :func:`measured_series`.
    """
    flat = carriers.reshape(-1, carriers.shape[2])
    step = max(1, _CHUNK // (len(probe.base) * max(len(probe.q), probe.lattice.n_cells)))
    parts, wanted = [], measured_series(probe).items()
    for start in range(0, len(flat), step):
        taken = Snapshots(probe, flat[start : start + step])
        parts.append({name: one.function(probe, taken) for name, one in wanted if one.function})
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: a.reshape(*carriers.shape[:2], *a.shape[1:]) for name, a in whole.items()}
