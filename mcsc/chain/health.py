"""Whether a finished ladder can be trusted: acceptance, exchange, autocorrelation, drift."""

import numpy as np
import numpy.typing as npt

from mcsc.chain.convergence import compared_series, convergence, resolved
from mcsc.chain.mix import listed_moves
from mcsc.chain.record import LadderRecord
from mcsc.chain.task import Task
from mcsc.kernels.block_tables import BlockState
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, FROM_COLD, FROM_HOT, MOVES, ROUND_TRIPS
from mcsc.kernels.tables import State
from mcsc.variables import Variables, written

FloatArray = npt.NDArray[np.float64]


def health(
    task: Task, state: State | BlockState, record: LadderRecord, order_squared: FloatArray
) -> Variables:
    """Variables of the group ``health``.

    Parameters
    ----------
    record
        Series and drifts of the run.
    order_squared
        (n, T, layers, channels) m² of the leading channels.
    """
    tally = state.tally.astype(np.float64)
    n_moves = len(listed_moves(task))
    attempts, accepted = tally[:, ATTEMPTS[:n_moves]], tally[:, ACCEPTED[:n_moves]]
    with np.errstate(invalid="ignore"):
        acceptance = accepted / attempts
        exchange = tally[:, ACCEPTED.exchange] / tally[:, ATTEMPTS.exchange]
        hot_share = tally[:, FROM_HOT] / (tally[:, FROM_HOT] + tally[:, FROM_COLD])
    swaps = tally[:, ACCEPTED.exchange]
    series = compared_series(
        record.series["energy"],
        order_squared[..., 0] if order_squared.shape[3] else order_squared.sum(axis=3)[:, :, :0],
        record.series["displacement"] @ np.array(task.field_direction),
        record.series.get("number"),
    )
    displaced = any(well.displacements.any() for well in task.structure.wells)
    found = convergence([series], swaps, acceptance, task.sampling.spacing, displaced)
    drifts = record.energy_drift, record.potential_drift
    thermal = task.units.boltzmann * np.array(task.temperatures)
    found["converged"] &= resolved(record.series["energy"], drifts, thermal)
    # of layered crystals alone
    if attempts[:, MOVES.index("layer_exchange")].any():
        found["layer_exchange_acceptance"] = acceptance[:, MOVES.index("layer_exchange")]
    return written(
        "health",
        task.units,
        **found,
        acceptance=acceptance,
        proposals=attempts.sum(axis=0) / (task.sampling.sweeps * len(task.temperatures)),
        exchange_rate=exchange,
        hot_share=hot_share,
        round_trips=tally[:, ROUND_TRIPS].sum(),
        energy_drift=record.energy_drift,
        potential_drift=record.potential_drift,
        by_blocks=task.by_blocks,
    )
