# %%
# A crystal of one's own: a CIF file, the wells in it, a phase diagram of carriers in them.
from pathlib import Path

import mcsc

Path("perovskite.cif").write_text("""data_SrTiO3
_cell_length_a 3.905
_cell_length_b 3.905
_cell_length_c 3.905
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'P m -3 m'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Sr 0.5 0.5 0.5
Ti 0.0 0.0 0.0
O 0.5 0.0 0.0
""")
structure = mcsc.wells_at(mcsc.read_crystal("perovskite.cif"), "Ti")
print(structure)

# %%
# The cages around the wells.
mcsc.plot.cage_figure(structure)

# %%
# What is run is a run file, here as dictionary; docs/run-file.md has all keys. These sweeps are few
# and serve to look; the diagram says where they do not suffice.
tree = mcsc.run(
    {
        "structure": {"cif": "perovskite.cif", "centre": "Ti"},
        "interaction": {"relative_permittivity": 10.0},
        "scan": {
            "size": [4, 4, 4],
            "doping": [0.25, 0.5, 0.75],
            "temperature": {"start": 0.09, "stop": 0.18, "num": 8, "unit": "coulomb"},
        },
        "sampling": {"sweeps": 2048, "warmup": 512, "measurements": 512},
    },
    "perovskite.nc",
)
print(tree["T_charge"].to_series())
print("converged:", tree["health/converged"].values.tolist())

# %%
# The diagram, S(q) and carriers at the point with the strongest order.
mcsc.summary_figure(tree)

# %%
# The carriers of that point with the oxygen around them, for any viewer of crystals.
coldest = float(tree["temperature"].min())
atoms = tree.mcsc.to_ase(doping=0.5, temperature=coldest, cage=True)
atoms.write("perovskite.xyz", format="extxyz")
print(atoms)
