"""``mcsc plot --diffraction`` on a run file, and its refusals."""

from pathlib import Path

from watched import Ended, typed

REPOSITORY = Path(__file__).parents[2]
CUBE = """
[structure]
lattice = "cubic"
[scan]
doping = [0.5]
temperature = { values = [0.1, 0.2] }
size = [4, 4, 4]
"""


def plot(*arguments: object, cwd: Path | None = None) -> Ended:
    return typed("plot", *arguments, "--diffraction", cwd=cwd)


def test_the_wells_of_a_run_file(tmp_path: Path) -> None:
    run_file = tmp_path / "wells.toml"
    run_file.write_text((REPOSITORY / "runs/kagome.toml").read_text())
    result = plot(run_file)
    assert result.code == 0, result.err
    assert (tmp_path / "wells-diffraction.png").stat().st_size > 30_000


def test_a_shipped_material(tmp_path: Path) -> None:
    result = plot("La2CuO4", cwd=tmp_path)
    assert result.code == 0, result.err
    assert result.out == "wrote La2CuO4-diffraction.png\n"
    assert (tmp_path / "La2CuO4-diffraction.png").stat().st_size > 30_000


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "cube.toml").write_text(CUBE)
    for arguments, reason in (
        ([tmp_path / "cube.toml"], "no well has a cage of ions"),
        ([tmp_path / "none.toml"], "no such file"),
        ([REPOSITORY / "runs/kagome.toml", "--at", "doping=1"], "wells alone have none"),
    ):
        result = plot(*arguments)
        assert result.code == 2
        assert len(result.err.splitlines()) == 1
        assert reason in result.err
