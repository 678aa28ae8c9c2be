"""T_collective of carriers with known statistics: exact samples, exact temperatures."""

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln
from trees import analysed

from mcsc.estimators.peaks import response_peak
from mcsc.estimators.transmission import half_transmission
from mcsc.transitions import Settings, Thresholds
from mcsc.variables import declared

METHODS, KINDS = (declared(f"T_collective_{end}").flags for end in ("method", "order"))

# the centre and four displaced states, 0.1 away along and across the field, which cost 0.05
STATES = 0.1 * np.array([(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)])
COSTS = np.array([0, *[0.05] * 4])
N = 24
FIELD = 4.0
TEMPERATURES = np.geomspace(0.03, 1.0, 14)


def probabilities(temperature, field=FIELD):
    weight = np.exp(-(COSTS - field * STATES[:, 0]) / temperature)
    return weight / weight.sum()


def exact_share(temperature, field=FIELD):
    p = probabilities(temperature, field)
    return (p @ STATES[:, 0]) ** 2 / (p @ (STATES**2).sum(axis=1))


def exact_response(temperature, field=FIELD):
    p, x = probabilities(temperature, field), STATES[:, 0]
    return (p @ x**2 - (p @ x) ** 2) / temperature


def exact_peak(field=FIELD):
    options = {"bounds": (0.05, 0.6), "method": "bounded"}
    return minimize_scalar(lambda t: -exact_response(t, field), **options).x


def exact_half(field=FIELD):
    return brentq(lambda t: exact_share(t, field) - 0.5, 0.01, 2.0)


def free(field=FIELD, temperatures=TEMPERATURES, n=1024, seed=1):
    """Series (K, n) of free carriers: energy, U∥, |U|², Σ|u|²/N."""
    rng = np.random.default_rng(seed)
    counts = np.stack([rng.multinomial(N, probabilities(t, field), n) for t in temperatures])
    u = counts @ STATES / N
    energy = counts @ COSTS - field * N * u[..., 0]
    return energy, u[..., 0], (u**2).sum(axis=-1), counts @ (STATES**2).sum(axis=1) / N


def diagram(series, fields, temperatures=TEMPERATURES, *, n_carriers=N, largest=0.1, rank=2):
    """Groups with one doping for each row of ``series`` (energy, U∥, |U|², u²)."""
    energy, parallel, squared, squares = (np.stack(rows) for rows in zip(*series, strict=True))
    n_dopings = len(energy)
    coords = {
        "temperature": ("temperature", np.asarray(temperatures), {"units": "1"}),
        "doping": ("doping", np.arange(n_dopings) + 0.5),
    }
    grid = ("doping", "temperature", "measurement")
    per = {name: ("doping", np.full(n_dopings, value)) for name, value in (
        ("n_carriers", float(n_carriers)), ("displacement_largest", largest),
        ("displacement_components", rank),
    )}  # fmt: skip
    kept = xr.Dataset(
        {
            "energy": (grid, energy),
            "displacement_parallel": (grid, parallel.astype(np.float32)),
            "displacement_uniform_squared": (grid, squared.astype(np.float32)),
            "displacement_squared": (grid, squares.astype(np.float32)),
            "field_strength": ("doping", np.asarray(fields, dtype=float)),
            # no charge order
            "order_squared": (
                ("doping", "temperature", "channel", "measurement", "layer"),
                np.zeros((*energy.shape[:2], 0, energy.shape[2], 1)),
            ),
            "channel_wavevector": (("doping", "channel", "hkl"), np.zeros((n_dopings, 0, 3))),
            **per,
        },
        coords=coords,
    )
    health = xr.Dataset(
        {"converged": (("doping", "temperature"), np.ones(energy.shape[:2], np.int8))},
        coords=coords,
    )
    return {"/": xr.Dataset(coords=coords), "series": kept, "health": health}


def at_one_doping(*arguments, settings=None, **options):
    chosen = settings or Settings()
    return analysed(diagram(*arguments, **options), chosen)["/"].isel(doping=0)


def test_both_estimators_are_exact_with_honest_errors():
    scores = []
    for seed in range(16):
        energy, parallel, _, squares = free(seed=seed, n=512)
        peak = response_peak(TEMPERATURES, energy, parallel, 1.0, N)
        half = half_transmission(TEMPERATURES, energy, parallel, squares, 1.0)
        scores.append(
            [
                (peak.temperature - exact_peak()) / peak.stderr,
                (half.temperature - exact_half()) / half.stderr,
            ]
        )
    z = np.array(scores)
    assert np.isfinite(z).all()
    assert (np.abs(z.mean(axis=0)) < 4 / np.sqrt(16)).all()
    assert ((z.std(axis=0) > 0.5) & (z.std(axis=0) < 1.6)).all()


def test_free_carriers_in_a_field_cross_over():
    found = at_one_doping([free()], [FIELD])
    assert METHODS[int(found["T_collective_method"])] == "response_peak"
    assert KINDS[int(found["T_collective_order"])] == "crossover"
    assert int(found["T_collective_converged"]) == 1
    assert str(found["T_collective_reason"].values) == ""
    for name, exact in (
        ("T_collective", exact_peak()),
        ("T_collective_response", exact_peak()),
        ("T_collective_half", exact_half()),
    ):
        error = float(found[f"{name}_stderr"])
        assert 0 < error < 0.1 * exact
        assert abs(float(found[name]) - exact) < 4 * error
        assert found[name].attrs["units"] == "1"


def test_where_the_response_has_no_peak_half_transmission_answers():
    # the coldest temperature is above the peak of the response
    temperatures = np.linspace(exact_peak() * 1.02, 1.0, 12)
    settings = Settings(regimes=Thresholds(transmission=0.4))
    scale = 1.0 / exact_share(temperatures[0])
    series = free(temperatures=temperatures)
    # fewer random displacements: a share that starts near one
    series = (*series[:3], series[3] / (1.2 * scale))
    found = at_one_doping([series], [FIELD], temperatures, settings=settings)
    assert METHODS[int(found["T_collective_method"])] == "half_transmission"
    assert np.isnan(found["T_collective_response"])
    exact = brentq(lambda t: exact_share(t) * 1.2 * scale - 0.5, 0.05, 2.0)
    assert abs(float(found["T_collective"]) - exact) < 4 * float(found["T_collective_stderr"])


@pytest.mark.parametrize(
    ("field", "temperatures", "words"),
    [
        # energy of the displacement above the field's
        (0.3, TEMPERATURES, "displacements stay random: transmission reaches"),
        (FIELD, np.linspace(0.01, 0.04, 8), "transmission stays above 0.5"),
    ],
)
def test_no_onset_on_the_ladder(field, temperatures, words):
    found = at_one_doping([free(field, temperatures)], [field], temperatures)
    assert np.isnan(found["T_collective"])
    assert np.isnan(found["T_collective_stderr"])
    assert words in str(found["T_collective_reason"].values)
    assert METHODS[int(found["T_collective_method"])] == "none"
    assert KINDS[int(found["T_collective_order"])] == "none"


def test_no_field_and_no_order():
    found = at_one_doping([free(0.0)], [0.0])
    assert np.isnan(found["T_collective"])
    assert "no field and no spontaneous order: |U|²" in str(found["T_collective_reason"].values)


def test_nothing_displaced_not_run_not_equilibrated():
    energy = free()[0]
    nothing = [(energy, *[np.zeros_like(energy)] * 3)]
    assert "no carrier is displaced" in str(
        at_one_doping(nothing, [FIELD])["T_collective_reason"].values
    )
    groups = diagram([free(), free()], [FIELD, FIELD])
    groups["series"]["energy"][1] = np.nan
    groups["health"]["converged"][0] = 0
    reasons = analysed(groups)["/"]["T_collective_reason"].values
    assert "did not equilibrate" in reasons[0]
    assert "has not been run" in reasons[1]
    del groups["series"]["displacement_parallel"]
    reasons = analysed(groups)["/"]["T_collective_reason"].values
    assert "no displaced states" in reasons[0]


def polar(spectrum, n, temperatures, seed):
    """Spontaneous order without a field: every carrier displaced by ±1 along one axis."""
    rng = np.random.default_rng(seed)
    energy, squared = spectrum.draw(temperatures, n, rng)
    sign = rng.choice([-1.0, 1.0], squared.shape)
    return energy, sign * np.sqrt(squared), squared, np.ones_like(squared)


ISING = np.linspace(0.5, 1.6, 12)


def test_spontaneous_order_at_zero_field(infinite_range_ising):
    spectrum = infinite_range_ising(128)
    series = [polar(spectrum, 1024, ISING, 2)]
    found = at_one_doping(series, [0.0], ISING, n_carriers=128, largest=1.0, rank=1)

    def minus(temperature):
        p = spectrum.p(temperature)[0]
        return -(p @ spectrum.modulus**2 - (p @ spectrum.modulus) ** 2) / temperature

    peak = minimize_scalar(minus, bounds=(0.5, 1.3), method="bounded").x
    half = brentq(lambda t: spectrum.p(t)[0] @ spectrum.modulus**2 - 0.5, 0.5, 1.3)
    assert METHODS[int(found["T_collective_method"])] == "response_peak"
    assert KINDS[int(found["T_collective_order"])] == "continuous"
    error = float(found["T_collective_stderr"])
    assert abs(float(found["T_collective"]) - peak) < 4 * error < 0.1
    error = float(found["T_collective_half_stderr"])
    assert abs(float(found["T_collective_half"]) - half) < 4 * error < 0.1


def test_sizes_cross_at_zero_field(infinite_range_ising):
    sizes = (64, 256)
    small, large = (infinite_range_ising(n) for n in sizes)
    each = [
        diagram([polar(s, 4096, ISING, n)], [0.0], ISING, n_carriers=n, largest=1.0, rank=1)
        for n, s in zip(sizes, (small, large), strict=True)
    ]
    groups = {name: xr.concat([g[name] for g in each], dim="size") for name in ("series", "health")}
    groups["/"] = each[0]["/"].expand_dims(size=list(sizes))
    found = analysed(groups)["/"].isel(doping=0)
    assert METHODS[int(found["T_collective_method"])] == "binder_crossing"
    assert found["T_collective_response"].dims == ("size",)
    crossing = brentq(lambda t: large.binder(t) - small.binder(t), 0.8, 1.2)
    error = float(found["T_collective_stderr"])
    assert abs(float(found["T_collective"]) - crossing) < 4 * error < 0.2


def test_a_jump_in_a_field_is_of_first_order(spectrum):
    """A fraction k of 48 carriers displaced, E = −48 k²/2, eleven other places for the others."""
    n = 48
    displaced = np.arange(n + 1)
    log_g = gammaln(n + 1) - gammaln(displaced + 1) - gammaln(n - displaced + 1)
    model = spectrum(-(displaced**2) / (2 * n), displaced / n, log_g + (n - displaced) * np.log(11))
    middle = 0.2105
    temperatures = np.linspace(0.93, 1.07, 9) * middle
    energy, squared = model.draw(temperatures, 4096, np.random.default_rng(4))
    share = np.sqrt(squared)
    found = at_one_doping(
        [(energy, share, squared, share)], [1.0], temperatures, n_carriers=n, largest=1.0, rank=1
    )
    assert KINDS[int(found["T_collective_order"])] == "first_order"
    half = brentq(lambda t: model.p(t)[0] @ model.modulus - 0.5, *temperatures[[0, -1]])
    error = float(found["T_collective_half_stderr"])
    assert abs(float(found["T_collective_half"]) - half) < 4 * error


def test_domes_of_the_onset():
    fields = [2.0, 3.0, 4.0, 3.0, 2.0, 3.0, 4.0, 3.0, 2.0]
    # nine dopings whose carriers feel the field more or less
    groups = diagram([free(f, seed=i) for i, f in enumerate(fields)], fields)
    result = analysed(groups)
    domes = result["domes_collective"]
    assert domes["dome_doping"].values.tolist() == [2.5, 6.5]
    assert (
        np.abs(domes["dome_temperature"] - exact_peak()).max()
        < 4 * domes["dome_temperature_stderr"].max()
    )
    assert "dome_wavevector" not in domes
    assert domes["dome_temperature"].attrs["units"] == "1"
    assert result["domes"].sizes["dome"] == 0
