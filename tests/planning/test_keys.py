"""The keys of runs that decide for themselves, and mistakes in them."""

from pathlib import Path

import pytest

from mcsc.config import Config, RunFileError, load

RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [0.25, 0.5]
temperature = { start = 0.04, stop = 0.2, num = 12 }
size = [4, 4, 4]
[sampling]
sweeps = 1024
measurements = 256
"""


def read(folder: Path, *changes: tuple[str, str]) -> Config:
    text = RUN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "run.toml").write_text(text)
    return load(folder / "run.toml")[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("num = 12", 'placement = "exchange", values = [0.1]', "temperature: .*needs the ends"),
        ("num = 12", "num = 12, exchange_rate = 0.3", "'exchange_rate' needs placement"),
        (
            "num = 12",
            'placement = "flow"',
            "placement = 'flow': must be 'given', 'exchange' or 'round_trips'",
        ),
        (
            "num = 12",
            'placement = "exchange", exchange_rate = 1.0',
            r"exchange_rate = 1\.0: must be less than 1",
        ),
        (", num = 12", "", "temperature: give 'values', or all of"),
        ("[sampling]", "[sampling]\nmax_sweeps = 2048", "'max_sweeps' needs 'target_error'"),
        ("[sampling]", "[sampling]\ntarget_error = 0.0", "target_error = 0.0: must be greater"),
        ("[sampling]", "[sampling]\nannealings = 0", "annealings = 0: must be greater"),
        ("size =", "refine_doping = -1\nsize =", "refine_doping = -1: must be greater"),
        (
            "doping = [0.25, 0.5]",
            "chemical_potential = [0.0]\nrefine_doping = 2",
            "'refine_doping' needs 'doping': here the doping is measured",
        ),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RunFileError, match=message) as caught:
        read(tmp_path, (old, new))
    assert str(caught.value).startswith(str(tmp_path / "run.toml"))
    assert "\n" not in str(caught.value)


def test_what_is_aimed_at(tmp_path: Path) -> None:
    given = read(tmp_path).scan.temperature
    assert given.target_rate is None
    placed = 'num = 12, placement = "exchange"'
    assert read(tmp_path, ("num = 12", placed)).scan.temperature.target_rate is None
    capped = read(tmp_path, ("num = 12", f"{placed}, exchange_rate = 0.2")).scan.temperature
    assert (capped.num, capped.target_rate) == (12, 0.2)
    free = read(tmp_path, ("num = 12", 'placement = "exchange"')).scan.temperature
    assert (free.num, free.target_rate) == (None, 0.35)
    # pilots need a ladder too
    assert (free.ladder()[0], free.ladder()[-1], len(free.ladder())) == (0.04, 0.2, 16)


def test_the_budget(tmp_path: Path) -> None:
    assert read(tmp_path).sampling.budget == 1024
    wanted = ("[sampling]", "[sampling]\ntarget_error = 0.01")
    assert read(tmp_path, wanted).sampling.budget == 8 * 1024
    most = ("[sampling]", "[sampling]\ntarget_error = 0.01\nmax_sweeps = 2048")
    assert read(tmp_path, most).sampling.budget == 2048
