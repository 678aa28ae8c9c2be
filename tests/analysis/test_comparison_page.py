"""The page of measured facts and the model: missing runs, verdicts, and a diagram too short."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from in_process import scan

from mcsc.diagram import Compared
from mcsc.diagram.measured import Measured

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "analysis/comparison.py"))


def row(position: float, temperature: float, at: float, found: float) -> Compared:
    fact = Measured("M", "M", "dome", "x", position, np.nan, temperature, np.nan, None, "here")
    return Compared(fact, "T_charge", at, found, 1.0, "")


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        (row(0.1, 30.0, 0.12, 50.0), "position agrees, temperature agrees"),
        (row(0.1, 30.0, 0.13, 65.0), "position disagrees, temperature off by a factor 2.2"),
        (row(0.1, np.nan, 0.1, 65.0), "position agrees"),
        (row(np.nan, 30.0, 0.1, 10.0), "temperature off by a factor 0.33"),
        (row(0.1, 30.0, np.nan, np.nan), "no counterpart"),
    ],
)
def test_verdicts(compared: Compared, expected: str) -> None:
    assert SCRIPT["verdict"](compared) == expected


def test_missing_files_name_their_command(tmp_path: Path) -> None:
    text = SCRIPT["page"](tmp_path)
    for name, material in SCRIPT["RUNS"]:
        assert f"mcsc run runs/{name}.toml" in text and f"## {material}" in text
        assert (ROOT / f"runs/{name}.toml").is_file()


def test_a_short_run_has_its_table(tmp_path: Path) -> None:
    text = (ROOT / "runs/lsco.toml").read_text()
    for old, new in (
        ("[scan]\n", "[scan]\n# short\n"),
        ("sweeps = 32768", "sweeps = 128"),
        ("warmup = 8192", "warmup = 16"),
        ("measurements = 2048", "measurements = 64"),
        ("num = 8 }", "num = 2 }"),
        ("[[8, 8, 2]]", "[[4, 4, 2]]"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "run.toml").write_text(text)
    scan(tmp_path / "run.toml", tmp_path / "lsco.nc")
    page = SCRIPT["page"](tmp_path, str(tmp_path / "page.md"))
    assert "![Measured T_c of La2-xSrxCuO4 and La2-xBaxCuO4 with the model](comparison.png)" in page
    assert (tmp_path / "comparison.png").is_file()
    assert "p, random places" in page and "| La2-xBaxCuO4 | " in page
    assert "| La2-xSrxCuO4 | cdw | 0.12 | 85 ± 10 |" in page
    assert "Domes measured: 1 in La2-xSrxCuO4, 2 in La2-xBaxCuO4; in the model:" in page
    assert "not equilibrated" in page and "Where the model fails: La2-xSrxCuO4, " in page
