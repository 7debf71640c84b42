"""What caused it: an outcome of the past split among its drivers, and what the data cannot tell apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.ensemble import Record
from salient.errors import SalientError
from salient.inference.results import Interval
from salient.questions import drivers as games
from salient.questions.acted import Acted, mixed, weighed
from salient.questions.basis import Basis, after, before, calibrated, effective, past_of, warning
from salient.questions.drivers import Settled
from salient.questions.placebo import Seen, look
from salient.questions.worlds import (
    TOTAL,
    Maker,
    Outcome,
    Past,
    World,
    check_alternative,
    factual_world,
    onsets,
    outcome_of,
    run_worlds,
)
from salient.scenario.schema import Driver

Progress = Callable[[str, float], None]
_TWOFOLD, _CORRELATED = 2.0, 0.8
LEAST = 1.0
"""An effect of less than a square kilometre, or a person, is none."""
_LEAST = 0.02
"""Below this share of the total two numbers are not compared as a ratio."""


@dataclass(frozen=True)
class SignCheck:
    """The sign of a driver's mean effect when the spread of its parameters is halved and doubled.

    halved, doubled: effect in the outcome's unit, midway between first in and last out; effective: draws that the
    reweighting leaves. holds is None when too few draws are left to say.
    """

    halved: float
    doubled: float
    effective: int
    holds: bool | None


@dataclass(frozen=True)
class Share:
    """A driver's part of an outcome.

    alone, missed: mean of what it does as the only one, and of what is missing without it; prior: the share before the
    data; collapse_without: chance of a breakthrough without it; one_way: the assumptions give it one sign; acted:
    whether the data say that it did anything. Medians are those if it acted; intervals count that it may not have.
    """

    name: str
    title: str
    interval: Interval
    mean: float
    first_in: Interval
    last_out: Interval
    alone: float
    missed: float
    prior: Interval
    percent: float | None
    collapse_without: float
    contraction: float
    identified: bool
    sign: SignCheck | None
    level: Interval | None
    one_way: bool
    acted: Acted
    note: str


@dataclass(frozen=True)
class Group:
    """Drivers that share a cause, taken together (Owen 1977), and each within it."""

    name: str
    drivers: tuple[str, ...]
    interval: Interval
    within: dict[str, Interval]


@dataclass(frozen=True)
class Together:
    """Drivers that the data cannot tell apart, and why. order: what they do depends on the order they come in."""

    names: tuple[str, ...]
    reason: str
    order: bool = False


@dataclass(frozen=True)
class Attribution:
    """An outcome split among its drivers.

    total: with all drivers less with none; outcome: what happened; rest: with none of them. The draws' shares, [driver,
    draws], sum to the total of each draw. ordered: shares over the orders that respect `after`, where any is declared.
    warning: set where nothing is calibrated.
    """

    scenario: str
    outcome: Outcome
    as_of: dt.date
    begin: dt.date
    finish: dt.date
    happened: Interval
    rest: Interval
    total: Interval
    prior_total: Interval
    collapse: float
    shares: tuple[Share, ...]
    interactions: dict[tuple[str, str], Interval]
    groups: tuple[Group, ...]
    ordered: dict[str, Interval]
    together: tuple[Together, ...]
    placebo: Seen | None
    draws: np.ndarray
    totals: np.ndarray
    worlds: int
    warning: str | None = None


@dataclass(frozen=True)
class Game:
    """Outcomes of every set of drivers, [set, draws], from one set of draws."""

    past: Past
    value: np.ndarray
    broke: np.ndarray

    @property
    def k(self) -> int:
        """How many drivers there are."""
        return int(np.log2(len(self.value)))


@dataclass(frozen=True)
class Earlier:
    """What draws before the data say: their parameters, [free, draws], each driver's effect and the total."""

    z: np.ndarray
    effects: np.ndarray
    total: np.ndarray

    @classmethod
    def of(cls, game: Game) -> Earlier:
        """From a game of all sets."""
        return cls(game.past.z, games.shapley(game.k) @ game.value, game.value[-1] - game.value[0])


@dataclass(frozen=True)
class Effects:
    """What each driver did, [drivers, draws]: its share over all orders, what it does alone, what is lost without."""

    share: np.ndarray
    alone: np.ndarray
    missed: np.ndarray

    @classmethod
    def of(cls, game: Game) -> Effects:
        """From a game of all sets."""
        k, v = game.k, game.value
        return cls(games.shapley(k) @ v, games.first_in(k, v), games.last_out(k, v))


def _halfway(past: Past, drivers: Mapping[str, Driver], asked: Outcome) -> Earlier:
    """Effects midway between what a driver does alone and what is missing without it."""
    maker = Maker(past.campaign, factual_world(past.campaign))
    every = [d.alternative for d in drivers.values()]
    alone = [[a for j, a in enumerate(every) if j != i] for i in range(len(every))]
    sets = [[], every, *([a] for a in every), *alone]
    v = run_worlds(past, [maker.world(s) for s in sets], max(asked.start, past.first), asked(past))
    k = len(every)
    effects = 0.5 * ((v[0] - v[2 : 2 + k]) + (v[2 + k :] - v[1]))
    return Earlier(past.z, effects, v[0] - v[1])


def attribute(
    fitted: Basis,
    outcome: str | None = None,
    begin: dt.date | None = None,
    finish: dt.date | None = None,
    draws: int = 500,
    progress: Progress | None = None,
    data_dir: Path | None = None,
) -> Attribution:
    """Split an outcome among the scenario's drivers. What is left out is taken from the scenario's `attribution`.

    Raises SalientError when there is no driver, no window, or an outcome that cannot be asked.
    """
    say = progress or (lambda stage, share: None)
    campaign = fitted.campaign
    spec = campaign.scenario.attribution
    drivers = games.chosen(campaign.scenario.drivers)
    if spec is None and None in (outcome, begin, finish):
        raise SalientError("say --outcome, --from and --to; the scenario has no `attribution`")
    asked = outcome_of(
        campaign,
        outcome or spec.outcome,  # type: ignore[union-attr]
        begin or spec.begin,  # type: ignore[union-attr]
        finish or spec.finish,  # type: ignore[union-attr]
    )
    return split(fitted, drivers, asked, draws, say, data_dir)


def split(
    fitted: Basis,
    drivers: Mapping[str, Driver],
    asked: Outcome,
    draws: int = 500,
    progress: Progress | None = None,
    data_dir: Path | None = None,
    *,
    signs: bool = True,
    pasts: tuple[Past, Past] | None = None,
) -> Attribution:
    """Split an outcome that was read already.

    signs: ask too whether each sign hangs on the width of the assumptions, and what each driver did before the window.
    Without, a share before the data is taken midway between alone and last, which needs few runs.
    pasts: by draws after and before the data, where they are there already.
    """
    say = progress or (lambda stage, share: None)
    _check(fitted, drivers)
    say("running the drivers, posterior draws", 0.0)
    posterior = play(pasts[0] if pasts else after(fitted, draws), drivers, asked)
    prior = Earlier.of(posterior)
    if calibrated(fitted):
        say("running the drivers, prior draws", 0.4)
        past = pasts[1] if pasts else before(fitted, posterior.past.draws)
        prior = Earlier.of(play(past, drivers, asked)) if signs else _halfway(past, drivers, asked)
    say("checking the signs", 0.8)
    return _described(fitted, drivers, asked, posterior, prior, data_dir, signs)


def _check(fitted: Basis, drivers: Mapping[str, Driver]) -> None:
    problems = [
        p
        for name, d in drivers.items()
        for p in check_alternative(fitted.campaign, d.alternative, f"drivers.{name}.alternative")
    ]
    if problems:
        raise SalientError(*problems)


def play(past: Past, drivers: Mapping[str, Driver], asked: Outcome) -> Game:
    """Run every set of drivers on the same draws and the same chance."""
    names = list(drivers)
    maker = Maker(past.campaign, factual_world(past.campaign))
    worlds = [
        maker.world([drivers[n].alternative for i, n in enumerate(names) if not s >> i & 1])
        for s in range(1 << len(names))
    ]
    made = run_worlds(past, worlds, max(asked.start, past.first), _both(past, asked))
    return Game(past, made[:, 0], made[:, 1])


def _both(past: Past, asked: Outcome) -> Callable[[Record], np.ndarray]:
    """The outcome, and whether the pressing side broke through within the window."""
    value = asked(past)
    sectors = [asked.index] if asked.kind == "area" and asked.index != TOTAL else slice(None)

    def both(r: Record) -> np.ndarray:
        lost = value(r)
        if "regime" not in r:
            return np.stack([lost, np.zeros_like(lost)])
        broke = (r["regime"][asked.start : asked.end, sectors] == 1.0).any(axis=(0, 1))
        return np.stack([lost, broke.astype(float)])

    return both


def _described(
    fitted: Basis,
    drivers: Mapping[str, Driver],
    asked: Outcome,
    game: Game,
    prior: Earlier,
    data_dir: Path | None,
    signs: bool,
) -> Attribution:
    """The game in numbers and words."""
    v, unit = game.value, asked.unit
    did = Effects.of(game)
    total = v[-1] - v[0]
    acted = whether(fitted, drivers, asked, game.past)
    spans = mixed(total, unit, acted[tuple(drivers)])
    sets = pairs(game.past, drivers, did.share, did.alone, did.missed, v)
    scale = 100.0 / total.mean() if spans.low > 0.0 or spans.high < 0.0 else None
    signs = signs and calibrated(fitted)
    campaign = fitted.campaign
    return Attribution(
        campaign.scenario.scenario,
        asked,
        campaign.as_of,
        campaign.weeks[asked.start],
        campaign.weeks[asked.end],
        Interval.of(v[-1], unit),
        Interval.of(v[0], unit),
        spans,
        Interval.of(prior.total, unit),
        float(game.broke[-1].mean()),
        tuple(_shares(fitted, drivers, asked, game, prior, did, acted, sets, scale, signs)),
        {
            (a, b): Interval.of(games.interaction(v, i, j), unit)
            for (i, a), (j, b) in combinations(enumerate(drivers), 2)
        },
        _groups(drivers, v, unit, acted),
        _ordered(drivers, v, unit, acted),
        tuple(sets),
        _placebo(campaign, asked, data_dir),
        did.share,
        total,
        len(v),
        warning(fitted),
    )


def _shares(
    fitted: Basis,
    drivers: Mapping[str, Driver],
    asked: Outcome,
    game: Game,
    prior: Earlier,
    did: Effects,
    acted: Mapping[tuple[str, ...], Acted],
    sets: list[Together],
    scale: float | None,
    signs: bool,
) -> Iterator[Share]:
    """Each driver's part. scale: from the outcome's unit to percent of the total; None where that may be 0."""
    levels = _levels(game.past, drivers, asked) if signs else None
    independent = effective(fitted)
    everyone = (1 << game.k) - 1
    for i, (name, d) in enumerate(drivers.items()):
        rows = games.effect_rows(fitted.campaign, d.alternative, d.effect)
        settled = (
            games.settled(fitted.flat, independent, rows, prior.effects[i], prior.z)
            if calibrated(fitted)
            else games.UNCALIBRATED
        )
        sign = _sign(fitted, d, asked, game.past, rows) if signs else None
        told = acted[name,]
        mean = float(did.share[i].mean())
        yield Share(
            name=name,
            title=d.title,
            interval=mixed(did.share[i], asked.unit, told),
            mean=mean,
            first_in=mixed(did.alone[i], asked.unit, told),
            last_out=mixed(did.missed[i], asked.unit, told),
            alone=float(did.alone[i].mean()),
            missed=float(did.missed[i].mean()),
            prior=Interval.of(prior.effects[i], asked.unit),
            percent=None if scale is None else float(scale * mean),
            collapse_without=float(game.broke[everyone ^ 1 << i].mean()),
            contraction=settled.share,
            identified=settled.identified,
            sign=sign,
            level=levels[i] if levels else None,
            one_way=one_way(prior.effects[i]),
            acted=told,
            note=_note(d, settled, sign, [t for t in sets if name in t.names]),
        )


_ONE_WAY = 0.95
"""Where so many of the effects that draws before the data give have one sign, the assumptions set it."""


def one_way(prior: np.ndarray) -> bool:
    """Whether an effect, in draws of the assumptions alone, is all but always of one sign, and there is one."""
    up, down = int((prior >= LEAST).sum()), int((prior <= -LEAST).sum())
    return up + down > 0 and max(up, down) >= _ONE_WAY * (up + down)


def whether(
    fitted: Basis, drivers: Mapping[str, Driver], asked: Outcome, past: Past
) -> dict[tuple[str, ...], Acted]:
    """Whether each driver acted, each group of them, and any at all, by their names."""
    names = list(drivers)
    sets = [(n,) for n in names] + [tuple(names[i] for i in b) for b in games.blocks(drivers)]
    sets = list(dict.fromkeys([*sets, tuple(names)]))
    maker = Maker(past.campaign, factual_world(past.campaign))
    without = [maker.world([drivers[n].alternative for n in s]) for s in sets]
    return dict(zip(sets, weighed(fitted, past, without, maps=asked.kind == "area"), strict=True))


def _placebo(campaign: Campaign, asked: Outcome, data_dir: Path | None) -> Seen | None:
    spec = campaign.scenario.attribution
    if spec is None or spec.placebo is None:
        return None
    begin, finish = campaign.weeks[asked.start], campaign.weeks[asked.end]
    return look(spec.placebo, begin, finish, campaign.as_of, data_dir)


def _groups(
    drivers: Mapping[str, Driver],
    v: np.ndarray,
    unit: str,
    acted: Mapping[tuple[str, ...], Acted],
) -> tuple[Group, ...]:
    names = list(drivers)
    blocks = games.blocks(drivers)
    if all(len(b) == 1 for b in blocks):
        return ()
    phi = games.owen(len(names), blocks) @ v
    return tuple(
        Group(
            drivers[names[b[0]]].group or "",
            tuple(names[i] for i in b),
            mixed(phi[b].sum(axis=0), unit, acted[tuple(names[i] for i in b)]),
            {names[i]: mixed(phi[i], unit, acted[names[i],]) for i in b},
        )
        for b in blocks
        if len(b) > 1
    )


def _ordered(
    drivers: Mapping[str, Driver],
    v: np.ndarray,
    unit: str,
    acted: Mapping[tuple[str, ...], Acted],
) -> dict[str, Interval]:
    needs = games.prerequisites(drivers)
    if not any(needs):
        return {}
    phi = games.shapley(len(drivers), needs) @ v
    return {name: mixed(phi[i], unit, acted[name,]) for i, name in enumerate(drivers)}


def _levels(past: Past, drivers: Mapping[str, Driver], asked: Outcome) -> list[Interval] | None:
    """Area held at the end with everything, less without each driver alone, when all weeks are run again.

    A slow driver moves the ground held before the window begins, which the split within the window does not show.
    """
    if asked.kind != "area" or asked.start <= past.first or not past.observed:
        return None
    maker = Maker(past.campaign, factual_world(past.campaign))
    worlds = [maker.world([]), *(maker.world([d.alternative]) for d in drivers.values())]
    end = asked.end - 1
    area = run_worlds(past, worlds, past.first, lambda r: asked.ground(r["area"][end]))
    return [Interval.of(area[i] - area[0], "km2") for i in range(1, len(area))]


# What cannot be told apart


def pairs(
    past: Past,
    drivers: Mapping[str, Driver],
    phi: np.ndarray,
    alone: np.ndarray,
    missed: np.ndarray,
    v: np.ndarray,
) -> list[Together]:
    """Sets of drivers that switch in one week, whose shares go together, or whose worth depends on the order."""
    names = list(drivers)
    maker = Maker(past.campaign, factual_world(past.campaign))
    when = [
        set(onsets(past.campaign, maker.base, maker.world([d.alternative])))
        for d in drivers.values()
    ]
    out: list[Together] = []
    for i, j in combinations(range(len(names)), 2):
        shared = sorted(t for t in when[i] & when[j] if t >= max(past.first, 1))
        if shared:
            day = past.campaign.weeks[shared[-1]]
            out.append(
                Together(
                    (names[i], names[j]),
                    f"they switch in the same week, of {day}, and maps are weekly",
                )
            )
            continue
        r = _correlation(phi[i], phi[j])
        if abs(r) > _CORRELATED:
            out.append(
                Together(
                    (names[i], names[j]),
                    f"their shares go together from draw to draw (correlation {r:.2f})",
                )
            )
    out = _joined(out)
    floor = _LEAST * abs(float((v[-1] - v[0]).mean())) + 1e-12
    for i, name in enumerate(names):
        a, b = float(alone[i].mean()), float(missed[i].mean())
        low, high = min(abs(a), abs(b)), max(abs(a), abs(b))
        if len(names) > 1 and high > floor and (high > _TWOFOLD * low or a * b < 0.0):
            rest = [j for j in range(len(names)) if j != i]
            mate = max(rest, key=lambda j: abs(float(games.interaction(v, i, j).mean())))
            if not any({name, names[mate]} <= set(t.names) for t in out):
                reason = (
                    f"the mean effect of {drivers[name].title} is {a:.0f} as the only driver and {b:.0f} as the "
                    "last one, so what it does depends on the others"
                )
                out.append(Together((name, names[mate]), reason, order=True))
    return out


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-9 and b.std() > 1e-9 else 0.0


def _joined(pairs: list[Together]) -> list[Together]:
    """Pairs that share a driver and a reason as one set."""
    out: list[Together] = []
    for pair in pairs:
        for n, t in enumerate(out):
            if t.reason == pair.reason and set(t.names) & set(pair.names):
                out[n] = Together(tuple(dict.fromkeys((*t.names, *pair.names))), t.reason)
                break
        else:
            out.append(pair)
    return out


# What is assumed


def _sign(fitted: Basis, driver: Driver, asked: Outcome, usual: Past, rows: list[int]) -> SignCheck:
    """The effect with the priors of the driver's parameters half and twice as wide.

    The same z under another spread is a draw of the other posterior with weight L_new(z) / L_old(z), L the likelihood.
    """
    campaign = fitted.campaign
    base = factual_world(campaign)
    found, effective = [], []
    for factor in (0.5, 2.0):
        sd = base.sd.copy()
        sd[rows] *= factor
        past = past_of(fitted, usual.z, base.mu, sd)
        log_weight = np.where(np.isfinite(past.loglik), past.loglik - usual.loglik, -np.inf)
        weight = np.exp(log_weight - log_weight.max())
        weight = np.nan_to_num(weight) / np.nan_to_num(weight).sum()
        found.append(
            float((_middle(past, campaign.scenario.drivers, driver, asked, sd) * weight).sum())
        )
        effective.append(int(1.0 / (weight**2).sum()))
    least = min(effective)
    holds = None if least < 20 else bool(found[0] * found[1] > 0.0)
    return SignCheck(found[0], found[1], least, holds)


def _middle(
    past: Past, drivers: Mapping[str, Driver], driver: Driver, asked: Outcome, sd: np.ndarray
) -> np.ndarray:
    """Midway between what a driver does alone and what is missing without it, [draws]."""
    maker = Maker(past.campaign, factual_world(past.campaign, sd=sd))
    every = [d.alternative for d in drivers.values()]
    rest = [d.alternative for d in drivers.values() if d is not driver]
    sets: list[World] = [
        maker.world([]), maker.world([driver.alternative]), maker.world(rest), maker.world(every),
    ]  # fmt: skip
    v = run_worlds(past, sets, max(asked.start, past.first), asked(past))
    return 0.5 * ((v[0] - v[1]) + (v[2] - v[3]))


def _note(
    driver: Driver, settled: Settled, sign: SignCheck | None, together: list[Together]
) -> str:
    said = [settled.words] if settled.words else []
    if sign is not None and sign.holds is False:
        said.append("its sign changes when the assumptions are half or twice as wide")
    elif sign is not None and sign.holds is None:
        said.append("too few draws to say whether its sign depends on the width of the assumptions")
    if together:
        said.append("cannot be told apart from others")
    if driver.note:
        said.append(driver.note)
    return "; ".join(said)


__all__ = [
    "Attribution",
    "Game",
    "Group",
    "Share",
    "SignCheck",
    "Together",
    "attribute",
    "pairs",
    "play",
    "split",
    "whether",
]
