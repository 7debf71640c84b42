"""Densities of reports against SciPy's, in NumPy and in JAX, and the table of biases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from salient.errors import DataError
from salient.evidence.observation import (
    BIASES,
    bias,
    log_normal_at_least,
    log_normal_between,
    log_normal_report,
    negbinomial_logpmf,
    normal_logpdf,
    student_t_logpdf,
)

totals = st.floats(1.0, 1e6)
biases = st.floats(-1.5, 1.5)
spreads = st.floats(0.05, 1.5)


@given(totals, totals, biases, spreads)
def test_a_report_is_log_normal_about_bias_times_truth(latent, reported, log_bias, log_sd):
    right = stats.lognorm(s=log_sd, scale=latent * math.exp(log_bias)).logpdf(reported)
    assert log_normal_report(latent, reported, log_bias, log_sd) == pytest.approx(
        right, rel=1e-9, abs=1e-9
    )


@given(totals, totals, biases, spreads)
def test_more_than_is_the_upper_tail(latent, bound, log_bias, log_sd):
    right = stats.lognorm(s=log_sd, scale=latent * math.exp(log_bias)).logsf(bound)
    assert log_normal_at_least(latent, bound, log_bias, log_sd) == pytest.approx(
        right, rel=1e-6, abs=1e-9
    )


@given(totals, totals, biases, spreads)
def test_an_interval_of_no_width_is_a_report(latent, figure, log_bias, log_sd):
    narrow = log_normal_between(latent, figure, figure, log_bias, log_sd)
    assert narrow == pytest.approx(
        log_normal_report(latent, figure, log_bias, log_sd), rel=1e-9, abs=1e-9
    )


def test_a_wide_interval_says_less():
    assert log_normal_between(900.0, 500.0, 2000.0, 0.0, 0.2) < log_normal_report(
        900.0, 1000.0, 0.0, 0.2
    )


@given(st.floats(-50, 50), st.floats(-5, 5), st.floats(0.1, 5), st.floats(1.0, 30.0))
def test_student_t(x, loc, scale, df):
    assert student_t_logpdf(x, loc, scale, df) == pytest.approx(
        stats.t(df, loc, scale).logpdf(x), rel=1e-9, abs=1e-9
    )


def test_student_t_of_many_degrees_is_normal():
    x = np.linspace(-4, 4, 9)
    assert student_t_logpdf(x, 0.5, 1.5, 1e7) == pytest.approx(normal_logpdf(x, 0.5, 1.5), abs=1e-5)
    assert normal_logpdf(x, 0.5, 1.5) == pytest.approx(stats.norm(0.5, 1.5).logpdf(x))


@given(st.integers(0, 5000), st.floats(0.5, 5000), st.floats(0.5, 200))
def test_negative_binomial(count, mean, dispersion):
    right = stats.nbinom(dispersion, dispersion / (dispersion + mean)).logpmf(count)
    assert negbinomial_logpmf(count, mean, dispersion) == pytest.approx(right, rel=1e-7, abs=1e-7)


def test_negative_binomial_sums_to_one():
    counts = np.arange(4000.0)
    assert np.exp(negbinomial_logpmf(counts, 100.0, 5.0)).sum() == pytest.approx(1.0)


def test_jax_gives_the_same_numbers_and_a_gradient():
    import jax
    import jax.numpy as jnp

    x = jnp.array([800.0, 4000.0])
    for function in (log_normal_report, log_normal_at_least):
        plain = function(np.array([1000.0, 5000.0]), np.asarray(x), 0.1, 0.2)
        found = function(jnp.array([1000.0, 5000.0]), x, 0.1, 0.2)
        assert isinstance(found, jax.Array)
        assert np.asarray(found) == pytest.approx(plain, rel=1e-4)
        slope = jax.grad(lambda latent, f=function: f(latent, x, 0.1, 0.2).sum())(
            jnp.array([1000.0, 5000.0])
        )
        assert bool(jnp.isfinite(slope).all())
    assert float(negbinomial_logpmf(jnp.array(10.0), 12.0, 5.0)) == pytest.approx(
        float(negbinomial_logpmf(10.0, 12.0, 5.0)), rel=1e-4
    )


@pytest.mark.parametrize("key", list(BIASES))
def test_each_bias_has_an_interval_about_its_centre_and_a_source(key):
    one = bias(key)
    assert one.low < one.centre < one.high
    assert one.trust in "SMCA"
    assert len(one.cite) > 10
    if one.unit == "1":
        assert one.log_sd > 0
    else:
        with pytest.raises(ValueError, match="additive"):
            _ = one.log_sd


def test_both_sides_claims_get_the_same_bias():
    assert not [
        key for key in BIASES if key.startswith("claimed") and ("russia" in key or "ukraine" in key)
    ]


def test_an_unknown_source_gets_the_nearest_one():
    with pytest.raises(DataError, match=r"'claimed-personel'.*'claimed-personnel'"):
        bias("claimed-personel")


def test_the_data_sets_that_a_bias_cites_are_there():
    from salient.evidence.catalogue import catalogue

    cited = " ".join(one.cite for one in BIASES.values())
    assert sum(key in cited for key in catalogue()) >= 6
