"""Currents of one model in this process: nothing is written."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy.typing as npt
import xarray as xr

from mcsc import chain
from mcsc.chain import Task, Transport
from mcsc.execute import Progress
from mcsc.execute.display import shown
from mcsc.model import Model
from mcsc.workflow.one_ladder import directed, filled, of_model


def transport(
    source: Task | Model,
    temperatures: Iterable[float] | None = None,
    *,
    doping: float | None = None,
    n_carriers: int | None = None,
    fields: Sequence[float] = (0.0,),
    direction: npt.ArrayLike = (1.0, 0.0, 0.0),
    frequencies: Sequence[float] = (),
    barrier: float | None = None,
    rate: float = 1.0,
    state_rate: float | None = None,
    events: int = Transport.events,
    repeats: int = Transport.repeats,
    seed: int | None = None,
    progress: bool | Progress = True,
) -> xr.Dataset:
    """Follow hopping carriers by kinetic Monte Carlo, in constant fields, on all cores.

    Nothing is written. For diagrams, long runs and runs that can be stopped, give a run file a
    section ``[transport]`` and use :func:`mcsc.run`.

    Parameters
    ----------
    source
        A model as it was built, without a field, or a task whose own numbers are used where no
        others are given here.
    temperatures
        In any order; the carriers are cooled down them from the highest.
    doping, n_carriers
        One of them, where a model is given: carriers per primitive cell or in the supercell.
    fields
        Strengths, energy per charge and length; zero is always measured.
    direction
        (3,) of the fields, of any length.
    frequencies
        Angular frequencies of the ac susceptibility, in the unit of ``rate``.
    barrier, rate, state_rate, events, repeats
        As in :class:`mcsc.sampling.Transport`; ``rate`` is ν₀, so that with 1 times are in 1/ν₀.
    seed
        Of the random numbers: the same seed gives the same bits.
    progress
        As in :func:`mcsc.run`.

    Returns
    -------
    Dataset
        Current density, mobility, conductivity, resistivity … on ``field`` and ``temperature``,
        with standard errors ``NAME_stderr``; see docs/diagram.md.

    Raises
    ------
    ValueError
        If a number does not fit the model; the message names it.

    Examples
    --------
    A carrier alone on a simple cubic lattice has the mobility 1/(k_B T):

    >>> import mcsc
    >>> model = mcsc.build_model(mcsc.textbook("cubic"), (4, 4, 4))
    >>> found = mcsc.transport(model, [0.5, 1.0], n_carriers=1, fields=[0.1], events=2048)
    >>> bool((abs(found.mobility[0] - [2.0, 1.0]) < 4 * found.mobility_stderr[0]).all())
    True
    """
    bare = of_model(source) if isinstance(source, Model) else source
    along = directed(direction)
    if not along["field"]:
        raise ValueError("direction is zero: give that of the fields, e.g. (1, 0, 0)")
    asked = Transport(
        tuple(sorted({0.0, *map(float, fields)})),
        rate,
        state_rate or rate,
        barrier,
        events,
        repeats=repeats,
        frequencies=tuple(sorted(map(float, frequencies))),
    )
    task = filled(bare, doping, n_carriers, None, needed=bare is not source)
    task = replace(
        task,
        transport=asked,
        field_direction=along["field_direction"],
        temperatures=tuple(sorted(map(float, temperatures or task.temperatures))),
        seed=task.seed if seed is None else seed,
    )
    if not task.temperatures or task.temperatures[0] <= 0:
        raise ValueError("temperatures: give at least one, above 0")
    with shown(progress) as told:
        told.begin([task], "transport", "")
        return chain.run(task, report=partial(told.update, task)).to_dataset()
