# %%
# A ladder in ten lines: carriers on half of the sites of a simple cubic lattice, which repel each
# other. On cooling they order like salt, every other site full.
import numpy as np

import mcsc

model = mcsc.build_model(mcsc.textbook("cubic"), (4, 4, 4))
ladder = mcsc.sample(model, np.linspace(0.09, 0.18, 10), doping=0.5)
order = ladder[["charge_order", "charge_order_stderr", "specific_heat", "converged"]]
print(order.to_dataframe().drop(columns="doping").round(3))

# %%
# The specific heat is largest near the transition. In the infinite crystal that is at 0.129
# e²/(4πε0 a k_B), the unit of temperatures here.
peak = float(ladder.specific_heat.idxmax())
print(f"specific heat peaks at T = {peak:.3f}")
ladder.specific_heat.plot(marker="o")

# %%
# Bragg peaks: S(q) of the wave that is full, empty, full, empty … along all three axes.
print(ladder.mcsc.structure_factor_at(0.5, 0.5, 0.5).values.round(1))
