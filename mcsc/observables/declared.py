"""The table of observables, and the measurement of what they are made of."""

import numpy as np
import numpy.typing as npt

from mcsc.observables.charge import CHARGE
from mcsc.observables.displacement import DISPLACEMENTS
from mcsc.observables.nematic import NEMATIC_ORDER
from mcsc.observables.observable import AnyArray, Observable, Series
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots

# snapshots measured at once are bounded by this many complex numbers
_CHUNK = 1 << 22

OBSERVABLES: tuple[Observable, ...] = (*CHARGE, *DISPLACEMENTS, *NEMATIC_ORDER)


def table(probe: Probe) -> tuple[Observable, ...]:
    """All observables of a task: the usual ones, and those of its own."""
    return (*OBSERVABLES, *probe.also)


def measured_series(probe: Probe) -> dict[str, Series]:
    """What is to be measured for them and the crystal has, by name.

    Raises
    ------
    ValueError
        If two of these series have one name.
    """
    found: dict[str, Series] = {}
    for item in table(probe):
        for root in (root for series in item.series for root in series.roots()):
            if found.setdefault(root.name, root) is not root:
                raise ValueError(f"observable {item.name}: another series is named {root.name}")
    return {name: one for name, one in found.items() if one.function and one.exists(probe)}


def measure(probe: Probe, carriers: npt.NDArray[np.int32]) -> dict[str, AnyArray]:
    """Measure snapshots.

    Parameters
    ----------
    carriers
        (n, T, N) state number of each carrier; −1 for none, where their number is not fixed. N is
        then the room for carriers, the number of wells.

    Returns
    -------
    (n, T, ...) series by name, those of :func:`measured_series`.
    """
    flat = carriers.reshape(-1, carriers.shape[2])
    step = max(1, _CHUNK // (len(probe.base) * len(probe.q)))
    parts = []
    for start in range(0, len(flat), step):
        taken = Snapshots(probe, flat[start : start + step])
        wanted = measured_series(probe).items()
        parts.append({name: one.function(probe, taken) for name, one in wanted if one.function})
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: a.reshape(*carriers.shape[:2], *a.shape[1:]) for name, a in whole.items()}
