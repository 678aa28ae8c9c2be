"""Places on the grid of a scan, in words."""

from collections.abc import Mapping

import xarray as xr

from mcsc.carrier_axis import CARRIER_AXES


def place_name(axes: Mapping[str, xr.DataArray], place: tuple[int, ...]) -> str:
    """What tells a place from the others, e.g. ``doping 0.5, size 6``.

    Parameters
    ----------
    axes
        Coordinates of the grid.
    place
        Index on each of them.
    """
    values = {name: axis.values[i] for (name, axis), i in zip(axes.items(), place, strict=True)}
    carriers = [name for name in axes if name in CARRIER_AXES]
    others = [name for name in axes if name not in CARRIER_AXES and axes[name].size > 1]
    return ", ".join(
        f"{name.replace('_', ' ')} {value if isinstance(value, str) else f'{value:g}'}"
        for name, value in ((name, values[name]) for name in (*carriers, *others))
    )
