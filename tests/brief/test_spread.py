"""Depths of a retreat against shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from salient.brief.spread import retreat

SQUARE = [(0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0), (0.0, 0.0)]


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_a_square_gives_way_from_all_sides(share):
    found = retreat([SQUARE], [], [share])
    assert found.depths[0] == pytest.approx(20 * (1 - np.sqrt(share)), abs=0.3)


@pytest.mark.parametrize("share", [0.75, 0.25])
def test_it_gives_way_from_the_side_that_is_no_border(share):
    ring = [
        (x, y)
        for x, y in zip(
            [0, *range(0, 41), 40, *range(40, -1, -1)], [0, *[0] * 41, 20, *[20] * 41], strict=True
        )
    ]
    border = [
        [(-50.0, 20.0), (90.0, 20.0)],
        [(0.0, -50.0), (0.0, 90.0)],
        [(40.0, -50.0), (40.0, 90.0)],
    ]
    found = retreat([ring], border, [share])
    assert found.depths[0] == pytest.approx(20 * (1 - share), abs=0.6)


def test_more_than_there_is_gives_nothing_up_and_nothing_leaves_nothing():
    found = retreat([SQUARE], [], [1.4, 0.0])
    assert found.depths[0] == 0.0
    assert found.depths[1] == pytest.approx(20, abs=0.3)


def test_no_ground():
    assert retreat([], [], [0.5]) is None


def test_a_pocket_at_the_border_gives_way_as_well():
    found = retreat(
        [SQUARE, [(100.0, 0.0), (102.0, 0.0), (102.0, 2.0), (100.0, 0.0)]],
        [[(99.0, -5.0), (99.0, 9.0)]],
        [0.0],
    )
    assert found.depths[0] < 25
