"""CIFs as text: infinite-layer CaCuO2 with a = 4 and c = 6, and parts to build others from."""

CELL = """_cell_length_a 4.0
_cell_length_b 4.0
_cell_length_c 6.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
"""
P1 = "_symmetry_space_group_name_H-M 'P 1'\n"
LOOP = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""
IONS = "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\nO2 O 0 0.5 0 1\nCa1 Ca 0.5 0.5 0.5 1\n"
LABELS = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
GOOD = "data_test\n" + P1 + CELL + LOOP + IONS
TETRAGONAL = "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\nCa1 Ca 0.5 0.5 0.5 1\n"


def group(text, ions=TETRAGONAL, cell=CELL):
    return "data_test\n" + text + "\n" + cell + LOOP + ions


def cell(**values):
    text = CELL
    for key, value in values.items():
        name = f"_cell_angle_{key}" if len(key) > 1 else f"_cell_length_{key}"
        lines = [line for line in text.splitlines() if not line.startswith(name)]
        text = "\n".join([*lines, *([f"{name} {value}"] if value is not None else [])]) + "\n"
    return text


def listed(operations):
    rows = "\n".join(f"'{operation}'" for operation in operations)
    return f"loop_\n_symmetry_equiv_pos_as_xyz\n{rows}\n"


FOURFOLD = ["x,y,z", "-y,x,z", "-x,-y,z", "y,-x,z"]
HEXAGONAL = cell(a=3.0, b=3.0, c=14.0, gamma=120)
RHOMBOHEDRAL = cell(a=5.0, b=5.0, c=5.0, alpha=33.0, beta=33.0, gamma=33.0)
DELAFOSSITE = "Cu1 Cu 0 0 0 1\nAl1 Al 0 0 0.5 1\nO1 O 0 0 0.11 1\n"
IN_RHOMBOHEDRAL = "Cu1 Cu 0 0 0 1\nAl1 Al 0.5 0.5 0.5 1\nO1 O 0.11 0.11 0.11 1\n"
FESE = "Fe1 Fe 0 0 0 1\nSe1 Se 0 0.5 0.27 1\n"
