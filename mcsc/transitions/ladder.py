"""The ladder of one supercell at one doping and field, as far as it equilibrated."""

from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Equilibrated:
    """A ladder without its glassy cold end.

    series: Its series with ``converged``, at three temperatures or more.
    remark: What was left out, to be added to a reason; empty if nothing.
    floor: The lowest temperature down to which all equilibrated, see `equilibrated_down_to`.
    """

    series: xr.Dataset
    remark: str
    floor: float

    @property
    def converged(self) -> bool:
        """Whether every temperature that is left is."""
        return bool(self.series["converged"].values.all())

    def converged_around(self, temperature: float) -> bool:
        """Whether the three temperatures nearest to one are."""
        away = np.abs(self.series["temperature"].values - temperature)
        return bool(self.series["converged"].values[np.argsort(away)[:3]].all())


def equilibrated(
    ladder: xr.Dataset, point: str = "this point", run: str = "the run"
) -> Equilibrated | str:
    """The ladder without its glassy cold end, or why nothing can be found on it.

    The cold end goes up to the hottest stretch of at least three temperatures in a row that did not
    equilibrate; shorter stretches are chance or slowing down at the transition itself.

    ladder: Series of one supercell with ``converged``.
    point, run: What reasons call it.
    """
    if not np.isfinite(ladder["energy"].values).all():
        return f"{point} has not been run"
    short = ladder["converged"].values == 0
    padded = np.concatenate([[True, True], short])
    stretch = np.nonzero(padded[:-2] & padded[1:-1] & padded[2:])[0]
    first = int(stretch.max()) + 1 if len(stretch) else 0
    temperatures = ladder["temperature"].values
    if len(temperatures) < first + 3:
        return f"{run} did not equilibrate: run longer"
    remark = f"; not equilibrated at {temperatures[first - 1]:.4g} and below" if first else ""
    kept = ladder.isel(temperature=slice(first, None)) if first else ladder
    return Equilibrated(kept, remark, equilibrated_down_to(ladder))


def equilibrated_down_to(ladder: xr.Dataset) -> float:
    """The lowest temperature with none above it that did not equilibrate; ∞ if the hottest did not.

    Other than in :func:`equilibrated` a single one ends it: what lies below is not certain.
    """
    short = np.flatnonzero(ladder["converged"].values != 1)
    first = int(short[-1]) + 1 if len(short) else 0
    temperatures = ladder["temperature"].values
    return float(temperatures[first]) if first < len(temperatures) else np.inf
