"""How often 1σ intervals hold the truth, in many seeded runs of problems with a known answer.

``python tests/calibration/coverage.py`` runs everything and writes docs/calibration.md.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from calibration import spins  # noqa: E402
from calibration.chains import autoregressive  # noqa: E402
from calibration.small_wells import (  # noqa: E402
    LARGE,
    SMALL,
    TEMPERATURES,
    exact,
    sampled,
    transition_temperatures,
)

from mcsc.estimators.errors import fine_bins, jackknife  # noqa: E402
from mcsc.transitions import Settings, charge_order  # noqa: E402

PAGE = HERE.parents[1] / "docs" / "calibration.md"
OBSERVABLES = ("energy", "specific_heat", "charge_susceptibility", "charge_binder_ratio")


@dataclass(frozen=True)
class Row:
    """Coverage of one quantity: (value − truth) / error of every run; NaN where there is none."""

    case: str
    quantity: str
    scores: np.ndarray

    @property
    def coverage(self):
        """Share of the intervals that hold the truth."""
        return float((np.abs(self.scores[np.isfinite(self.scores)]) < 1).mean())

    @property
    def repeats(self):
        """Number of runs; a run has as many scores as temperatures."""
        return len(self.scores)

    @property
    def missing(self):
        """Share of scores without an error."""
        return float(1 - np.isfinite(self.scores).mean())


FUNCTIONS = {
    "mean": (lambda m: m, (1,), 0.0),
    "variance": (lambda m, s: s - m**2, (1, 2), 1.0),
    "⟨x⁴⟩/⟨x²⟩²": (lambda s, f: f / s**2, (2, 4), 3.0),
}


def of_chains(time, length, repeats, seed):
    """Rows of autoregressive chains of ``length`` τ."""
    chains = autoregressive(time, (int(length * time), repeats), seed)
    rows = []
    for name, (function, powers, truth) in FUNCTIONS.items():
        bins = [fine_bins(chains**power) for power in powers]
        value, error = jackknife(function, *bins, tau=None)
        case = f"AR(1), τ = {time:g}, {length:g} τ"
        rows.append(Row(case, name, (value - truth) / error))
    return rows


def of_wells(sweeps, repeats, *, transitions=True):
    """Rows of ladders of small wells: observables at all temperatures, and T_charge.

    Only temperatures that call themselves converged count.
    """
    truth = [exact(LARGE if transitions else SMALL)(t) for t in TEMPERATURES]
    points = {name: [] for name in OBSERVABLES}
    at = transition_temperatures() if transitions else {}
    temperatures = {name: [] for name in at}
    for seed in range(repeats):
        both = [sampled(s, sweeps, seed) for s in ((SMALL, LARGE) if transitions else (SMALL,))]
        root, ready = both[-1]["/"], both[-1]["health"]["converged"].values == 1
        for name, scores in points.items():
            known = np.array([one[name] for one in truth])
            error = np.where(ready, root[f"{name}_stderr"].values, np.nan)
            # a chain that never left its ground state has no error
            error[error < 1e-12] = np.nan
            scores.append((root[name].values - known) / error)
        if not transitions:
            continue
        ladders = [g["series"].assign(converged=g["health"]["converged"]) for g in both]
        found = charge_order(ladders, 1.0, Settings())
        estimates = (*found.sizes[-1].estimates.values(), found.crossing)
        for (name, exactly), one in zip(at.items(), estimates, strict=True):
            temperatures[name].append((one.temperature - exactly) / one.stderr)
    wells = "4 × 4" if transitions else "4 × 2"
    case = f"{wells} wells, {sweeps} sweeps"
    return [
        *(Row(case, name.replace("_", " "), np.array(s)) for name, s in points.items()),
        *(Row(case, f"T_charge, {name}", np.array(s)) for name, s in temperatures.items()),
    ]


def of_spins(repeats):
    """Rows of exponents of two sizes and of the data collapse of three."""
    case = f"infinite-range spins, {spins.SAMPLES / spins.TIME:g} τ"
    return [Row(case, name.replace("_", " "), z) for name, z in spins.scores(repeats).items()]


def table(rows):
    """The rows as Markdown."""
    lines = [
        "| case | quantity | runs | coverage (%) | rms score | without error (%) |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        finite = row.scores[np.isfinite(row.scores)]
        # a handful of runs with too small an error would rule the plain rms
        rms = np.sqrt(np.mean(np.clip(finite, -5, 5) ** 2))
        lines.append(
            f"| {row.case} | {row.quantity} | {row.repeats} | {100 * row.coverage:.1f} "
            f"| {rms:.2f} | {100 * row.missing:.1f} |"
        )
    return "\n".join(lines)


TEXT = """# Calibration of the errors

Written by `python tests/calibration/coverage.py`; do not edit. A 1σ interval should hold the truth
in 68.3 % of runs, and the score (value − truth) / error have the width 1. The truth is known
exactly: of AR(1) chains by formula, of wells by summing over all configurations (70 for 4 × 2
wells, 12 870 for 4 × 4, on a square lattice with Coulomb repulsion, half filled) with code of its
own in `tests/exact.py`. Ladders go through the kernels, replica exchange and the analysis as any
run does, measured at every sweep, so that their bins are as short against τ as bins get.
Observables are counted at those of nine temperatures that are `converged`; T_charge is that of the
finite system. {runs} runs leave ± 2.7 % by chance. Chains of 50 τ are too short for `converged`.

Infinite-range Ising spins, n = 64, 144 and 256 at twelve temperatures, are drawn from their exact
distributions with τ = 8. Exponents of two sizes are compared with those of the exact curves, a data
collapse of three with that of the exact curves. Infinite sizes order elsewhere: in L = √n the exact
curves collapse at T_c = 0.981 with 1/ν = 1.02 and β/ν = 0.41 where the theory has 1, 1 and 1/2. No
error of a collapse holds such corrections to scaling, and in runs of 1000 τ they outweigh it.

{table}
"""


def rows_of_page():
    """All rows, the expensive ones last."""
    rows = [*of_chains(0.5, 2000, 2000, seed=1), *of_chains(10.0, 1000, 1000, seed=1)]
    rows += of_chains(10.0, 100, 2000, seed=2) + of_chains(10.0, 50, 2000, seed=2)
    rows += of_spins(400)
    return rows + of_wells(1024, RUNS, transitions=False) + of_wells(1024, RUNS)


RUNS = 300

if __name__ == "__main__":
    page = TEXT.format(runs=RUNS, table=table(rows_of_page()))
    PAGE.write_text(page)
    print(page)
