# %%
# An observable of one's own: how many of its neighbours on a square lattice a carrier finds full.
import numpy as np

import mcsc
from mcsc.observables import Observable, Series


def pairs(probe, snapshots):
    """Pairs of carriers side by side over carriers, of each snapshot."""
    filled = snapshots.by_cell[:, 0]  # snapshot, x, y, z: 1 where there is a carrier
    found = filled * (np.roll(filled, 1, axis=1) + np.roll(filled, 1, axis=2))
    return found.sum(axis=(1, 2, 3)) / snapshots.room


# a pair counts for both
neighbours = Observable(
    name="full_neighbours",
    long_name="full neighbours of a carrier",
    unit="1",
    comment="mean over carriers, of four",
    series=(Series("pairs", pairs, per_carrier=1),),
    function=lambda point, mean: 2 * mean,
)

# %%
# It is averaged with a standard error like all others, over 16 × 16 sites, a quarter of them full.
screened = mcsc.Interactions(screening_length=1.0)
model = mcsc.build_model(mcsc.textbook("square", 3.0), (16, 16, 1), screened)
ladder = mcsc.sample(
    model, [0.1, 0.2, 0.4, 0.8, 1.6], doping=0.25, sweeps=1024, observables=[neighbours]
)
print(ladder[["full_neighbours", "full_neighbours_stderr"]].to_dataframe().round(3))

# %%
# Placed at random a carrier would have nearly one: repulsion keeps others away.
at_random = 4 * 63 / 255
assert (ladder.full_neighbours < at_random).all()
axes = ladder.full_neighbours.plot(marker="o")[0].axes
axes.axhline(at_random, linestyle="--", color="gray")
