"""Two forces that tire: the square law in the time tau = (1 - exp(-fading t)) / fading."""

import numpy as np

from salient.laws.base import Course, Ending, Law
from salient.laws.closed import square


def solve(forces, options):
    """dA/dt = -exp(-fading t) e_B B, and the same for B; fading is over 0."""
    fading, fresh = options["fading"], square(forces, {})
    end, last = fresh.ending, 1.0 / fading  # tau never passes `last`
    limit = fresh.strength(np.array([min(last, end.duration)]))[0]

    def strength(t):
        return fresh.strength(np.minimum(-np.expm1(-fading * t) / fading, end.duration))

    if end.duration < last:
        ending = Ending(end.winner, -np.log1p(-fading * end.duration) / fading, end.survivors)
    else:
        ending = Ending(None, float("inf"), 0.0)  # they tire before it is decided
    return Course(strength, ending, (float(limit[0]), float(limit[1])), fresh.scale)


FADING = Law(
    name="fading",
    title="The square law of two forces that tire",
    equation="dA/dt = -exp(-fading t) e_B B,  dB/dt = -exp(-fading t) e_A A",
    citation="Own, for the example",
    solve=solve,
    options={"fading": 0.1},
)
