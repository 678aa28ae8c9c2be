"""What a temperature ladder writes besides its observables: health, last snapshots, series."""

from mcsc.units import FIELD_UNIT
from mcsc.variables.variable import Variable

_HALF = (
    "reciprocal lattice units of the cell; S(q) = S(-q), and of each pair that one is stored whose "
    "first index that is not 0 is positive: for the others look up (-h, -k, -l); all l that the "
    "supercell has room for, also of layered crystals"
)

COULOMB_TEMPERATURE = Variable("coulomb_temperature", "...", "{temperature}",
    "e²/(4πε0 ε_r a k_B): a temperature divided by it is reduced")  # fmt: skip

ROOT: tuple[Variable, ...] = (
    Variable("charge_order_wavevector", "... hkl", "1", "wavevector of the leading charge order",
        "reciprocal lattice units h, k, l; the order that is largest over the ladder as a whole; "
        "one member of its orbit"),
    Variable("star_order_wavevector", "... hkl", "1",
        "wavevector of the order of the Stars of David",
        "reciprocal lattice units; the strongest over the ladder as a whole"),
    Variable("q", "wavevector hkl", "1", "wavevectors in reciprocal lattice units", _HALF),
    *(Variable(name, "wavevector", "1", f"{which} index of the wavevector", _HALF)
      for name, which in zip("hkl", ("first", "second", "third"), strict=True)),
    Variable("doping", "... temperature", "1", "doping x",
        "measured at fixed chemical potential; the long_name in a file is what it counts",
        estimate=True),

    COULOMB_TEMPERATURE,
)  # fmt: skip

_IN_SWEEPS = "autocorrelation time of the {} in sweeps"

HEALTH: tuple[Variable, ...] = (
    Variable("converged", "... temperature", "1",
        "whether the ladder is long enough at this temperature",
        "at least 50 independent samples of energy, charge order and mean displacement (where one "
        "never changes, replicas come down from temperatures where it does), halves of series "
        "within 4 standard errors, correlation of neighbouring thirty-seconds below "
        "0.5, energies known to 0.001 k_B T",
        flags=("not_equilibrated", "equilibrated")),
    Variable("glassy", "... temperature", "1", "whether independent annealings disagree",
        "by more than 4 standard errors of energy, charge order or mean displacement, or an R-hat "
        "above 1.1; such a point is not converged",
        flags=("annealings_agree", "annealings_disagree")),
    Variable("annealing_difference", "... temperature series_name", "1",
        "largest difference of two annealings in standard errors",
        "infinite where they are stuck at different values, missing where they never change and "
        "agree"),
    Variable("r_hat", "... temperature series_name", "1",
        "split R-hat over the halves of all annealings",
        "1 where they cannot be told apart; missing where nothing changes"),
    Variable("tau_energy", "... temperature", "1", _IN_SWEEPS.format("energy")),
    Variable("tau_order", "... temperature", "1", _IN_SWEEPS.format("charge order")),
    Variable("tau_displacement", "... temperature", "1", _IN_SWEEPS.format("mean displacement"),
        "along the field; missing where nothing is displaced"),
    Variable("tau_doping", "... temperature", "1", _IN_SWEEPS.format("doping")),
    Variable("half_difference", "... temperature series_name", "1",
        "second minus first half of the series in standard errors"),
    Variable("acceptance", "... temperature move", "1", "accepted share of attempted moves"),
    Variable("proposals", "... move", "1", "attempts of each move in a sweep of the crystal",
        "the mix of moves: their number in the measured sweeps of all temperatures over the number "
        "of these sweeps"),
    Variable("exchange_rate", "... temperature", "1",
        "accepted share of exchanges with the next higher temperature"),
    Variable("hot_share", "... temperature", "1",
        "share of replicas that came last from the hottest, not from the coldest temperature",
        "where it jumps replicas hardly pass; missing where none came from an end"),
    Variable("layer_exchange_acceptance", "... temperature", "1",
        "accepted share of exchanges of a layer with the next higher temperature",
        "of layered crystals"),
    Variable("stopped_by", "...", "1", "why the ladders of this point were made no longer",
        "target_met: the error asked for is reached; budget_ended: it is not; undecided: tasks "
        "were missing",
        flags=("undecided", "target_met", "no_transition", "budget_ended")),
    Variable("round_trips", "...", "1", "round trips of replicas through the ladder, all together"),
    Variable("number_round_trips", "...", "1",
        "round trips of replicas between the fewest and the most carriers of a window"),
    Variable("visits", "... temperature", "1",
        "measurements with this number of carriers, of a window, over the mean of all numbers",
        "all annealings together; below 0.1 a point is not converged"),
    Variable("log_partition_difference", "... temperature", "1",
        "largest difference of two annealings in ln Z",
        "of this number of carriers against the mean of the window, of more than four annealings "
        "that of the means of four groups of them; above 0.5 a point is not converged"),
    Variable("sweeps", "...", "1", "measured sweeps a temperature, all annealings together"),
    Variable("energy_drift", "...", "{energy}",
        "largest error of a carried total energy before it was recomputed"),
    Variable("potential_drift", "...", "{energy}",
        "largest error of a carried potential before it was recomputed"),
    Variable("by_blocks", "...", "1", "whether block visits sampled the ladder",
        "exact as the carried potential is, in time that grows as the number of wells; hops, "
        "changes of state and fillings alone", flags=("carried_potential", "block_visits")),
    Variable("energy_rounding", "...", "{energy}",
        "upper bound on the error of a carrier's energy from rounded pair energies",
        "of integers times a quantum, less than 1e-9 of the largest pair energy"),
)  # fmt: skip

SAMPLES: tuple[Variable, ...] = (
    Variable("state", "... temperature well", "1", "state of each well in the last snapshot",
        "-1 empty, 0 centre, 1 and above displaced states in the order of the run's wells; -2 no "
        "such well in this size"),
    Variable("dopant_place", "... dopant vector", "1",
        "position of each dopant in units of the cell vectors"),
    Variable("dopant_charge", "...", "1", "charge of each dopant in units of a carrier's"),
    Variable("dopant_charges", "... dopant", "1",
        "charge of each dopant in units of a carrier's", "in its place where there are defects"),
)  # fmt: skip

LARGEST: tuple[Variable, ...] = (
    Variable("displacement_largest", "...", "{length}", "largest displacement of a state"),
    Variable("displacement_parallel_largest", "...", "{length}",
        "largest displacement of a state along the field"),
)  # fmt: skip
"""Of the wells: what displacements are measured by."""

SERIES: tuple[Variable, ...] = (
    Variable("energy", "... temperature measurement", "{energy}", "total energy",
        "at fixed chemical potential less μN, with charging energy"),
    Variable("order_squared", "... channel temperature measurement layer", "1",
        "order parameter squared of the leading channels",
        "in each layer where layers order each for itself, else as a whole"),
    Variable("channel_wavevector", "... channel hkl", "1",
        "wavevector of each channel in reciprocal lattice units"),
    Variable("channel_components", "... channel", "1",
        "independent real components of the order parameter"),
    Variable("channel_disordered", "... channel", "1",
        "order parameter squared of carriers placed at random"),
    Variable("channel_crossover", "... channel", "1",
        "whether the wells that order are inequivalent, a field on the order",
        flags=("equivalent_wells", "inequivalent_wells")),
    Variable("n_carriers", "...", "1", "carriers"),
    Variable("number", "... temperature measurement", "1", "carriers in the supercell"),
    Variable("log_partition", "... temperature annealing", "1",
        "ln Z at this number of carriers less its mean over the window"),
    Variable("log_partition_step", "... temperature annealing", "1",
        "ln Z of one carrier more less ln Z",
        "missing at the most carriers of all windows"),
    Variable("mean_energy", "... temperature annealing", "{energy}",
        "total energy, over all the time that a window is at this number of carriers"),
    Variable("energy_variance", "... temperature annealing", "{energy}^2",
        "variance of the total energy, over the same time"),
    Variable("displacement_parallel", "... temperature measurement", "{length}",
        "mean displacement along the field direction"),
    Variable("displacement_uniform_squared", "... temperature measurement", "{length}^2",
        "square of the mean displacement vector"),
    Variable("displacement_squared", "... temperature measurement", "{length}^2",
        "mean of the squared displacements"),
    Variable("displacement_components", "...", "1", "dimensions that displacements span"),
    *LARGEST,
    Variable("field_strength", "...", FIELD_UNIT, "electric field times charge"),
)  # fmt: skip
