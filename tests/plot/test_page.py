"""What a notebook shows of figures and of single plots."""

import io

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from mcsc.plot import cage_figure, phase_map
from mcsc.structure import textbook


def shown(thing):
    return imread(io.BytesIO(thing._repr_png_()))


def test_a_single_plot_is_shown_as_its_figure(plain):
    ax = phase_map(plain["/"])
    figure = ax.get_figure(root=True)
    picture = shown(ax)
    assert picture.shape[1] == pytest.approx(120 * figure.get_figwidth(), abs=1)
    assert shown(figure).shape == picture.shape
    # something is drawn
    assert picture[..., :3].std() > 0.05


def test_figures_are_shown(plain):
    for figure in (cage_figure(textbook("kagome-wells")), plain["/"].mcsc.plot()):
        assert isinstance(figure, Figure)
        assert shown(figure)[..., :3].std() > 0.05


def test_text_that_is_no_mathematics_is_shown_as_written(plain):
    ax = phase_map(plain["/"])
    ax.set_title("$\\frac{$")
    assert shown(ax).size


def test_axes_of_the_caller_stay_his(plain):
    own = Figure().subplots()
    assert plain["/"].mcsc.plot(own) is own.figure
