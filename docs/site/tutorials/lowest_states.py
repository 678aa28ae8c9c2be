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
for k, x in enumerate(lowest["doping"].values):
    name, chains = (lowest[key].values[k, 0] for key in ("superlattice", "chains_found"))
    print(f"x = {x:.3f}: {name}, found by {chains} of 4 chains")

# %%
# Stable are the fillings on the convex hull; between them the crystal separates into two.
mcsc.plot.ground_figure(lowest)
