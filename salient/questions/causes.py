"""What a brief says of causes: the lost ground split among its drivers, the claims, and what would change the answer.

All of it is asked of the fit of the brief, as of its date: drivers and claims that were not known by then are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.ensemble import Start
from salient.engine.paths import known
from salient.errors import SalientError
from salient.inference.results import Interval
from salient.questions import discovery, voi
from salient.questions.attribution import Attribution, split
from salient.questions.audit import Lab, Verdict
from salient.questions.drivers import idle
from salient.questions.findings import (
    Caused,
    Claimed,
    ClaimFound,
    DriverShare,
    Measurable,
    Settling,
)
from salient.questions.outcomes import Outcome, Study
from salient.questions.outlook import Outlook
from salient.questions.worlds import outcome_of
from salient.scenario.claims import Claims
from salient.scenario.schema import Alternative, Driver

Progress = Callable[[str, float], None]
WEEKS = 4
"""Weeks before the as-of date that are split among drivers, where the scenario's own window is not over by then."""
PRECISION = 0.25
_MOST, _FEWEST_DRAWS = 6, 200


def caused(lab: Lab, progress: Progress | None = None) -> Caused | None:
    """The ground lost in the window, split among the drivers known by then; None where the scenario names none.

    Drivers of one group count as one, so that the split stays short.
    """
    fitted, campaign = lab.fitted, lab.fitted.campaign
    drivers = grouped(known_drivers(campaign))
    sector = campaign.setting.names["sector"][0]
    spec = campaign.scenario.attribution
    last = campaign.origin
    start, end = max(last - WEEKS, 0), last
    if (
        spec is not None
        and spec.outcome == f"area:{sector}"
        and spec.finish <= campaign.weeks[last]
    ):
        begin, finish = spec.begin, spec.finish
    else:
        begin, finish = campaign.weeks[start], campaign.weeks[end]
    if not drivers or last < WEEKS:
        return None
    asked = outcome_of(campaign, f"area:{sector}", begin, finish)
    pasts = lab.after, lab.before
    made = split(
        fitted, drivers, asked, lab.draws, progress, lab.data_dir, signs=False, pasts=pasts
    )
    return _caused(made)


def known_drivers(campaign: Campaign) -> dict[str, Driver]:
    """The drivers of a scenario with what of them was known on the as-of date and acts in this campaign.

    One of which nothing is left is left out.
    """
    there = {e.id for e in campaign.scenario.events if known(e, campaign.as_of)}
    out = {}
    for name, d in campaign.scenario.drivers.items():
        a = d.alternative
        acting = {n: v for n, v in a.set.items() if not idle(campaign, n)}
        a = a.model_copy(update={"without": [e for e in a.without if e in there], "set": acting})
        if not a.nothing:
            out[name] = d.model_copy(update={"alternative": a, "after": []})
    return out


def grouped(drivers: Mapping[str, Driver]) -> dict[str, Driver]:
    """Drivers of one group as one driver."""
    out: dict[str, Driver] = {}
    for name, d in drivers.items():
        key = d.group or name
        out[key] = _both(out[key], d) if key in out else d.model_copy(update={"group": None})
    return out


def _both(a: Driver, b: Driver) -> Driver:
    x, y = a.alternative, b.alternative
    alternative = Alternative(
        without=[*x.without, *y.without],
        stopped=[*x.stopped, *y.stopped],
        absent=[*x.absent, *y.absent],
        set={**x.set, **y.set},
    )
    return a.model_copy(
        update={
            "title": f"{a.title} and {b.title[:1].lower()}{b.title[1:]}",
            "alternative": alternative,
            "effect": [*a.effect, *b.effect] if a.effect and b.effect else [],
        }
    )


def _caused(a: Attribution) -> Caused:
    titles = {s.name: s.title for s in a.shares}
    return Caused(
        a.begin,
        a.finish,
        a.happened.median,
        a.rest,
        a.total,
        tuple(
            DriverShare(
                s.title,
                s.interval,
                s.mean,
                s.prior,
                s.contraction,
                not s.identified,
                s.one_way,
                s.note,
                s.acted.chance,
            )
            for s in sorted(a.shares, key=lambda s: -abs(s.mean))
        ),
        tuple((tuple(titles[n] for n in t.names), t.reason) for t in a.together if not t.order),
        tuple(tuple(titles[n] for n in t.names) for t in a.together if t.order),
        a.placebo.words if a.placebo else "",
        int(a.totals.size),
    )


def claimed(lab: Lab, claims: Claims | None) -> Claimed | None:
    """The claims tested with what was known on the as-of date; None where there are none, or not yet."""
    as_of = lab.fitted.campaign.as_of
    if claims is None or (claims.published is not None and claims.published > as_of):
        return None
    return Claimed(claims.source, tuple(_found(lab.tried(c)) for c in claims.claims))


def _found(v: Verdict) -> ClaimFound:
    c = v.claim
    part = c.only if c.only and v.probability is not None else ""
    return ClaimFound(
        c.text, c.speaker, c.named, c.position, v.verdict, v.probability, part, v.effect,
        v.experiment, v.note,
    )  # fmt: skip


@dataclass(frozen=True)
class Known(Study):
    """A study whose runs are there already: `z` and their outcome `y`, draw by draw."""

    z: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    y: np.ndarray = field(default_factory=lambda: np.empty(0))

    def sample(self, n: int) -> np.ndarray:
        """The first n draws."""
        return self.z[:, :n]

    def answers(self, z: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """The outcomes of the first draws, as many as z has."""
        return self.y[: z.shape[1]]


def settling(outlook: Outlook) -> Settling | None:
    """What would change the outlook's answer, from the draws of what was under way; None where it never varies."""
    fitted, campaign = outlook.fitted, outlook.fitted.campaign
    z, y = fitted.flat, outlook.reference.record["area"][-1, 0]
    if y.size < _FEWEST_DRAWS or np.ptp(y) == 0.0:
        return None
    sector = campaign.scenario.sectors[campaign.setting.names["sector"][0]]
    name = f"area:{campaign.setting.names['sector'][0]}"
    day = campaign.weeks[-1]
    outcome = Outcome(name, sector.held, "km2", day, ("area",), lambda r: r["area"][-1, 0])
    start = Start(np.empty((0, 0)), campaign.origin, {})
    study = Known(campaign, outcome, start, fitted.seed, z, z, y)
    found = voi.value(study, PRECISION, y.size, most=2 * _MOST)
    clear = {r.name for r in found.clear}
    return Settling(
        f"{sector.held} on {day}",
        found.width,
        tuple(
            Measurable(
                r.label,
                Interval(r.reduction, r.low, r.high, unit="share"),
                r.width,
                r.name in clear,
            )
            for r in found.rows[:_MOST]
        ),
        _flips(study, outlook),
        PRECISION,
    )


def _flips(study: Known, outlook: Outlook) -> tuple[str, ...]:
    """In which corner of the assumptions most of the ground is lost by the end, in words."""
    half = 0.5 * float(np.median(outlook.origin.area[0]))
    try:
        found = discovery.discover(study, half, "below", study.y.size)
    except SalientError:
        return ()
    asked = "Looked for was a corner of the assumptions that decides whether under half of today's ground is held then."
    return (asked, *discovery.sentences(found))


__all__ = ["caused", "claimed", "grouped", "known_drivers", "settling"]
