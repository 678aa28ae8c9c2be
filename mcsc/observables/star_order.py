"""Order of the carriers that are spread over Stars of David, apart from that of all carriers."""

import numpy as np
import numpy.typing as npt

from mcsc.observables.probe import Probe
from mcsc.observables.waves import layer_waves

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]


def star_squared(probe: Probe, waves: ComplexArray, n_carriers: int) -> FloatArray:
    """Strongest density wave of the stars, in every star of wavevectors.

    The strongest wave of a snapshot, not of the run: waves that are equal by symmetry change places
    in a long run.

    Parameters
    ----------
    waves
        (n, M, cells) from :func:`mcsc.observables.waves.cell_waves`.
    n_carriers
        All carriers N.

    Returns
    -------
    (n, stars of wavevectors) largest |Σ_i exp(−iq·r_i)|²/N², i over the Stars of David and N all
    carriers, of a layer where layers order each for itself; then the mean over the layers. Stars
    spread evenly over the layers reach at most their share squared, gathered in some of them more.
    """
    carriers_a_layer = n_carriers / probe.n_layers
    intensity = np.abs(layer_waves(probe, waves * probe.in_star[:, None])) ** 2
    columns = []
    for star in probe.order.stars:
        # the mean over the members that are the same wave
        of_wave = np.eye(star.n_waves)[star.waves] * star.weights[:, None]
        columns.append((intensity[:, :, star.members] @ of_wave).max(axis=2).mean(axis=1))
    squared: FloatArray = np.stack(columns, axis=1) / carriers_a_layer**2
    return squared
