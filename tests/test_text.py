"""Messages show the number that they complain about."""

from pathlib import Path

import pytest

from mcsc.config import RunFileError
from mcsc.planning import plan
from mcsc.text import apart, digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [(26.9973, "26.9973"), (27.5, "27.5"), (26.99999, "26.99999"), (1e9 + 0.25, "1000000000.2")],
)
def test_a_number_that_is_not_whole_is_not_shown_whole(value: float, shown: str) -> None:
    assert float(digits(value, lambda x: x != round(x), 8)) == float(shown)


def test_what_no_writing_shows_is_written_in_full() -> None:
    assert digits(0.1, lambda x: False) == "0.1"


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        (1.5, 2.0, ("1.5", "2")),
        (1.99999, 2.0, ("1.99999", "2")),
        (2.00001, 2.0, ("2.00001", "2")),
        # rounded they would be on the wrong sides
        (0.123456, 0.123464, ("0.12346", "0.12346")),
        (3.0, 3.0, ("3.0", "3.0")),
        (-5.0, -4.9999999, ("-5", "-4.9999999")),
    ],
)
def test_a_number_and_the_limit_it_misses_differ(
    value: float, limit: float, shown: tuple[str, str]
) -> None:
    found = apart(value, limit)
    if value == limit or abs(value - limit) > 9e-6:
        assert found == shown
    assert (float(found[0]) < float(found[1])) == (value < limit)
    assert (float(found[0]) == float(found[1])) == (value == limit)


RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [{doping}]
temperature = {{ values = [0.1, 0.2] }}
size = {size}
"""


@pytest.mark.parametrize(
    ("doping", "size", "parts"),
    [
        (0.749925, [3, 4, 3], ["26.9973 carriers on", "3/4 = 0.75"]),
        # printed with six digits, 1/3 would be refused again
        (0.3333, [6, 6, 6], ["71.9928 carriers", "1/3 = 0.33333333"]),
        (0.1234567, [4, 4, 4], ["scan.doping = 0.1234567: 7.9012288 carriers", "1/8 = 0.125"]),
        (0.99999999999, [3, 3, 3], ["27 carriers on 27 wells"]),
    ],
)
def test_dopings_that_do_not_fit(
    tmp_path: Path, doping: float, size: list[int], parts: list[str]
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN.format(doping=doping, size=size))
    with pytest.raises(RunFileError) as caught:
        plan(path)
    for part in parts:
        assert part in str(caught.value)
