"""The whole figure: chosen point, panels, files."""

import matplotlib as mpl
import pytest
from trees import tree_of

from mcsc import diagram
from mcsc.files.provenance import DIAGRAM_SCHEMA
from mcsc.plot import save_figure, summary_figure


def in_three_fields(groups):
    """The second field twice, under two names."""
    fields = ("field", [0.0, 0.05, 0.1], groups["/"]["field"].attrs)
    return {
        name: data.isel(field=[0, 1, 1]).assign_coords(field=fields)
        if "field" in data.dims
        else data
        for name, data in groups.items()
    }


def panels(figure):
    return [ax for ax in figure.axes if ax.get_legend() is not None]


@pytest.mark.parametrize("which", ["plain", "full"])
def test_summary_has_three_panels_and_is_written(which, request, tmp_path):
    groups = dict(request.getfixturevalue(which))
    groups["/"] = groups["/"].drop_vars("regime")
    figure = summary_figure(tree_of(groups))
    assert len(panels(figure)) == 3
    assert figure.get_suptitle() == "wells"
    assert "3 × 3 × 2 cells" in figure.get_supxlabel()
    for suffix in (".png", ".pdf"):
        written = save_figure(figure, tmp_path / f"figure{suffix}")
        assert written.stat().st_size > 10_000
    with pytest.raises(ValueError, match="unknown kind of figure"):
        save_figure(figure, tmp_path / "figure.nc")


def test_regimes_at_the_largest_field_stand_beside_the_map(full):
    groups = dict(full)
    groups["/"] = full["/"].copy(deep=True)
    # flags that are different at every field
    groups["/"]["regime"][:, 0], groups["/"]["regime"][:, 1] = 1, 3
    for field, number in ((None, 3), (0.0, 1)):
        drawn = panels(summary_figure(tree_of(groups), field=field))
        assert len(drawn) == 4
        assert (drawn[1].collections[0].get_array() == number).all()
    assert [ax.get_yscale() for ax in drawn[:2]] == ["log", "log"]
    assert drawn[0].get_ylim() == drawn[1].get_ylim()


def test_three_fields_have_a_map_of_their_own(full):
    drawn = panels(summary_figure(tree_of(in_three_fields(full)), doping=1.0))
    assert len(drawn) == 5
    assert drawn[4].get_title() == "regimes at $x$ = 1"
    assert len(drawn[4].collections[0].get_coordinates()[0]) == 4


@pytest.mark.parametrize("reduced", [False, True])
def test_no_text_of_the_summary_is_cut_off_or_covered(full, reduced):
    figure = summary_figure(tree_of(in_three_fields(full)), reduced=reduced)
    figure.draw_without_rendering()
    page = figure.bbox
    boxes = []
    for ax in panels(figure):
        texts = [ax.xaxis.label, ax.yaxis.label, ax.title, ax.get_legend()]
        texts += [child.yaxis.label for child in ax.child_axes]
        texts += [text for text in ax.texts if text.get_text() in "abcde"]
        boxes += [t.get_window_extent() for t in texts if t.get_window_extent().width > 0]
    for i, box in enumerate(boxes):
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1
        assert box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1
        for other in boxes[:i]:
            assert not box.overlaps(other)


def test_summary_reads_a_file_and_takes_the_coldest_equilibrated_point_of_the_top(
    plain, with_line, tmp_path
):
    health = plain["health"].copy(deep=True)
    health["converged"][:] = [[1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
    path = tmp_path / "diagram.nc"
    diagram.save(
        path, tree_of({**plain, "/": with_line, "health": health}), {"mcsc_schema": DIAGRAM_SCHEMA}
    )
    figure = summary_figure(path)
    titles = [ax.get_title() for ax in figure.axes]
    assert "$x$ = 1, $T$ = 400 K" in titles
    with pytest.raises(FileNotFoundError):
        summary_figure(tmp_path / "other.nc")


def test_figures_leave_the_callers_style_alone(plain):
    before = dict(mpl.rcParams)
    summary_figure(tree_of(plain))
    assert dict(mpl.rcParams) == before
