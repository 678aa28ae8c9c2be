"""The whole figure: chosen point, panels, files."""

import matplotlib as mpl
import pytest

from mcsc import diagram
from mcsc.plot import save_figure, summary_figure


@pytest.mark.parametrize("which", ["plain", "full"])
def test_summary_has_three_panels_and_is_written(which, request, tmp_path):
    groups = request.getfixturevalue(which)
    figure = summary_figure(groups)
    panels = [ax for ax in figure.axes if ax.get_legend() is not None]
    assert len(panels) == 3
    assert figure.get_suptitle() == "wells"
    assert "3 × 3 × 2 cells" in figure.get_supxlabel()
    for suffix in (".png", ".pdf"):
        written = save_figure(figure, tmp_path / f"figure{suffix}")
        assert written.stat().st_size > 10_000
    with pytest.raises(ValueError, match="unknown kind of figure"):
        save_figure(figure, tmp_path / "figure.nc")


def test_summary_reads_a_file_and_takes_the_coldest_equilibrated_point_of_the_top(
    plain, with_line, tmp_path
):
    health = plain["health"].copy(deep=True)
    health["converged"][:] = [[1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
    path = tmp_path / "diagram.nc"
    diagram.save(
        path, {**plain, "/": with_line, "health": health}, {"mcsc_schema": diagram.DIAGRAM_SCHEMA}
    )
    figure = summary_figure(path)
    titles = [ax.get_title() for ax in figure.axes]
    assert "$x$ = 1, $T$ = 400 K" in titles
    with pytest.raises(FileNotFoundError):
        summary_figure(tmp_path / "other.nc")


def test_figures_leave_the_callers_style_alone(plain):
    before = dict(mpl.rcParams)
    summary_figure(plain)
    assert dict(mpl.rcParams) == before
