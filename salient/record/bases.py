"""How often a breakthrough begins, by side and kind of sector, and how long one lasts; from the shipped record.

    starts ~ Poisson(rate[kind] x sector-weeks),     rate[kind] ~ Gamma(shape 1, mean of all kinds of that side)

so that a kind with few weeks leans on the others. Rates are per 1,000 sector-weeks from July 2022 on, with 90 %
intervals.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from salient.evidence import history
from salient.evidence.readers import read

KINDS: dict[str, tuple[str, ...]] = {
    "border and river": ("sumy_border", "kharkiv_vovchansk", "kupiansk", "kherson_right_bank"),
    "towns of the Donbas": ("siversk", "kramatorsk_chasiv_yar", "toretsk_kostiantynivka", "pokrovsk", "lyman_borova"),
    "southern steppe": ("kurakhove_novopavlivka", "velyka_novosilka_huliaipole", "orikhiv_zaporizhzhia"),
}  # fmt: skip
"""A judgement by terrain. kupiansk lies along the Oskil."""
SIDES: tuple[Literal["russia", "ukraine"], ...] = ("russia", "ukraine")
_DIRECTION = {"russia": "russian_gain", "ukraine": "ukrainian_gain"}
_PRIOR_SHAPE = 1.0


@dataclass(frozen=True)
class Base:
    """Starts of one side in one kind of sector: n in `weeks` sector-weeks; rate per 1,000 with 5 and 95 % points."""

    side: str
    kind: str
    n: int
    weeks: int
    rate: float
    low: float
    high: float


def bases() -> list[Base]:
    """Every side and kind of sector, the kinds drawn together."""
    events = read("breakthrough-history").where(counted=1)
    exposed = _exposure()
    out = []
    for side in SIDES:
        starts: dict[str, int] = dict.fromkeys(KINDS, 0)
        begun: set[tuple[str, str]] = set()
        mine = sorted(
            events.where(direction=_DIRECTION[side]).rows(), key=lambda r: (r["date"], r["sector"])
        )
        for row in mine:
            key = (row["operation"], row["sector"])
            kind = next((k for k, s in KINDS.items() if row["sector"] in s), None)
            if key not in begun and kind and row["date"] >= history.SINCE:
                starts[kind] += 1
            begun.add(key)
        pooled = (sum(starts.values()) + 0.5) / sum(exposed.values())
        out += [_base(side, kind, starts[kind], exposed[kind], pooled) for kind in KINDS]
        out.append(_base(side, "all", sum(starts.values()), sum(exposed.values()), None))
    return out


def _exposure() -> dict[str, int]:
    """Sector-weeks with a front since SINCE: ordinary ones and those of operations."""
    weeks: set[tuple[str, dt.date]] = set()
    for key in ("positional-weeks", "breakthrough-history"):
        for row in read(key).rows():
            if row["date"] >= history.SINCE and row.get("counted", 1):
                weeks.add((row["sector"], row["date"]))
    return {kind: sum(s in sectors for s, _ in weeks) for kind, sectors in KINDS.items()}


def _base(side: str, kind: str, n: int, weeks: int, pooled: float | None) -> Base:
    """Jeffreys' prior where nothing is pooled."""
    from scipy.special import gammaincinv

    shape = 0.5 if pooled is None else _PRIOR_SHAPE
    a, b = n + shape, weeks + (0.0 if pooled is None else _PRIOR_SHAPE / pooled)
    low, high = (float(gammaincinv(a, p)) / b for p in (0.05, 0.95))
    return Base(side, kind, n, weeks, 1000.0 * a / b, 1000.0 * low, 1000.0 * high)
