"""x(μ), compressibility and voltage of diagrams laid by hand, of both kinds."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.plot import compressibility, doping_isotherms, voltage_curve
from mcsc.plot.isotherms import isotherms

MU = np.linspace(-1.0, 1.0, 5)


def fixed_potential():
    """Wells without repulsion at two temperatures: x = 1/(1 + exp(−μ/T))."""
    t = np.array([0.2, 0.5])
    x = 1 / (1 + np.exp(-MU[:, None] / t))
    dims = ("chemical_potential", "temperature")
    root = xr.Dataset(
        {
            "doping": (dims, x),
            "doping_stderr": (dims, np.full(x.shape, 0.01)),
            "compressibility": (dims, x * (1 - x) / t),
            "compressibility_stderr": (dims, np.full(x.shape, 0.01)),
            "charge_order_superlattice": (dims[:1], ["", "√3×√3", "√3×√3", "", "2×2"]),
            "voltage": (dims[:1], 0.5 - MU, {"units": "1"}),
        },
        coords={dims[0]: MU, "temperature": t},
    )
    root["temperature"].attrs["units"] = "1"
    return root


def expanded():
    """Two phases that coexist between x = 0.4 and 0.8 at μ = 0.3; the finite crystal has a loop."""
    x, t = np.round(np.arange(0.2, 1.01, 0.1), 1), np.array([0.1])
    loop = np.where((x > 0.4) & (x < 0.8), 0.3 + np.sin(10 * x), x - 0.3)
    dims = ("doping", "temperature")
    root = xr.Dataset(
        {
            "chemical_potential": (dims, loop[:, None]),
            "chemical_potential_stderr": (dims, np.full((len(x), 1), 0.02)),
            "voltage": (dims, -loop[:, None], {"units": "V"}),
            "compressibility": (dims, np.ones((len(x), 1))),
        },
        coords={"doping": x, "temperature": t},
    )
    region = ("temperature", "region")
    coexistence = {
        "doping_low": (region, [[0.4]]), "doping_high": (region, [[0.8]]),
        "coexistence_potential": (region, [[0.3]]),
    }  # fmt: skip
    root["temperature"].attrs["units"] = "1"
    return tree_of({"/": root, "coexistence": xr.Dataset(coexistence, coords={"temperature": t})})


def lines(figure):
    return [line.get_xydata() for line in figure.axes[0].lines if len(line.get_xdata()) > 3]


def test_wells_without_repulsion():
    root = fixed_potential()
    for figure, x, y in (
        (doping_isotherms(root), MU, root["doping"]),
        (voltage_curve(root), root["doping"], 0.5 - MU),
    ):
        for k, drawn in enumerate(lines(figure)):
            expected = [np.broadcast_to(one.T, (2, 5))[k] for one in (np.asarray(x), np.asarray(y))]
            np.testing.assert_allclose(drawn, np.transpose(expected))
    drawn = lines(compressibility(root))[0]
    np.testing.assert_allclose(drawn[:, 1], drawn[:, 0] * (1 - drawn[:, 0]) / 0.2)


def test_a_plateau_has_its_name_once_where_it_is_stiffest():
    root = fixed_potential()
    # two dopings of one name this close to each other are one plateau
    root["doping"][2] = root["doping"].values[1] + 0.01
    figure = doping_isotherms(root)
    named = {t.get_text(): t.xy for t in figure.axes[0].texts if t.get_gid() == "plateau"}
    assert set(named) == {"√3×√3", "2×2"}
    # of μ = −0.5 and 0 the first is compressed less
    assert named["√3×√3"][0] == -0.5


def test_two_phases_have_one_chemical_potential_and_voltage():
    (one,) = isotherms(expanded())
    inside = (one.doping > 0.4) & (one.doping < 0.8)
    assert one.potential[inside] == pytest.approx(0.3)
    assert one.voltage == pytest.approx(-one.potential)
    assert one.potential[~inside] == pytest.approx(one.doping[~inside] - 0.3)
    assert (one.potential_stderr[inside] == 0).all()
    (drawn,) = lines(voltage_curve(expanded()))
    np.testing.assert_allclose(drawn, np.transpose([one.doping, one.voltage]))


def test_what_a_diagram_must_have():
    with pytest.raises(ValueError, match="no voltage: give doping"):
        voltage_curve(fixed_potential().drop_vars("voltage"))
    fixed = expanded().to_dataset().drop_vars("chemical_potential")
    with pytest.raises(ValueError, match="at fixed doping: it has no isotherms"):
        compressibility(fixed)
