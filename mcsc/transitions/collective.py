"""Where the carriers are displaced together on cooling, at one doping and field.

In a field the order parameter is the mean displacement U∥ along it, which the field couples to: its
onset is a crossover, unless the energy histogram has two peaks. At zero field it is the length of
the mean displacement U, whose spontaneous order is judged like that of charge. Either way two
estimators give the temperature:

- the largest response: N Var(U∥)/(k_B T) in a field, N (⟨|U|²⟩ − ⟨|U|⟩²)/(k_B T) without;
- the temperature at which the share of uniform displacement has fallen to one half on heating:
  transmission ⟨U∥⟩²/⟨u²⟩ in a field, ⟨|U|²⟩/⟨u²⟩ without.

With several sizes at zero field, the Binder crossing of |U| comes before both.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.binder import order_present
from mcsc.estimators.estimate import Estimate, Ladder
from mcsc.estimators.peaks import response_peak, susceptibility_peak
from mcsc.estimators.transmission import half_transmission, uniform_share
from mcsc.text import apart
from mcsc.transitions.ladder import equilibrated
from mcsc.transitions.settings import Settings
from mcsc.transitions.transition import COLLECTIVE, OneSize, Transition, together

# of the largest share of uniform displacement that is hardly any
_LITTLE = 0.25


def collective(
    ladders: list[xr.Dataset],
    boltzmann: float,
    settings: Settings,
    lengths: FloatArray | None = None,
) -> Transition:
    """Onset of uniform displacement from the ladders of one doping and field; as `charge_order`."""
    sizes = [_of_size(ladder, boltzmann, settings) for ladder in ladders]
    in_field = sizes[-1].estimate.found and _in_field(ladders[-1])
    alike = [
        Ladder(
            float(ladder["n_carriers"]),
            ladder["temperature"].values,
            ladder["energy"].values,
            ladder["displacement_uniform_squared"].values.astype(np.float64),
        )
        for ladder in ladders
        if sizes[-1].estimate.found and not in_field and np.isfinite(ladder["energy"].values).all()
    ]
    found = together(ladders, sizes, alike, boltzmann, settings, lengths, crossover=in_field)
    smooth = in_field and found.kind != "first_order"
    return replace(found, kind="crossover") if smooth else found


def _in_field(ladder: xr.Dataset) -> bool:
    return float(ladder["field_strength"]) > 0


def _of_size(ladder: xr.Dataset, boltzmann: float, settings: Settings) -> OneSize:
    """Onset on one ladder. Above the temperature of the most uniform displacement it is sought."""
    if "displacement_parallel" not in ladder:
        return OneSize(COLLECTIVE.nothing("wells have no displaced states"), False)
    kept = equilibrated(ladder)
    if isinstance(kept, str):
        return OneSize(COLLECTIVE.nothing(kept), False)
    ladder, in_field = kept.series, _in_field(ladder)
    name = "displacement_parallel" if in_field else "displacement_uniform_squared"
    uniform, squares = (
        ladder[key].values.astype(np.float64) for key in (name, "displacement_squared")
    )
    share = uniform_share(uniform.mean(axis=1), squares.mean(axis=1), not in_field)
    best = int(share.argmax())
    if reason := _disorder(ladder, uniform[best], squares[best], float(share[best]), settings):
        return OneSize(COLLECTIVE.nothing(reason + kept.remark), kept.converged, kept.floor)
    t, e = ladder["temperature"].values[best:], ladder["energy"].values[best:]
    uniform, squares = uniform[best:], squares[best:]
    estimator: Callable[..., Estimate] = response_peak if in_field else susceptibility_peak
    delta = float(ladder["displacement_largest"])
    scaled = uniform / (delta if in_field else delta**2)
    n, n_blocks = int(ladder["n_carriers"]), settings.blocks
    peak = estimator(t, e, scaled, boltzmann, n, n_blocks)
    half = half_transmission(
        t, e, uniform, squares, boltzmann, squared=not in_field, n_blocks=n_blocks
    )
    if not (peak.found or half.found):
        # one that is not seen lies below the first temperature with little displacement left
        hot = int(np.flatnonzero(share >= _LITTLE * share[best])[-1]) + 1
        bound = max(kept.floor, float(np.append(ladder["temperature"].values, np.inf)[hot]))
        nothing = COLLECTIVE.nothing(f"{peak.reason}; {half.reason}{kept.remark}")
        return OneSize(nothing, kept.converged, bound)
    found = OneSize(dict(zip(COLLECTIVE.estimators.values(), (peak, half), strict=True)), True)
    return replace(found, converged=kept.converged_around(found.estimate.temperature))


def _disorder(
    ladder: xr.Dataset, uniform: FloatArray, squares: FloatArray, share: float, settings: Settings
) -> str:
    """Why displacements are not uniform at their most uniform temperature; empty if they are."""
    if not squares.mean() > 0:
        return "no carrier is displaced"
    if _in_field(ladder):
        least = settings.regimes.transmission
        if share >= least:
            return ""
        reached, limit = apart(share, least, 2)
        return f"displacements stay random: transmission reaches {reached}, below {limit}"
    presence = order_present(
        uniform,
        int(ladder["displacement_components"]),
        float(squares.mean()) / float(ladder["n_carriers"]),
        growth=settings.growth,
        n_blocks=settings.blocks,
    )
    # order_present speaks of m², which is |U|² here
    reason = presence.reason.replace("m²", "|U|²")
    return "" if presence.ordered else f"no field and no spontaneous order: {reason}"
