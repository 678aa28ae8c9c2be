"""What structures, models, tasks and plans say of themselves."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

import mcsc

CUBIC = mcsc.textbook("cubic")
CRYSTAL = mcsc.wells_at(mcsc.read_crystal("La2CuO4"), "Cu")
TASK = mcsc.Task(CUBIC, (4, 4, 4), 16, (0.1, 0.2), seed=3)
RUN = {
    "structure": {"material": "La2CuO4"},
    "scan": {
        "size": [4, 4, 2],
        "doping": [0.125, 0.25],
        "temperature": {"values": [100, 200.0, 300.0]},
        "field": [0.0, 0.01],
    },
    "wells": {"states": "vertices", "displacement_length": 0.1},
}


@pytest.mark.parametrize(
    ("thing", "lines"),
    [
        (
            CUBIC,
            ["Structure cubic: 1 well a cell", "wells: 1 × site, with 1 state",
             "cell: 1 × 1 × 1 lattice constants"],
        ),
        (
            CUBIC.wells[0],
            ["Well site at (0, 0, 0)", "cage: 6 ions", "carrier: 1 state, depth 0"],
        ),
        (
            CRYSTAL,
            ["Structure Cu of Cu2La4O8: 2 wells a cell", "wells: 2 × octahedron, with 2 states",
             "cell: 3.782 × 3.782 × 13.25 Å"],
        ),
        (
            mcsc.build_model(CUBIC, (4, 4, 4), field=(0.3, 0, 0.4)),
            ["Model of cubic: 64 wells", "size: 4 × 4 × 4 cells",
             "energies: up to 0.3265 a pair, field 0.5"],
        ),
        (
            TASK,
            ["Task: 16 carriers in 64 wells of cubic, 4 × 4 × 4 cells",
             "temperatures: 2 from 0.1 to 0.2", "sampling: 20480 sweeps after 4096, seed 3"],
        ),
        (
            mcsc.plan(RUN),
            ["Plan of run.dict: 4 ladders of Cu of CuLa2O4",
             "grid: cells 4x4x2; field 2 from 0 to 0.01 eV angstrom^-1; "
             "doping 2 from 0.125 to 0.25",
             "temperatures: 3 from 100 to 300 K"],
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)  # fmt: skip
def test_few_lines_of_plain_words(thing: object, lines: list[str]) -> None:
    assert repr(thing).split("\n  ") == lines
    table = ElementTree.fromstring(thing._repr_html_())
    shown = ["".join(part.itertext()) for part in table]
    assert shown == [line.replace(": ", "", 1 if i else 0) for i, line in enumerate(lines)]


def test_text_of_files_does_nothing() -> None:
    structure = replace(CUBIC, name="<script>alert(1)</script>\x1b[2J")
    assert "\x1b" not in repr(structure)
    table = ElementTree.fromstring(structure._repr_html_())
    assert [part.tag for part in table] == ["caption", "tr", "tr"]
    assert "<script>alert(1)</script>\\x1b[2J" in table[0].text
    potential = replace(TASK, chemical_potential=0.5)
    assert repr(potential).startswith("Task: carriers at μ = 0.5 in 64 wells")
