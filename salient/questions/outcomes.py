"""An outcome of a campaign as a function of its uncertain numbers and of chance: what sensitivity, discovery and the
value of information all ask.

A run is given by its standardised numbers z and by the id of its random numbers. Runs that share an id share their
chance, so that a difference between them is due to the numbers alone. Up to the as-of date the held ground is as the
maps have it; from there the campaign runs free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.ensemble import Record, Start, prior_draws, run
from salient.engine.priors import Prior
from salient.errors import Problem, SalientError, nearest

CLIP = 1e-6
"""Shares of a prior nearer to 0 or 1 are not drawn: a normal has no end."""


@dataclass(frozen=True)
class Outcome:
    """One number of a run. name: as asked, such as `area:kursk`; week: the index of the week at whose end it stands."""

    name: str
    label: str
    unit: str
    date: dt.date
    record: tuple[str, ...]
    read: Callable[[Record], np.ndarray]


@dataclass(frozen=True)
class Study:
    """A campaign, the outcome asked about, and what its numbers are drawn from.

    posterior: draws of the fitted numbers, [free, draws]; None for the priors.
    """

    campaign: Campaign
    outcome: Outcome
    start: Start
    seed: int
    posterior: np.ndarray | None = None

    @property
    def priors(self) -> tuple[Prior, ...]:
        """The uncertain numbers, in the order of z."""
        return self.campaign.priors.free

    @property
    def source(self) -> str:
        """What the numbers are drawn from, in words."""
        return "the priors" if self.posterior is None else "the fitted posterior"

    def sample(self, n: int) -> np.ndarray:
        """n draws together, [free, n]; of a posterior no more than it has, in an order that the seed decides."""
        if self.posterior is None:
            return prior_draws(tuple(r.name for r in self.priors), n, self.seed)
        order = np.random.default_rng([self.seed, 1]).permutation(self.posterior.shape[1])
        return self.posterior[:, order[:n]]

    def at(self, u: np.ndarray) -> np.ndarray:
        """z at shares u of each number's own distribution, [free, n]. Numbers of a posterior are taken one by one."""
        from scipy.special import ndtri

        inside = np.clip(u, CLIP, 1.0 - CLIP)
        if self.posterior is None:
            return np.asarray(ndtri(inside))
        ranked = np.sort(self.posterior, axis=1)
        places = (np.arange(ranked.shape[1]) + 0.5) / ranked.shape[1]
        return np.stack(
            [np.interp(row, places, known) for row, known in zip(inside, ranked, strict=True)]
        )

    def answers(self, z: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """The outcome of each column of z under the random numbers of the ids `chance`, [n]."""
        record = run(
            self.campaign,
            z,
            seed=self.seed,
            record=self.outcome.record,
            start=self.start,
            noise_of=chance,
        )
        return self.outcome.read(record)


def spoken(prior: Prior) -> str:
    """A number in words: its label, and whose it is where there are several of them."""
    whose = prior.name.partition("[")[2].rstrip("]")
    label = prior.label.rstrip(".")
    return f"{label} ({whose.replace(',', ', ')})" if whose else label


def recorded(campaign: Campaign) -> set[str]:
    """What a run of the campaign can record."""
    signals = {s.name for m in campaign.mechanisms for s in m.signals}
    stocks = {s.name for m in campaign.mechanisms for s in m.stocks}
    return signals | stocks | {"area", "strength"}


def known_outcomes(campaign: Campaign) -> list[str]:
    """The names of all outcomes of a campaign."""
    sides, sectors = campaign.setting.names["side"], campaign.setting.names["sector"]
    there = recorded(campaign)
    names = [f"area:{s}" for s in sectors] + (["area:total"] if len(sectors) > 1 else [])
    if "casualties" in there:
        names += [f"{kind}:{s}" for kind in ("losses", "casualties") for s in sides]
    if "killed" in there:
        names += [f"killed:{s}" for s in sides]
    return names + [f"strength:{s}" for s in sides]


def usual_outcome(campaign: Campaign) -> str:
    """What is asked about when nothing is named: all ground held, or without a map of it the first side's losses."""
    sides, sectors = campaign.setting.names["side"], campaign.setting.names["sector"]
    if not campaign.scenario.observe.mapped:
        return f"losses:{sides[0]}"
    return "area:total" if len(sectors) > 1 else f"area:{sectors[0]}"


def outcome_of(campaign: Campaign, name: str | None = None, at: dt.date | None = None) -> Outcome:
    """The outcome of that name on a date; the usual one, and the end of the period, when None.

    Raises SalientError, with the nearest name, for an unknown one, and for a date that lies outside what is run free.
    """
    known, name = known_outcomes(campaign), name or usual_outcome(campaign)
    if name not in known:
        close = nearest(name, known)
        hint = f"did you mean '{close}'?" if close else f"outcomes are {', '.join(known)}"
        raise SalientError(Problem(f"there is no outcome '{name}'", key="--outcome", hint=hint))
    week = _week(campaign, at)
    kind, _, which = name.partition(":")
    date, since = campaign.weeks[week + 1], campaign.weeks[campaign.origin]
    if kind == "area":
        return _area(campaign, name, which, week, date)
    side = campaign.setting.names["side"].index(which)
    who = campaign.scenario.belligerents[which].adjective
    weeks = slice(campaign.origin, week + 1)
    if kind == "strength":
        label = f"{who} soldiers in the sectors"
        return Outcome(
            name,
            label,
            "soldiers",
            date,
            ("strength",),
            lambda r: r["strength"][week, side].sum(axis=0),
        )
    if kind == "losses":
        return _losses(campaign, name, side, week, date)
    what = "killed" if kind == "killed" else "killed and wounded"
    label = f"{who} soldiers {what} from {since}"
    return Outcome(
        name, label, "people", date, (kind,), lambda r: r[kind][weeks, side].sum(axis=(0, 1))
    )


def _week(campaign: Campaign, at: dt.date | None) -> int:
    """The index of the last week that ends by a date."""
    if at is None:
        return campaign.steps - 1
    week = (at - campaign.weeks[0]).days // 7 - 1
    if not campaign.origin <= week < campaign.steps:
        first, last = campaign.weeks[campaign.origin + 1], campaign.weeks[-1]
        raise SalientError(
            Problem(f"{at} is outside what is run", key="--at", hint=f"from {first} to {last}")
        )
    return week


def _area(campaign: Campaign, name: str, which: str, week: int, date: dt.date) -> Outcome:
    if which == "total":
        return Outcome(
            name,
            "held area, all sectors",
            "km2",
            date,
            ("area",),
            lambda r: r["area"][week].sum(axis=0),
        )
    j = campaign.setting.names["sector"].index(which)
    label = campaign.scenario.sectors[which].held
    return Outcome(name, label, "km2", date, ("area",), lambda r: r["area"][week, j])


def _losses(campaign: Campaign, name: str, side: int, week: int, date: dt.date) -> Outcome:
    """Killed and wounded of a side, its allied contingents with it."""
    allies = [c for c, s in enumerate(campaign.setting.contingent_side) if s == side]
    counted = bool(allies) and "troops_lost" in recorded(campaign)
    first = campaign.origin

    def read(r: Record) -> np.ndarray:
        own = r["casualties"][first : week + 1, side].sum(axis=(0, 1))
        if not counted:
            return own
        stock = r["troops_lost"]
        return own + sum(stock[week, c] - stock[first, c] for c in allies)

    who = campaign.scenario.belligerents[campaign.setting.names["side"][side]].adjective
    label = (
        f"{who} soldiers killed and wounded{', allies counted in,' if counted else ''} "
        f"from {campaign.weeks[first]}"
    )
    record = ("casualties", "troops_lost") if counted else ("casualties",)
    return Outcome(name, label, "people", date, record, read)


def percent(share: float) -> str:
    """A share in words; what is less than one in a hundred is not called nothing."""
    return f"{100 * share:.0f} %" if share >= 0.01 or share <= 0.0 else "under 1 %"


def must_vary(y: np.ndarray, outcome: Outcome) -> None:
    """Raises SalientError when the outcome is the same in every run, or not a number in some."""
    if not np.isfinite(y).all():
        raise SalientError(
            Problem(f"'{outcome.name}' is not a number in some runs", hint="salient fit --diagnose")
        )
    if np.ptp(y) == 0.0:
        raise SalientError(
            Problem(
                f"'{outcome.name}' is {y[0]:g} {outcome.unit} in every run: there is nothing to explain",
                hint="choose another outcome, or a date with --at",
            )
        )
