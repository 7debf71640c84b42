"""An exponent does not depend on which side is called R; breakpoints are counted right."""

from __future__ import annotations

import numpy as np
import pytest

from salient.record.battles import outcomes, shipped
from salient.record.breakpoints import breakpoints, exponent


def test_the_exponent_does_not_know_the_labels():
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 0.5, 300), rng.normal(0.3, 1, 300)
    turned = rng.choice([-1.0, 1.0], 300)
    assert exponent(turned * x, turned * y) == pytest.approx(exponent(x, y))


def test_a_known_exponent_is_found():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 1, 5000)
    slope, error, _ = exponent(x, 0.3 * x + rng.normal(0, 1, 5000))
    assert slope == pytest.approx(0.3, abs=3 * error)
    assert error == pytest.approx(1 / np.sqrt(5000), rel=0.1)


def test_breakpoints_are_shares_of_what_is_there():
    rows = breakpoints()
    beaten = next(r for r in rows if r["measure"].startswith("beaten"))
    lost = [
        r.numbers["def_casualties"] / r.numbers["def_strength"]
        for r in shipped()
        if r.numbers["wina"] == 1
    ]
    known = [v for v in lost if v == v]
    assert beaten["ours"] == pytest.approx(sum(v < 0.4 for v in known) / len(known), abs=1e-4)
    assert f"n = {len(known)}" in beaten["measure"]


def test_outcomes_are_on_the_scale_that_is_said():
    rows = shipped()
    one = next(i for i, r in enumerate(rows) if r.numbers["advance_km"] < 0)
    found = outcomes(rows)
    assert np.sinh(found["advance"][one]) == pytest.approx(rows[one].numbers["advance_km"])
    share = rows[one].numbers["att_casualties"] / rows[one].numbers["att_strength"]
    assert np.exp(found["attacker_rate"][one]) == pytest.approx(
        share / rows[one].numbers["duration_days"]
    )
