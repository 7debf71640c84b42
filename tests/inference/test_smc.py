"""The sampler on a posterior that is known exactly."""

import numpy as np
import pytest

from salient.inference import smc

NAMES = ("a", "b", "c")
DATA, NOISE = np.array([1.5, -0.8]), 0.4


def gaussian(z):
    """Two of three parameters seen with noise: the posterior is normal and known."""
    return -0.5 * (((z[:2] - DATA[:, None]) / NOISE) ** 2).sum(axis=0) - 2 * np.log(
        NOISE * np.sqrt(2 * np.pi)
    )


@pytest.fixture(scope="module")
def particles():
    return smc.sample(NAMES, gaussian, seed=3, plan=smc.Plan(particles=4000))


def test_it_finds_the_posterior(particles):
    z = particles.z.reshape(3, -1)
    shrink = 1 / (1 + NOISE**2)
    assert z.mean(axis=1) == pytest.approx([*(shrink * DATA), 0.0], abs=0.04)
    assert z.std(axis=1) == pytest.approx([*[NOISE * np.sqrt(shrink)] * 2, 1.0], rel=0.06)


def test_it_knows_the_evidence(particles):
    variance = 1 + NOISE**2
    exact = float((-0.5 * DATA**2 / variance - 0.5 * np.log(2 * np.pi * variance)).sum())
    assert particles.log_evidence == pytest.approx(exact, abs=0.1)


def test_particles_move_apart_and_forget(particles):
    assert particles.unique > 0.99
    assert particles.moved.min() > 0.5
    assert particles.powers[-1] == 1.0


def test_the_same_seed_gives_the_same_bytes():
    plan = smc.Plan(particles=400)
    one, two = (smc.sample(NAMES, gaussian, 3, plan) for _ in range(2))
    other = smc.sample(NAMES, gaussian, 4, plan)
    assert one.z.tobytes() == two.z.tobytes()
    assert one.z.tobytes() != other.z.tobytes()


def test_two_humps_keep_their_weights():
    def humps(z):
        left, right = -0.5 * ((z[0] + 1.5) / 0.2) ** 2, -0.5 * ((z[0] - 1.5) / 0.2) ** 2
        return np.logaddexp(np.log(0.3) + left, np.log(0.7) + right)

    z = smc.sample(("a",), humps, 1, smc.Plan(particles=4000)).z.ravel()
    assert (z > 0).mean() == pytest.approx(0.7, abs=0.04)


def test_an_impossible_likelihood_is_said():
    with pytest.raises(ValueError, match="no draw of the prior"):
        smc.sample(NAMES, lambda z: np.full(z.shape[1], -np.inf), 1, smc.Plan(particles=40))


def test_draws_without_a_likelihood_are_never_kept():
    def half(z):
        return np.where(z[0] > 0, 0.0, -np.inf)

    assert (smc.sample(("a",), half, 1, smc.Plan(particles=400)).z > 0).all()
