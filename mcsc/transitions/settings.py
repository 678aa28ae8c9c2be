"""Thresholds of the analysis of a diagram."""

from dataclasses import dataclass, field

import xarray as xr


@dataclass(frozen=True)
class Thresholds:
    """Where one regime ends and another begins.

    transmission: Least transmission of the collective regime; at zero field least ⟨|U|⟩²/ξ².
    transverse: Largest share of the squared displacements across the field in the collective
        regime.
    polarization: Largest mean displacement along the field over δ of the insulator.
    hop_acceptance: Accepted share of near hops up to which charge counts as frozen without a
        transition.
    """

    transmission: float = 0.7
    transverse: float = 0.2
    polarization: float = 0.1
    hop_acceptance: float = 0.01

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise ValueError(f"regimes.{name} is {value:.15g}: give a share between 0 and 1")


def stored_thresholds(root: xr.Dataset) -> Thresholds:
    """Thresholds that the regimes of a diagram were found with; the defaults if it has none."""
    attributes = root["regime"].attrs if "regime" in root else {}
    names = vars(Thresholds())
    return Thresholds(
        **{n: float(attributes[f"threshold_{n}"]) for n in names if f"threshold_{n}" in attributes}
    )


@dataclass(frozen=True)
class Settings:
    """Thresholds of the analysis, stored with its result.

    growth: How many times that of random carriers an ordered m² must be.
    significance: How many standard errors a dome must stand above its valleys.
    blocks: Blocks of time for jackknife errors.
    regimes: What separates the regimes of the static picture.
    """

    growth: float = 5.0
    significance: float = 3.0
    blocks: int = 16
    regimes: Thresholds = field(default_factory=Thresholds)
