"""The page of the variables of a diagram is the one that the declarations give."""

from pathlib import Path

from mcsc.diagram.reference import reference, tables
from mcsc.variables import TABLES

PAGE = Path(__file__).parents[1].joinpath("docs/diagram.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    assert reference(PAGE) == PAGE, (
        "write it anew: python -m mcsc.diagram.reference docs/diagram.md"
    )


def test_every_variable_is_on_it() -> None:
    assert set(tables()) - set(TABLES) == {"observables"}
    for table in tables().values():
        errors = {row.stderr.name for row in table if row.estimate}
        for row in table:
            assert row.name in errors or f"| `{row.name}`{' ±' * row.estimate} |" in PAGE


def test_wording() -> None:
    for row in (
        "| `T_charge` ± | *scan* | K | temperature of the charge-order transition; Binder crossing",
        "| `specific_heat` ± | *scan*, temperature | 1 | specific heat per carrier over k_B",
        "| `order_squared` | *scan*, temperature, channel, measurement, layer | 1 |",
        "`equilibrated`",
    ):
        assert row in PAGE
