"""The point of a diagram that options name."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from mcsc.transitions.grid import CARRIER_AXES, DOPING, carrier_axis


def point_asked(given: Sequence[str], root: xr.Dataset) -> dict[str, Any]:
    """Arguments of a figure from ``--at NAME=VALUE``; that of the carriers is called ``doping``.

    given: What was written, once for each option.
    root: Root of the diagram; empty of wells alone.

    Raises ValueError if an axis is not there, is given twice, or its value is no finite number.
    """
    axes = root["charge_order"].dims if "charge_order" in root else ()
    asked: dict[str, Any] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not axes:
            raise ValueError(f"--at {text}: wells alone have none; leave it out")
        if not equals or not value:
            raise ValueError(f"--at {text}: write NAME=VALUE, e.g. --at {axes[-2]}=0.5")
        if name not in axes:
            carriers, known = carrier_axis(axes), ", ".join(map(str, axes))
            known = carriers if name in CARRIER_AXES else f"one of {known}"
            raise ValueError(f"--at {text}: the diagram has no such axis; choose {known}")
        argument = DOPING if name in CARRIER_AXES else name
        if argument in asked:
            raise ValueError(f"--at {text}: {name} is given twice; give it once")
        named = not np.issubdtype(root[name].dtype, np.number)
        asked[argument] = value if named else _number(text, value)
    return asked


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"--at {text}: give a finite number, one of the diagram")
    return number
