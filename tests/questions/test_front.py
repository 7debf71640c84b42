"""What joint futures say of a front: which sector changes most, and how the sum goes on from week to week."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salient.evidence.vintage import TOTAL, read_front
from salient.forecasting import panel
from salient.forecasting.scores import LEVELS
from salient.questions.front import chances_of_most, paths_of_sum

FRONT = read_front()


def test_the_sector_that_always_moves_most_is_certain():
    flat = np.zeros((13, 15))
    quantiles = {s: flat + k for k, s in enumerate(FRONT.sectors)}
    made = panel.Forecast(FRONT, quantiles, "both", None)
    assert chances_of_most(made, 13, 1).tolist() == [0.0] * 11 + [1.0]


def test_sectors_that_move_together_share_the_chance_otherwise():
    """Two equal sectors: the one whose future is the larger half the time has half the chance."""
    rng = np.random.default_rng(3)
    wide = np.tile(np.linspace(10, 20, 15), (13, 1))
    quantiles = {s: wide if k < 2 else wide * 0 for k, s in enumerate(FRONT.sectors)}
    paths = rng.standard_normal((13, 12, 4000))
    most = chances_of_most(panel.Forecast(FRONT, quantiles, "both", paths), 13, 1)
    assert most[:2] == pytest.approx([0.5, 0.5], abs=0.03)
    assert most.sum() == pytest.approx(1.0)


def _forecast(paths, total):
    quantiles = {s: total for s in FRONT.sectors} | {TOTAL: total}
    return panel.Forecast(FRONT, quantiles, "both", paths)


def test_paths_of_the_sum_have_the_published_quantiles():
    """All futures as paths: in each week they are the published distribution, cut at its outermost quantiles."""
    rng = np.random.default_rng(5)
    total = np.cumsum(np.sort(rng.random((13, len(LEVELS))), axis=1), axis=0)
    futures = rng.standard_normal((13, 12, 4000)).cumsum(axis=0)
    paths = paths_of_sum(_forecast(futures, total), 13, 4000)
    assert paths.shape == (4000, 13)
    for week, quantiles in enumerate(total):
        assert np.quantile(paths[:, week], LEVELS) == pytest.approx(quantiles, abs=5e-3)


@given(st.integers(0, 10_000), st.floats(0.01, 1e4))
def test_paths_of_the_sum_keep_the_order_of_the_futures_and_not_their_size(seed, factor):
    rng = np.random.default_rng(seed)
    total = np.sort(rng.normal(size=(3, len(LEVELS))), axis=1)
    futures = rng.standard_normal((3, 2, 12))
    paths = paths_of_sum(_forecast(futures, total), 3)
    order = np.argsort(futures.sum(axis=1), axis=1)
    assert (np.diff(np.take_along_axis(paths.T, order, axis=1), axis=1) >= 0).all()
    assert (paths >= total[:, 0]).all()
    assert (paths <= total[:, -1]).all()
    assert np.array_equal(paths, paths_of_sum(_forecast(factor * futures, total), 3))


def test_without_joint_futures_there_are_no_paths():
    total = np.tile(np.linspace(0, 1, len(LEVELS)), (13, 1))
    assert paths_of_sum(_forecast(None, total), 13).shape == (0, 13)
