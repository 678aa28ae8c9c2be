"""``ds.mcsc`` on every phase diagram opened with xarray: transitions, domes, the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    # this module is imported while xarray is, perhaps from within the package named here
    from mcsc.transitions import Dome


@xr.register_dataset_accessor("mcsc")  # type: ignore[no-untyped-call]
class DiagramAccessor:
    """Questions to the root group of a phase diagram; everything else is plain xarray."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def _diagram(self) -> xr.Dataset:
        if "T_charge" not in self._dataset:
            raise ValueError("no T_charge in this dataset: open the root of an mcsc phase diagram")
        return self._dataset

    @property
    def transitions(self) -> xr.Dataset:
        """All variables about T_charge: value, error, wavevector, order, method and reason."""
        dataset = self._diagram()
        names = [str(name) for name in dataset.data_vars if str(name).startswith("T_charge")]
        return dataset[names]

    @property
    def reduced_temperature(self) -> xr.DataArray:
        """Temperature over the Coulomb temperature e²/(4πε0 ε_r a k_B)."""
        scale = float(self._diagram().attrs["coulomb_temperature"])
        values = self._dataset["temperature"] / scale
        return values.assign_attrs(units="1", long_name="reduced temperature")

    def domes(self, significance: float = 3.0) -> tuple[Dome, ...]:
        """Domes of T_charge over doping at the only or first field.

        Parameters
        ----------
        significance
            Standard errors a dome must stand above its valleys.
        """
        from mcsc.transitions import find_domes

        dataset = self._diagram()
        at = dataset.isel(field=0) if "field" in dataset.dims else dataset
        values = at["T_charge"].values
        return find_domes(
            at["doping"].values,
            values,
            np.where(np.isfinite(values), at["T_charge_stderr"].values, 0.0),
            floor=float(at["temperature"].min()),
            factor=significance,
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the map of charge order; see :func:`mcsc.plot.phase_map`."""
        from mcsc.plot import phase_map

        return phase_map(self._diagram(), None, ax=ax, **options)
