"""The point of a diagram that options name."""

import math

import xarray as xr

from mcsc.carrier_axis import CHEMICAL_POTENTIAL, carrier_axis


def place_of_carriers(
    root: xr.Dataset, doping: float | None, potential: float | None
) -> float | None:
    """The value given for the axis of the carriers of a diagram.

    Raises
    ------
    ValueError
        If the other of the two is given, or it is no number.
    """
    for option, value in (("doping", doping), ("chemical-potential", potential)):
        if value is not None and not math.isfinite(value):
            raise ValueError(f"--{option} {value}: give a finite number, one of the diagram")
    measured = carrier_axis(root.dims) == CHEMICAL_POTENTIAL
    if measured and doping is not None:
        raise ValueError(
            f"--doping {doping:g}: the axis of this diagram is the chemical potential; "
            "choose a point with --chemical-potential"
        )
    if not measured and potential is not None:
        raise ValueError(
            f"--chemical-potential {potential:g}: the axis of this diagram is the doping; "
            "choose a point with --doping"
        )
    return potential if measured else doping
