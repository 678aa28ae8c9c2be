"""The last words of a run, and what is said of glassy points and of run lengths."""

from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.cli.summary import summary_lines
from mcsc.report.health import health_lines, listed
from mcsc.report.record import Findings, FoundDome, Transition

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
    lines = health_lines(health([[0, 0, 0], [1, 1, 0]], [1, 3]))
    assert lines == [
        "glassy, for independent annealings disagree: doping 0.125 (2 of 3 temperatures, up to "
        "200 K)",
        "run lengths: the error asked for is met at 1 of 2 places, 0 have no transition",
        "the sweeps ended before: doping 0.125",
    ]


def test_many_are_counted() -> None:
    lines = health_lines(health([[1, 0, 0]] * 8, [3] * 8))
    assert lines[0].endswith("; and at 3 more places")
    assert lines[2].endswith("; and at 3 more places")


def test_nothing_to_say() -> None:
    quiet = health([[0, 0, 0]], [1]).drop_vars(["stopped_by"])
    assert health_lines(quiet) == []
    assert health_lines(quiet.drop_vars("glassy")) == []


def found_of(dopings: list[float]) -> Findings:
    """Every second doping has a transition whose order is open; nothing else equilibrated."""
    transitions = tuple(
        Transition(
            "T_charge", {"doping": x}, *((650.2, 2.1, None, None) if i % 2 else (None,) * 4),
            (0.0, 1.0, 0.0) if i % 2 else None, "undecided" if i % 2 else "",
            "susceptibility peak" if i % 2 else "", True if i % 2 else None, None, "",
        )
        for i, x in enumerate(dopings)
    )  # fmt: skip
    domes = tuple(
        FoundDome("T_charge", t.at, 650.2, 2.1, None, t.wavevector, 131.2, 200.0, ())
        for t in transitions if t.temperature
    )  # fmt: skip
    undecided = [
        f"whether {what}: {listed([t.place for t in transitions])}"
        for what in ("charge orders where no transition is seen", "the order is continuous", "not")
    ]
    axes = {"doping": "5 from 0.5 to 2.5", "temperature": "24 from 108.6 to 955.7 K"}
    return Findings(
        "CsV3Sb5 wells", "kagome.toml", "K", axes, 120, 120, 90, transitions, domes, (),
        (*undecided, "how far temperatures are off those of the infinite crystal: one size"), 40960,
    )  # fmt: skip


def test_the_last_words_of_five_dopings_fit_a_small_terminal() -> None:
    lines = summary_lines(found_of([0.5, 1.0, 1.5, 2.0, 2.5]), Path("phase_diagram.nc"))
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "equilibrated: 75% of 120 points" in text
    assert "  doping 1: 650.2(21) K, q = (0, 1, 0), bounded: below 131.2 K on both sides" in lines
    assert "T_charge (K): found at 2 of 5 places; doping 1: 650.2(21), 2: 650.2(21)" in (
        text.replace("\n  ", " ")
    )
    assert "mcsc plot phase_diagram.nc" in text
    assert "raise sweeps in [sampling] of kagome.toml" in text


def test_many_dopings_take_few_lines_more() -> None:
    lines = summary_lines(found_of(np.linspace(0.5, 2.5, 145).tolist()), Path("out.nc"))
    assert len(lines) <= 30
    assert "  and 66 more domes" in lines
    assert any("doping 0.5, 0.5139, 0.5278, 0.5417, 0.5556" in line for line in lines)
