# %%
# Wells of a crystal: what each species of La2CuO4 would give as the centre of a cage.
from collections import Counter

import mcsc
from mcsc.structure import proposals

crystal = mcsc.read_crystal("La2CuO4")
for offer in proposals(crystal):
    print(offer.key, offer.value, offer.kinds or offer.reason)

# %%
# Octahedra around copper, and where the carriers can be in them.
wells = mcsc.wells_at(crystal, "Cu")
print(Counter(well.kind for well in wells.wells))
mcsc.plot.cage_figure(wells)

# %%
# How carriers spread over these octahedra would diffract.
mcsc.plot.form_factor_map(wells, "octahedron")
