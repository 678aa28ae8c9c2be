"""The field at which carriers come loose, from their current in several fields."""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.errors import jackknife

DEPINNING = ("too_few_fields", "no_current", "linear", "depins")
# standard errors that a current, and a depinning field, have to be above zero
SIGNIFICANCE = 3.0
# least depinning field, over the field from which it is extrapolated
LEAST_SHARE = 0.1


def depinning_field(
    fields: ArrayLike, moved: ArrayLike, time: ArrayLike
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Where the steepest part of the current, drawn on as a straight line, comes to zero.

    At high fields carriers that were pinned drift as free ones do, with a current linear in the
    field: the line through it meets zero at the field that pinning takes away. At finite
    temperature they creep at lower fields too, and the current vanishes nowhere.

    Parameters
    ----------
    fields
        (F,) ascending from 0, where there is no current.
    moved, time
        (bins, F, T) displacement along the field and time, the current being the ratio of their
        means.

    Returns
    -------
    (T,) field and its standard error, NaN where carriers do not depin, and a word of
    :data:`DEPINNING`.
    """
    e = np.asarray(fields, dtype=np.float64)
    m, t = np.asarray(moved, dtype=np.float64), np.asarray(time, dtype=np.float64)
    n_temperatures = m.shape[2]
    nothing = np.full(n_temperatures, np.nan)
    if len(e) < 3:
        return nothing, nothing, [DEPINNING[0]] * n_temperatures
    # none flows without a field, whatever noise says
    m = m * (e > 0)[:, None]
    current, error = jackknife(np.divide, m, t, tau=None)
    steep = (np.diff(current, axis=0) / np.diff(e)[:, None]).argmax(axis=0)
    columns = np.arange(n_temperatures)

    def intercept(moved: FloatArray, time: FloatArray) -> FloatArray:
        low, high = (moved[at, columns] / time[at, columns] for at in (steep, steep + 1))
        return np.asarray(e[steep] - low * (e[steep + 1] - e[steep]) / (high - low))

    found, stderr = jackknife(intercept, m, t, tau=None)
    flows = current[-1] > SIGNIFICANCE * error[-1]
    pinned = found > np.maximum(SIGNIFICANCE * stderr, LEAST_SHARE * e[steep + 1])
    words = [DEPINNING[1 + int(f) + int(f and p)] for f, p in zip(flows, pinned, strict=True)]
    depins = flows & pinned
    return np.where(depins, found, np.nan), np.where(depins, stderr, np.nan), words
