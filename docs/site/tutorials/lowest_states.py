# %%
# Lowest states: independent chains are cooled and descend to where no hop lowers the energy. How
# many of them come to the lowest one is the measure of how far it can be trusted.
import mcsc

lowest = mcsc.ground(
    {
        "structure": {"lattice": "triangular", "layer_spacing": 2.0},
        "scan": {
            "size": [6, 6, 1],
            "doping": [0.25, 0.3333333333333333, 0.5],
            "temperature": {"values": [0.05, 0.1]},
        },
    },
    chains=4,
    sweeps=96,
)
for x, name, share in zip(
    lowest["doping"].values,
    lowest["superlattice"].values[:, 0],
    lowest["found"].values[:, 0],
    strict=True,
):
    print(f"x = {x:.3f}: {name}, found by {share} of 4 chains")

# %%
# Stable are the fillings on the convex hull; between them the crystal separates into two.
mcsc.plot.ground_figure(lowest)
