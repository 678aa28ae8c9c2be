"""``ds.mcsc`` on every phase diagram opened with xarray: transitions, domes, regimes, the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from mcsc.files.tree import group
from mcsc.text import escaped
from mcsc.variables import flag_names

if TYPE_CHECKING:
    from ase import Atoms
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mcsc.transitions import Dome


class _Questions:
    """Questions to the root of a phase diagram."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset
        self._drawn: xr.Dataset | xr.DataTree = dataset

    def _diagram(self) -> xr.Dataset:
        return _with(self._dataset, "T_charge")

    @property
    def transitions(self) -> xr.Dataset:
        """All variables about T_charge and T_collective: value, error, order, method, reason."""
        dataset = self._diagram()
        lines = ("T_charge", "T_collective")
        names = [str(name) for name in dataset.data_vars if str(name).startswith(lines)]
        return dataset[names]

    @property
    def reduced_temperature(self) -> xr.DataArray:
        """Temperature over the Coulomb temperature e²/(4πε0 ε_r a k_B)."""
        dataset = _with(self._dataset, "temperature")
        name = "coulomb_temperature"
        scale = dataset[name] if name in dataset else float(dataset.attrs[name])
        values = self._dataset["temperature"] / scale
        return values.assign_attrs(units="1", long_name="reduced temperature")

    def structure_factor_at(self, h: float, k: float, l: float) -> xr.DataArray:  # noqa: E741
        """S(q) at a wavevector, on all other dimensions; stored is one of each pair ±q.

        Parameters
        ----------
        h, k, l
            Reciprocal lattice units.

        Raises
        ------
        ValueError
            If no supercell of the diagram has it; the nearest one is named.
        """
        dataset = _with(self._dataset, "structure_factor")
        stored = np.stack([dataset[name].values for name in "hkl"], axis=1)
        distance = np.abs(np.array([[h, k, l], [-h, -k, -l]])[:, None] - stored).max(axis=2)
        sign, index = np.unravel_index(distance.argmin(), distance.shape)
        if distance[sign, index] > 1e-6:
            nearest = ", ".join(f"{x + 0.0:g}" for x in stored[index] * (1 - 2 * int(sign)))
            raise ValueError(
                f"h, k, l = {h:g}, {k:g}, {l:g}: no wavevector of this diagram; the nearest is "
                f"{nearest}"
            )
        return dataset["structure_factor"].isel(wavevector=int(index))

    @property
    def regimes(self) -> xr.DataArray:
        """Regime of every point as its name; numbers and thresholds are those of ``regime``.

        Raises
        ------
        ValueError
            If the wells of the diagram have no displaced states.
        """
        dataset = self._diagram()
        if "regime" not in dataset:
            raise ValueError(
                "no regimes in this dataset: run it with displaced states, e.g. "
                'wells.states = "vertices"'
            )
        return dataset["regime"].copy(data=flag_names(dataset["regime"]))

    def domes(
        self, significance: float = 3.0, *, line: str = "T_charge", **at: Any
    ) -> tuple[Dome, ...]:
        """Domes of a transition temperature over doping, or over the chemical potential.

        Parameters
        ----------
        significance
            Errors a dome must stand above what is known of its sides.
        line
            ``"T_charge"``, ``"T_collective"`` or, above free carriers, ``"T_collective_excess"``.
        **at
            Values on further axes, such as ``field``, as :func:`mcsc.plot.phase_map` takes them;
            the first of each by default.

        With samples of disorder the line is the mean over them.

        Returns
        -------
        Bounded and open domes: only ``dome.bounded`` ones have a valley and a significance.
        """
        from mcsc.plot.selection import slice_of
        from mcsc.transitions.disorder import SAMPLES, averaged_line
        from mcsc.transitions.dome_table import domes_on
        from mcsc.transitions.excess import LINE as EXCESS

        root = self._diagram()
        lines = ("T_charge", "T_collective", EXCESS)
        if line not in lines:
            raise ValueError(f"line {line!r}: choose {', '.join(lines)}")
        if line == EXCESS:
            _with(root, EXCESS)
        elif SAMPLES in root[line].dims:
            root = averaged_line(root, line)
        here, _ = slice_of(root, **at)
        return domes_on(here, line, significance)

    def plot(self, ax: Axes | None = None, **options: Any) -> Figure:
        """Draw the map of charge order; see :func:`mcsc.plot.phase_map`."""
        from mcsc.plot import phase_map

        return phase_map(self._drawn, ax=ax, **options)

    def plot_regimes(self, ax: Axes | None = None, **options: Any) -> Figure:
        """Draw the regimes over doping and temperature; see :func:`mcsc.plot.regime_map`."""
        from mcsc.plot import regime_map

        return regime_map(self._drawn, ax=ax, **options)

    def plot_field(self, doping: float, ax: Axes | None = None, **options: Any) -> Figure:
        """Draw the regimes over field and temperature; see :func:`mcsc.plot.field_map`."""
        from mcsc.plot import field_map

        return field_map(self._drawn, doping, ax=ax, **options)


@xr.register_dataset_accessor("mcsc")  # type: ignore[no-untyped-call]
class DatasetAccessor(_Questions):
    """Questions to the root of a phase diagram, or to a ladder; all else is plain xarray."""

    def to_ase(self, temperature: float, *, cage: bool = False) -> Atoms:
        """The last snapshot of a ladder, see :meth:`TreeAccessor.to_ase`.

        Of a diagram it is in several groups: ask its tree, ``tree.mcsc.to_ase``.
        """
        from mcsc.transitions.grid import carrier_axis

        ladder = _with(self._dataset, "state")
        axis = carrier_axis(ladder.coords)
        root, structure = ladder.expand_dims(axis), ladder.expand_dims("supercell")
        return _atoms(root, root, structure, float(ladder[axis]), temperature, cage)


@xr.register_datatree_accessor("mcsc")  # type: ignore[no-untyped-call]
class TreeAccessor(_Questions):
    """The same questions to a whole phase diagram, from any of its groups."""

    def __init__(self, tree: xr.DataTree) -> None:
        super().__init__(tree.root.to_dataset())
        self._drawn = self._tree = tree.root

    def __repr__(self) -> str:
        from mcsc.report.findings import findings
        from mcsc.report.words import words

        found = findings(self._tree)
        return escaped("\n".join([found.title, *words(found)]))

    def _repr_html_(self) -> str:
        from mcsc.report.findings import findings
        from mcsc.report.page import found_html

        return f"<ul>{found_html(findings(self._tree))}</ul>"

    def write_page(self, path: str | Path) -> None:
        """Write the page of the diagram for a browser, as ``mcsc report`` does.

        Raises
        ------
        mcsc.files.outputs.NotReplaced
            If anything but such a page is there.
        """
        from mcsc.files.outputs import write_page
        from mcsc.report.page import page

        write_page(Path(path), page(self._tree))

    def to_ase(self, doping: float, temperature: float, *, cage: bool = False, **at: Any) -> Atoms:
        """The last snapshot of a point as ase Atoms: carriers at their displaced positions.

        Parameters
        ----------
        doping, temperature, **at
            The nearest point, as in :func:`mcsc.plot.real_space`; for ``doping`` the chemical
            potential where that is the axis.
        cage
            Whether to add the ions around the wells.

        Returns
        -------
        Atoms
            Carriers are ``X``, see :func:`mcsc.diagram.atoms_of`; their lengths, and the
            temperature and doping in ``info``, are in the units of the diagram.
            ``atoms.write("snapshot.xyz", format="extxyz")`` keeps everything.

        Raises
        ------
        ValueError
            If the point lies outside the scan or has not been run.
        """
        root, samples, structure = (
            group(self._tree, name) for name in ("/", "samples", "structure")
        )
        return _atoms(root, samples, structure, doping, temperature, cage, **at)


def _atoms(
    root: xr.Dataset,
    samples: xr.Dataset,
    structure: xr.Dataset,
    carriers: float,
    temperature: float,
    cage: bool,
    **at: Any,
) -> Atoms:
    from mcsc.diagram import atoms_of
    from mcsc.plot.selection import point_at
    from mcsc.transitions.grid import carrier_axis

    point = point_at(root, carriers, temperature, **at)
    samples, structure = (
        one.isel(point.place, missing_dims="ignore") for one in (samples, structure)
    )
    atoms = atoms_of(samples["state"].values, structure.isel(supercell=point.size), cage=cage)
    axis = carrier_axis(root.dims)
    atoms.info |= {axis: point.doping, "temperature": point.temperature}
    return atoms


def _with(dataset: xr.Dataset, name: str) -> xr.Dataset:
    if name not in dataset:
        raise ValueError(
            f"no {name} in this dataset: open the root of an mcsc phase diagram, or sample a ladder"
        )
    return dataset
