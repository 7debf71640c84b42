"""The one equation that the campaign's attrition and the classical laws share.

    dN_a/dt = - b N_d^p N_a^q ,    dN_d/dt = - a N_a^p N_d^q

so each side has the hazard h_y = rate_y N_x^p N_y^(q-1) (Lanchester 1914; in this form Bracken 1995). A campaign takes
strengths relative to its reference state, a battle takes soldiers.
"""

from __future__ import annotations

from salient.numerics import Array, exp, foe, log


def hazard(rate: Array, strength: Array, p: Array | float, q: Array | float) -> Array:
    """The share of each side that falls per unit of time; the side axis is the first. Strengths are positive."""
    size = log(strength)
    return rate * exp(p * foe(size) + (q - 1.0) * size)
