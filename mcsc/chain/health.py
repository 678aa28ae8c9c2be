"""Whether a finished ladder can be trusted: acceptance, exchange, autocorrelation, drift."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.chain.task import Task
from mcsc.kernels.ladder import EXCHANGE_ACCEPTED, EXCHANGE_ATTEMPTS, ROUND_TRIPS
from mcsc.kernels.moves import CANONICAL_MOVES, MOVES
from mcsc.kernels.tables import State
from mcsc.statistics import autocorrelation_time, half_difference

FloatArray = npt.NDArray[np.float64]
Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]

# a mean is trusted from this many independent samples on, and if the halves agree to this many σ
MINIMUM_SAMPLES, MAXIMUM_Z = 50.0, 4.0


def health(task: Task, state: State, sums: dict[str, Any], order_squared: FloatArray) -> Variables:
    """Variables of the group ``health``.

    Parameters
    ----------
    sums
        Series and drifts of the run.
    order_squared
        (n, T, layers, channels) m² of the leading channels.
    """
    tally = state.tally.astype(np.float64)
    fixed = task.chemical_potential is None
    columns = 2 * len(CANONICAL_MOVES if fixed else MOVES)
    attempts, accepted = tally[:, 0:columns:2], tally[:, 1:columns:2]
    with np.errstate(invalid="ignore"):
        acceptance = accepted / attempts
        exchange = tally[:, EXCHANGE_ACCEPTED] / tally[:, EXCHANGE_ATTEMPTS]
    spacing = task.sampling.spacing
    has_order = order_squared.shape[3] > 0
    # equal energies carried along different ways differ in their last digits: that is no motion
    energy = np.round(sums["energy"] / (np.abs(sums["energy"]).max() or 1.0), 11)
    order = np.round(np.sqrt(order_squared[..., 0]).mean(axis=2), 6) if has_order else energy
    series = {"energy": energy, "order": order, "displacement": _parallel(task, sums)}
    if not fixed:
        series["number"] = sums["number"]
    tau = {name: autocorrelation_time(values) for name, values in series.items()}
    z = np.stack([half_difference(values) for values in series.values()])
    # a constant series is a ground state or a stuck replica: it is worth the replicas that came
    # and went, each of which found the same
    swaps = tally[:, EXCHANGE_ACCEPTED]
    visits = np.maximum(swaps, np.append(0.0, swaps[:-1]))
    samples = np.stack([_or(visits, len(order) / (2 * t)) for t in tau.values()])
    if not any(well.displacements.any() for well in task.structure.wells):
        samples = np.delete(samples, 2, axis=0)
    enough = samples.min(axis=0) >= MINIMUM_SAMPLES
    agree = (np.abs(np.nan_to_num(z, nan=0.0, posinf=np.inf)) < MAXIMUM_Z).all(axis=0)
    return {
        **({} if fixed else _number_health(tau["number"] * spacing)),
        "acceptance": (
            ("temperature", "move"),
            acceptance,
            {"units": "1", "long_name": "accepted share of attempted moves"},
        ),
        "proposals": (
            ("move",),
            attempts.sum(axis=0) / (task.sampling.sweeps * len(task.temperatures)),
            {
                "units": "1",
                "long_name": "attempts of each move in a sweep of the crystal",
                "comment": "the mix of moves: their number in the measured sweeps of all "
                "temperatures over the number of these sweeps",
            },
        ),
        "exchange_rate": (
            ("temperature",),
            exchange,
            {
                "units": "1",
                "long_name": "accepted share of exchanges with the next higher temperature",
            },
        ),
        "tau_energy": (
            ("temperature",),
            tau["energy"] * spacing,
            {"units": "1", "long_name": "autocorrelation time of the energy in sweeps"},
        ),
        "tau_order": (
            ("temperature",),
            tau["order"] * spacing,
            {"units": "1", "long_name": "autocorrelation time of the charge order in sweeps"},
        ),
        "tau_displacement": (
            ("temperature",),
            tau["displacement"] * spacing,
            {
                "units": "1",
                "long_name": "autocorrelation time of the mean displacement in sweeps",
                "comment": "along the field; missing where nothing is displaced",
            },
        ),
        "half_difference": (
            ("temperature", "series_name"),
            z.T,
            {
                "units": "1",
                "long_name": "second minus first half of the run in standard errors",
            },
        ),
        "converged": (
            ("temperature",),
            (enough & agree).astype(np.int8),
            {
                "units": "1",
                "long_name": "whether the run is long enough at this temperature",
                "flag_values": "0, 1",
                "flag_meanings": "not_equilibrated equilibrated",
                "comment": f"at least {MINIMUM_SAMPLES:g} independent samples of energy, charge "
                "order and mean displacement (exchanged replicas, where one never changes), halves "
                f"of the run within {MAXIMUM_Z:g} standard errors",
            },
        ),
        "round_trips": (
            (),
            tally[:, ROUND_TRIPS].sum(),
            {"units": "1", "long_name": "round trips of replicas through the ladder, all together"},
        ),
        "energy_drift": (
            (),
            sums["drift"][0],
            {
                "units": task.units.energy,
                "long_name": "largest error of a carried total energy before it was recomputed",
            },
        ),
        "potential_drift": (
            (),
            sums["drift"][1],
            {
                "units": task.units.energy,
                "long_name": "largest error of a carried potential before it was recomputed",
            },
        ),
    }


def _number_health(tau: FloatArray) -> Variables:
    attributes = {"units": "1", "long_name": "autocorrelation time of the doping in sweeps"}
    return {"tau_doping": (("temperature",), tau, attributes)}


def _parallel(task: Task, sums: dict[str, Any]) -> FloatArray:
    """(n, T) mean displacement along the field, of any length; constant where there is none."""
    parallel: FloatArray = sums["displacement"] @ np.array(task.field_direction)
    rounded: FloatArray = np.round(parallel / (float(np.abs(parallel).max()) or 1.0), 6)
    return rounded


def _or(missing: FloatArray, values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values), missing, values)
