"""`mcsc materials` as a user types it."""

import json

from watched import Ended, typed

from mcsc.config import materials


def shown(*arguments: str) -> Ended:
    return typed("materials", *arguments)


def test_the_list_has_a_line_for_each_material() -> None:
    result = shown()
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    for name in materials():
        assert sum(line.split()[1:2] == [name] for line in lines) == 1
    assert "octahedron" in next(line for line in lines if "│ La2CuO4" in line)


def test_the_list_as_json() -> None:
    rows = {row["name"]: row for row in json.loads(shown("--json").out)}
    assert list(rows) == list(materials())
    assert rows["Bi2Sr2Ca2Cu3O10"]["wells"] == {"square": 1, "square_pyramid": 2}
    assert rows["FeSe"]["space_group"] == "P4/nmm"
    assert rows["FeSe"]["carriers_per_cell"] == "2 x"


def test_one_material_with_the_sources_of_its_numbers() -> None:
    result = shown("La2CuO4")
    assert result.code == 0, result.err
    assert "Phys. Rev. Lett. 58, 1024" in result.out
    assert "13.2487" in result.out
    entries = {row["key"]: row for row in json.loads(shown("La2CuO4", "--json").out)["numbers"]}
    assert entries["crystal.La1"]["value"] == [0.0, 0.0, 0.36075]
    assert entries["wells.displacement"]["source"].startswith("choice: ")
    assert entries["structure.centre"] == {"key": "structure.centre", "value": "Cu", "source": ""}


def test_a_mistyped_name_ends_in_a_line() -> None:
    result = shown("la2cu04")
    assert result.code == 2
    assert result.err == "mcsc: 'la2cu04': no such material; did you mean 'La2CuO4'?\n"
