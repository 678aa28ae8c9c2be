"""The page of the run file's keys is the one the sections give."""

from pathlib import Path

from mcsc.config.reference import reference

PAGE = Path(__file__).parents[1].joinpath("docs/run-file.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    assert reference(PAGE) == PAGE, (
        "write it anew: python -m mcsc.config.reference docs/run-file.md"
    )


def test_every_key_is_explained() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) > 90
    bare = [row for row in rows if row.replace("\\|", "").split("|")[4].strip() == ""]
    assert bare == []


def test_wording() -> None:
    for row in (
        "| `size` | list of: 3 whole numbers ≥ 1",
        "| `supercell` | list of: 3 rows of 3 whole numbers ≥ -10000",
        "| `sweeps` | whole number ≥ 8",
        '| `placement` | `"given"`, `"exchange"`, `"round_trips"` | `"given"` |',
        "## [doping.dopant]",
    ):
        assert row in PAGE
