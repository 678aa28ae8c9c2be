"""What is said of glassy points and of run lengths."""

import numpy as np
import xarray as xr

from mcsc.cli.display import report_lines

MEANINGS = {"flag_meanings": "undecided target_met no_transition budget_ended"}


def health(glassy: list[list[int]], ends: list[int]) -> xr.Dataset:
    kelvin = {"units": "K"}
    return xr.Dataset(
        {
            "sweeps": (("doping",), np.full(len(ends), 100.0)),
            "glassy": (("doping", "temperature"), np.array(glassy)),
            "stopped_by": (("doping",), np.array(ends), MEANINGS),
        },
        coords={
            "doping": np.arange(len(ends)) / 8,
            "temperature": ("temperature", [100.0, 200.0, 300.0], kelvin),
        },
    )


def test_glassy_points_are_named_with_their_temperatures() -> None:
    lines = report_lines(health([[0, 0, 0], [1, 1, 0]], [1, 3]))
    assert lines == [
        "glassy, for independent annealings disagree: doping 0.125 (2 of 3 temperatures, up to "
        "200 K)",
        "run lengths: the error asked for is met at 1 of 2 points, 0 have no transition",
        "the sweeps ended before: doping 0.125",
    ]


def test_many_are_counted() -> None:
    lines = report_lines(health([[1, 0, 0]] * 8, [3] * 8))
    assert lines[0].endswith("; and at 3 more points")
    assert lines[2].endswith("; and at 3 more points")


def test_nothing_to_say() -> None:
    quiet = health([[0, 0, 0]], [1]).drop_vars(["stopped_by"])
    assert report_lines(quiet) == []
    assert report_lines(quiet.drop_vars("glassy")) == []
