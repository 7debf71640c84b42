"""The filter: how likely the maps are, given the pace and the chances of a breakthrough that the model expects.

State of a sector: x = 2 sqrt(A), A the area above the maps' floor, and e, the deviation of tempo that lasts. In a
positional week

    x' = x - v - e + jolt n,   n ~ 0.9 N(0, 1) + 0.1 N(0, 3^2),      e' = phi e + drift sqrt(1 - phi^2) n'

and in a breakthrough the loser gives up a share 1 - exp(-L) of its ground, log L ~ N(log size, scatter). Each map sees
x with its own noise. The regime is summed out by the interacting-multiple-model filter (Blom and Bar-Shalom 1988):
Gaussian in each regime, mixtures merged by their moments. The simulator in `salient.mechanisms.advance` and
`.breakthrough` moves by the same equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from salient.mechanisms.advance import OUTLIER_CHANCE, OUTLIER_SPREAD
from salient.numerics import Array, concatenate, exp, log, maximum, namespace, sqrt, stack, where

_KERNEL = 0.6
"""Each node of the share stands for a Gaussian of this width in standard normal units, so that none lies between."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_NODES, _WEIGHTS = _NODES * np.sqrt(1.0 - _KERNEL**2), _WEIGHTS / _WEIGHTS.sum()
_TINY = 1e-30
_LEAST_VARIANCE = 0.01
REGIMES = 3


class Belief(NamedTuple):
    """A Gaussian in (x, e) for each regime and its probability; each [regime, sector, draws]."""

    p: Array
    x: Array
    e: Array
    xx: Array
    xe: Array
    ee: Array


@dataclass(frozen=True)
class Breaks:
    """Parameters of breakthroughs, each [draws] or [sector, draws]."""

    size: Array
    scatter: Array
    exit: Array


@dataclass(frozen=True)
class Noise:
    """Parameters of the filter, each [draws] or [sector, draws]; `maps` [map, draws].

    breaks: None where a campaign has no breakthroughs, so that every week is positional.
    """

    jolt: Array
    drift: Array
    memory: Array
    maps: Array
    breaks: Breaks | None = None

    @property
    def regimes(self) -> int:
        """How many regimes there are."""
        return 1 if self.breaks is None else REGIMES


def merged(weights: Array, part: Belief) -> Belief:
    """The Gaussian with the moments of a mixture along the first axis; p is its total weight."""
    total = weights.sum(axis=0)
    w = weights / maximum(total, _TINY)
    x, e = (w * part.x).sum(axis=0), (w * part.e).sum(axis=0)
    dx, de = part.x - x, part.e - e
    return Belief(
        total,
        x,
        e,
        (w * (part.xx + dx * dx)).sum(axis=0),
        (w * (part.xe + dx * de)).sum(axis=0),
        (w * (part.ee + de * de)).sum(axis=0),
    )


def opening(y: Array, seen: Array, regime: Array, n: Noise) -> Belief:
    """The belief at the first map: x at the mean of the maps, e at its long-run spread."""
    xp = namespace(n.jolt)
    count = maximum(seen.sum(axis=0), 1.0)
    x = (seen * y).sum(axis=0) / count
    var = (seen[..., None] * n.maps[:, None] ** 2).sum(axis=0) / count[..., None] ** 2
    one = xp.ones_like(var)
    flat = [x[:, None] * one, 0.0 * one, var + 0.25, 0.0 * one, n.drift**2 * one]
    p = stack([(regime == r)[:, None] * one for r in range(n.regimes)])
    return Belief(p, *(stack([v] * n.regimes) for v in flat))


def transition(into: Array, out: Array, breaks: Breaks | None) -> Array:
    """Probabilities from regime to regime, [from, to, sector, draws]."""
    zero = 0.0 * into
    if breaks is None:
        return stack([stack([1.0 + zero])])
    leave = breaks.exit
    return stack(
        [
            stack([1.0 - into - out, into, out]),
            stack([leave + zero, 1.0 - leave + zero, zero]),
            stack([leave + zero, zero, 1.0 - leave + zero]),
        ]
    )


def mixed(b: Belief, moves: Array) -> Belief:
    """The belief just before the move of each regime: the mixture of where it may have come from."""
    parts = [merged(b.p * moves[:, r], b) for r in range(moves.shape[1])]
    return Belief(*(stack([getattr(q, f) for q in parts]) for f in Belief._fields))


def positional(b: Belief, v: Array, n: Noise) -> Belief:
    """Predicted hypotheses of a positional week: the usual jolt and the wide one, [2, sector, draws]."""
    spread = n.jolt**2
    kick = n.drift**2 * (1.0 - n.memory**2)
    base = b.xx - 2.0 * b.xe + b.ee
    common = Belief(
        b.p,
        b.x - v - b.e,
        n.memory * b.e,
        base,
        n.memory * (b.xe - b.ee),
        n.memory**2 * b.ee + kick,
    )
    chances = (1.0 - OUTLIER_CHANCE, OUTLIER_CHANCE)
    widths = (1.0, OUTLIER_SPREAD**2)
    return Belief(
        stack([b.p * c for c in chances]),
        stack([common.x] * 2),
        stack([common.e] * 2),
        stack([base + w * spread for w in widths]),
        stack([common.xe] * 2),
        stack([common.ee] * 2),
    )


class Moved(NamedTuple):
    """Where a breakthrough week takes x at one node of the share: x after, its slope in x before, and its spread."""

    x: Array
    slope: Array
    spread: Array


def broken(b: Belief, nodes: list[Moved], n: Noise) -> Belief:
    """Hypotheses of a breakthrough week, one for each node of the share, [node, sector, draws].

    Kept apart until the maps have spoken, since the share has heavy tails.
    """
    kick = n.drift**2 * (1.0 - n.memory**2)
    return Belief(
        stack([w * b.p for w in _WEIGHTS]),
        stack([m.x for m in nodes]),
        stack([n.memory * b.e] * len(nodes)),
        stack([m.slope**2 * b.xx + m.spread**2 + _LEAST_VARIANCE for m in nodes]),
        stack([n.memory * m.slope * b.xe for m in nodes]),
        stack([n.memory**2 * b.ee + kick] * len(nodes)),
    )


def log_shares(k: Breaks) -> list[Array]:
    """L at each node: the loser keeps exp(-L) of its ground."""
    return [k.size * exp(k.scatter * node) for node in _NODES]


def inward(x: Array, lost: Array, k: Breaks) -> Moved:
    """The other side breaks in: x' = x exp(-L / 2). Between nodes log L is Gaussian, which gives the spread."""
    kept = exp(-0.5 * lost) + 0.0 * x
    return Moved(x * kept, kept, 0.5 * x * kept * lost * k.scatter * _KERNEL)


def outward(x: Array, lost: Array, k: Breaks, contested: Array) -> Moved:
    """The holder breaks out: the rest of the contested ground shrinks by exp(-L)."""
    x = maximum(x, 0.1)
    rest = exp(-lost) * maximum(contested - 0.25 * x**2, 0.0)
    after = 2.0 * sqrt(maximum(contested - rest, 0.01))
    return Moved(after, exp(-lost) * x / after, 2.0 * rest * lost * k.scatter * _KERNEL / after)


def predict(b: Belief, v: Array, moves: Array, n: Noise, contested: Array) -> tuple[Belief, ...]:
    """Hypotheses after a week, by regime: two positional ones, the other side's breakthrough by node, the holder's."""
    m = mixed(b, moves)
    here = [Belief(*(f[r] for f in m)) for r in range(n.regimes)]
    usual = positional(here[0], v, n)
    if n.breaks is None:
        return (usual,)
    k = n.breaks
    lost = log_shares(k)
    into = broken(here[1], [inward(here[1].x, each, k) for each in lost], n)
    out = broken(here[2], [outward(here[2].x, each, k, contested) for each in lost], n)
    return usual, into, out


def update(b: Belief, y: Array, seen: Array, n: Noise) -> tuple[Belief, Array]:
    """Take in each map in turn. Returns the hypotheses and the log density of the maps under each."""
    loglik = 0.0 * b.x
    for m in range(y.shape[0]):
        s = b.xx + n.maps[m] ** 2
        r = y[m][:, None] - b.x
        on = seen[m][:, None]
        loglik = loglik - on * 0.5 * (r * r / s + log(2.0 * np.pi * s))
        gx, ge = on * b.xx / s, on * b.xe / s
        b = Belief(
            b.p, b.x + gx * r, b.e + ge * r, b.xx - gx * b.xx, b.xe - gx * b.xe, b.ee - ge * b.xe
        )
    return b, loglik


def week(
    b: Belief, v: Array, into: Array, out: Array, y: Array, seen: Array, n: Noise, contested: Array
) -> tuple[Belief, Array]:
    """One week of the filter. y, seen: [map, sector]. Returns the belief after it and the log evidence, [draws]."""
    before = predict(b, v, transition(into, out, n.breaks), n, contested)
    ends = [0, *accumulate(part.x.shape[0] for part in before)]
    whole = Belief(*(concatenate(list(parts)) for parts in zip(*before, strict=True)))
    hyp, loglik = update(whole, y, seen, n)
    top = loglik.max(axis=0)
    weight = hyp.p * exp(loglik - top)
    total = weight.sum(axis=0)
    hyp = hyp._replace(p=weight / maximum(total, _TINY))
    parts = [merged(hyp.p[a:z], Belief(*(f[a:z] for f in hyp))) for a, z in pairwise(ends)]
    after = Belief(*(stack([getattr(q, name) for q in parts]) for name in Belief._fields))
    return after, (top + log(maximum(total, _TINY))).sum(axis=0)


def run(
    data: dict[str, Any], v: Array, into: Array, out: Array, n: Noise
) -> tuple[Array, Belief, Array]:
    """Filter all weeks. v, into, out: [week, sector, draws].

    data: y [week + 1, map, sector] as 2 sqrt(area above floor), seen likewise, started [week] (a map had been seen),
    begins [week] (the first map is at its start), active [week] (up to the origin), regime [sector] at the opening,
    contested [sector, 1]. Returns the log evidence, [draws], the belief at the origin, and the probability of each
    regime by week, [week, regime, sector, draws].
    """
    import jax

    first = opening(data["y"][0], data["seen"][0], data["regime"], n)

    def move(carry: tuple[Belief, Array], t: dict[str, Any]) -> tuple[tuple[Belief, Array], Array]:
        b, total = carry
        fresh = opening(t["y"], t["seen"], data["regime"], n)
        b = Belief(*(where(t["begins"], f, c) for f, c in zip(fresh, b, strict=True)))
        after, gained = week(
            b, t["v"], t["into"], t["out"], t["y_next"], t["seen_next"], n, data["contested"]
        )
        on = t["active"]
        b = Belief(*(where(on, a, c) for a, c in zip(after, b, strict=True)))
        return (b, total + where(on, gained, 0.0)), b.p

    weeks = {
        "v": v,
        "into": into,
        "out": out,
        "y": data["y"][:-1],
        "seen": data["seen"][:-1],
        "y_next": data["y"][1:],
        "seen_next": data["seen"][1:],
        "begins": data["begins"],
        "active": data["active"],
    }
    (belief, total), regimes = jax.lax.scan(move, (first, 0.0 * n.maps[0]), weeks)
    return total, belief, regimes
