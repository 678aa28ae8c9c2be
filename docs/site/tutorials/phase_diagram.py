# %%
# A phase diagram: carriers on a square lattice repel each other; at half filling they order like
# the colours of a chessboard. A run file may be a dictionary; this one is far too short for
# anything but to look at.
import mcsc

tree = mcsc.run(
    {
        "title": "carriers on square layers",
        "structure": {"lattice": "square", "layer_spacing": 2.0},
        "scan": {
            "size": [6, 6, 2],
            "doping": [0.25, 0.3333333333333333, 0.5, 0.6666666666666666, 0.75],
            "temperature": {"start": 0.02, "stop": 0.2, "num": 10},
        },
        "sampling": {"sweeps": 2048, "warmup": 512, "measurements": 256},
    },
    progress=False,
)
mcsc.plot.phase_diagram(tree)

# %%
# Every number has its error and says whether the run was long enough for it.
print(tree["T_charge"].values, tree["T_charge_stderr"].values, tree["T_charge_converged"].values)

# %%
# S(q) at half filling in the cold: Bragg peaks at (1/2, 1/2).
mcsc.plot.structure_factor_map(tree, doping=0.5, temperature=0.02)

# %%
# The last snapshot of a layer there.
mcsc.plot.real_space(tree, doping=0.5, temperature=0.02)
