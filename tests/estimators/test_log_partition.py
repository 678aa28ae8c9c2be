"""Free energies over carriers and temperature at once, of levels whose sums are known."""

import numpy as np
import pytest

from mcsc.estimators.isotherm import isotherms
from mcsc.estimators.log_partition import joint_isotherms

BETAS = 1 / np.geomspace(0.05, 0.3, 9)
NUMBER = np.arange(10, 31)
INDEX = np.arange(len(NUMBER))


def levels():
    """ln Z, ⟨E⟩ and its variance (T, n) of a few levels at every number."""
    energy = np.random.default_rng(1).uniform(-1, 0, (30, len(NUMBER))) + 0.02 * NUMBER
    boltzmann = np.exp(-BETAS[:, None, None] * energy)
    total = boltzmann.sum(axis=1)
    mean, square = ((boltzmann * energy**k).sum(axis=1) / total for k in (1, 2))
    return np.log(total), mean, square - mean**2


LOG_Z, MEAN, VARIANCE = levels()


def measured(rng, of_step=0.02, of_energy=0.01, shared=0.0):
    """Steps, energies and variances (T, 4, n) of four runs; steps are worse in the cold."""
    shape = (len(BETAS), 4, len(NUMBER))
    scale = of_step * (BETAS / BETAS.min())[:, None, None] ** 2
    steps = np.diff(LOG_Z, axis=1, append=np.nan)[:, None]
    steps = steps + scale * rng.standard_normal(shape)
    # an error that all temperatures share, as replicas do
    noise = rng.standard_normal(shape) + shared * rng.standard_normal((1, *shape[1:]))
    energy = MEAN[:, None] + of_energy * noise
    return steps, energy, np.broadcast_to(VARIANCE[:, None], shape)


def rms(z):
    return np.sqrt(np.nanmean(np.square(z)))


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_errors_are_those_of_the_scatter(shared):
    rng = np.random.default_rng(2)
    scores, gain = {name: [] for name in ("sum", "slope")}, []
    for _ in range(40):
        steps, energy, variance = measured(rng, shared=shared)
        found = joint_isotherms(NUMBER, steps, energy, variance, BETAS, INDEX)
        for k, (one,) in enumerate(found):
            exact = LOG_Z[k, 0] - LOG_Z[k]
            value, error = one.relative_to(0)
            scores["sum"].append((value - exact)[1:] / error[1:])
            value, slope = one.slope()
            scores["slope"].append((value - np.gradient(exact))[1:-1] / slope[1:-1])
            (alone,) = isotherms(NUMBER, steps[k], INDEX)
            gain.append(alone.relative_to(0)[1][-1] / error[-1] if k == 0 else np.nan)
    assert all(0.85 < rms(z) < 1.2 for z in scores.values())
    # of the coldest temperature, whose steps are worth little
    assert np.nanmean(gain) > 4


def test_an_unknown_step_is_gone_round_by_way_of_other_temperatures():
    steps, energy, variance = measured(np.random.default_rng(3), 1e-4, 1e-4)
    steps, energy = steps.copy(), energy.copy()
    steps[0, 2, 4] = np.nan
    # a number that the coldest run never saw, nor how it is reached
    steps[0, :, 9:11], energy[0, 1, 10] = np.nan, np.nan
    found = joint_isotherms(NUMBER, steps, energy, variance, BETAS, INDEX)
    assert [one.number.tolist() for one in found[0]] == [[*range(10, 20)], [*range(21, 31)]]
    exact = LOG_Z[0, 0] - LOG_Z[0]
    np.testing.assert_allclose(found[0][0].free_energy, exact[:10], atol=0.02)
    # a number that was not run at all parts them at every temperature
    kept = np.flatnonzero(NUMBER != 15)
    parts = (a[..., kept] for a in (steps, energy, variance))
    for several in joint_isotherms(NUMBER[kept], *parts, BETAS, kept):
        assert [several[0].number.tolist(), int(several[1].number[0])] == [[*range(10, 15)], 16]
        assert several[1].index.tolist()[0] == 6


def test_without_energies_or_errors_steps_stand_alone():
    steps, energy, variance = measured(np.random.default_rng(4))
    for some, runs in ((np.nan * energy, slice(None)), (energy, slice(1))):
        parts = (a[:, runs] for a in (steps, some, variance))
        found = joint_isotherms(NUMBER, *parts, BETAS, INDEX)
        for (one,), alone in zip(found, steps, strict=True):
            (plain,) = isotherms(NUMBER, alone[runs], INDEX)
            np.testing.assert_array_equal(one.free_energy, plain.free_energy)
            np.testing.assert_array_equal(one.covariance, plain.covariance)


def test_numbers_with_more_runs_than_others_count_in_groups_of_them():
    def runs(seed):
        return measured(np.random.default_rng(seed))

    twice = NUMBER >= 18
    few, many = runs(5), runs(6)
    both = zip(few, many, strict=True)
    parts = [np.concatenate([a, np.where(twice, b, np.nan)], axis=1) for a, b in both]
    # one of eight runs that did not see a number is left out
    parts[0][0, 1, 10] = np.nan
    found = joint_isotherms(NUMBER, *parts, BETAS, INDEX)
    alone = joint_isotherms(NUMBER, *few, BETAS, INDEX)
    for (one,), (other,), log_z in zip(found, alone, LOG_Z, strict=True):
        value, error = one.relative_to(20)
        assert len(one.number) == len(NUMBER)
        assert rms((value - log_z[20] + log_z)[:20] / error[:20]) < 2.5
        assert error[10] < other.relative_to(20)[1][10]
