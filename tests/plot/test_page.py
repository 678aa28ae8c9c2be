"""What a notebook shows of figures and of single plots."""

import io

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from mcsc.plot import cage_figure, phase_map
from mcsc.structure import textbook


def shown(thing):
    return imread(io.BytesIO(thing._repr_png_()))


def test_a_single_plot_is_shown_in_its_size(plain):
    figure = phase_map(plain["/"])
    picture = shown(figure)
    assert picture.shape[1] == pytest.approx(120 * figure.get_figwidth(), abs=1)
    # something is drawn
    assert picture[..., :3].std() > 0.05


def test_figures_are_shown(plain):
    for figure in (cage_figure(textbook("kagome-wells")), plain["/"].mcsc.plot()):
        assert isinstance(figure, Figure)
        assert shown(figure)[..., :3].std() > 0.05


def test_text_that_is_no_mathematics_is_shown_as_written(plain):
    figure = phase_map(plain["/"])
    figure.axes[0].set_title("$\\frac{$")
    assert shown(figure).size


def test_axes_of_the_caller_stay_his(plain):
    own = Figure().subplots()
    assert plain["/"].mcsc.plot(own) is own.figure
