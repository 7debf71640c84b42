"""Other pasts: the campaign as it went and as it would have gone, on the same draws and with the same chance.

Abduction (Pearl 2009, "Causality", 7.1): each posterior draw keeps what the model did not explain. In a positional week
that is how far the line moved beyond the expected pace; in a breakthrough, the share of ground that went; in every week
the regime, sampled backwards through the filter (Kim 1994, Journal of Econometrics 60), and a uniform number that is
consistent with it. Run with everything as it was, a draw then gives the observed path; run with something at its
alternative, the chance of a breakthrough in the other world is compared with the same number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.ensemble import BLOCK, Program, Record, Start, over_blocks, padded, week_data
from salient.engine.noise import normal, stream, uniform
from salient.engine.paths import TARGETS, Path, Paths, Span, known
from salient.engine.priors import Prior
from salient.engine.step import parameters, streams
from salient.errors import Problem, SalientError, nearest
from salient.inference.forecast import draw_origin
from salient.inference.posterior import Insight, Posterior
from salient.mechanisms.advance import root
from salient.scenario.schema import Alternative

RECORD = (
    "area",
    "casualties",
    "killed",
    "regime",
    "troops_lost",
    "expected_pace",
    "break_chance",
    "break_out_chance",
    "positional_change",
    "area_flow",
)
"""What a run of another past records, one list for all, so that one program is compiled."""

_SURE, _MIDDLE = 1e-12, 0.5
_LEAST_LOSS = 1e-3


@dataclass(frozen=True)
class World:
    """Inputs by week and the prior table's numbers; what differs from one world to another, all of it data."""

    paths: dict[str, Path]
    mu: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Past:
    """What draws know of the weeks up to the origin.

    z: [free, draws]; area: observed, [week + 1, sector]; given: noise by stream, [week, sector, draws]; scripted: the
    uniforms that hold the regime to its path whatever the hazards, for weeks whose area is forced; unexplained: share
    of the area, [week, sector, draws]; regime: [week, sector, draws]; first: the first week that is fitted;
    loglik: log likelihood of each draw. observed: False where nothing was, so that all weeks run free by chance.
    """

    campaign: Campaign
    z: np.ndarray
    seed: int
    area: np.ndarray
    given: dict[str, np.ndarray]
    scripted: np.ndarray
    unexplained: np.ndarray
    regime: np.ndarray
    first: int
    origin: int
    loglik: np.ndarray
    observed: bool = True

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return self.z.shape[1]


def factual_world(
    campaign: Campaign, mu: np.ndarray | None = None, sd: np.ndarray | None = None
) -> World:
    """The world as it was."""
    rows = campaign.priors.rows
    return World(
        dict(campaign.paths),
        np.array([r.mu for r in rows]) if mu is None else mu,
        np.array([r.sd for r in rows]) if sd is None else sd,
    )


def spread_draws(flat: np.ndarray, n: int) -> np.ndarray:
    """At most n of the posterior draws, spread evenly over the islands."""
    total = flat.shape[1]
    return flat[:, (np.arange(min(n, total)) * total) // min(n, total)]


def unobserved(campaign: Campaign, z: np.ndarray, seed: int) -> Past:
    """The past of draws that no map has a say in: every world runs free from the opening, with the same chance."""
    steps, sectors, n = campaign.steps, campaign.setting.size("sector"), z.shape[1]
    zero = np.zeros((steps, sectors, n))
    area = np.zeros((steps + 1, sectors))
    return Past(
        campaign, z, seed, area, {}, zero, zero, zero, 0, steps, np.zeros(n), observed=False
    )


# What happened, draw by draw


def abduct(
    posterior: Posterior,
    z: np.ndarray,
    seed: int,
    mu: np.ndarray | None = None,
    sd: np.ndarray | None = None,
) -> Past:
    """Sample what each draw needs to give the observed path. mu, sd: other priors' centres and spreads, by row."""
    campaign = posterior.campaign
    world = factual_world(campaign, mu, sd)
    loglik, insight = _filtered(posterior, z, world)
    contested = campaign.setting.contested[:, 0]
    area = np.minimum(posterior.seen.path(campaign), contested)
    first = int(np.flatnonzero(posterior.data["filter"]["begins"])[0])
    steps, n = campaign.steps, z.shape[1]
    zero = np.zeros((steps, campaign.setting.size("sector"), n))
    still = _quiet(campaign, zero)
    nothing = Past(
        campaign, z, seed, area, still, still.get("break_noise", zero), zero, zero, first, steps,
        loglik,
    )  # fmt: skip
    seen = run_world(nothing, world, steps)
    regime = zero
    if has_breakthroughs(campaign):
        last = draw_origin(posterior, z, seed).regime if mu is None and sd is None else None
        regime = _regimes(insight, seen, campaign, world, z, first, posterior.origin, seed, last)
    given, scripted = _given(campaign, world, z, seen, area, regime, first, posterior.origin, seed)
    past = replace(nothing, given=given, scripted=scripted, regime=regime, origin=posterior.origin)
    return replace(past, unexplained=_unexplained(past, world))


def _filtered(posterior: Posterior, z: np.ndarray, world: World) -> tuple[np.ndarray, Insight]:
    """Log likelihood and what the filter learnt, with a world's numbers in the place of the priors' own."""
    import jax

    data = _data_of(posterior, world)
    blocks = [padded(z[:, i : i + BLOCK]) for i in range(0, z.shape[1], BLOCK)]
    call = posterior.call
    parts = over_blocks(lambda b: call(b, data), blocks)
    loglik, insight = jax.tree.map(
        lambda *x: np.concatenate([np.asarray(v) for v in x], axis=-1)[..., : z.shape[1]], *parts
    )
    return loglik, insight


def _data_of(posterior: Posterior, world: World) -> dict[str, Any]:
    """What the likelihood is computed from, with a world's inputs and numbers in the place of those as they were."""
    weeks = {
        **posterior.data["weeks"],
        "base": {k: p.base for k, p in world.paths.items()},
        "weights": {k: p.weights for k, p in world.paths.items()},
    }
    rows = {k: p.rows for k, p in world.paths.items()}
    return {**posterior.data, "mu": world.mu, "sd": world.sd, "rows": rows, "weeks": weeks}


def log_likelihood(
    posterior: Posterior, z: np.ndarray, world: World, *, maps: bool = False
) -> np.ndarray:
    """Log likelihood of draws in a world, [draws]. maps: of the maps alone, without reports of losses."""
    data = _data_of(posterior, world)
    if maps:
        data["losses"] = [{**d, "on": 0.0} for d in data["losses"]]
    blocks = [padded(z[:, i : i + BLOCK]) for i in range(0, z.shape[1], BLOCK)]
    call = posterior.call
    parts = over_blocks(lambda b: np.asarray(call(b, data)[0]), blocks)
    return np.concatenate(parts)[: z.shape[1]]


def _quiet(campaign: Campaign, zero: np.ndarray) -> dict[str, np.ndarray]:
    """Noise by which nothing happens by chance, and no regime but the positional one lasts."""
    steady = {"advance_noise": zero, "advance_outlier": zero + 1.0, "deviation_noise": zero}
    if not has_breakthroughs(campaign):
        return steady
    breaks = zero + _MIDDLE
    opening = campaign.setting.opening_regime
    breaks[0] = np.where(opening == 0.0, _MIDDLE, _SURE)
    return {**steady, "break_noise": breaks, "size_noise": zero}


def has_breakthroughs(campaign: Campaign) -> bool:
    """Whether a sector can have any regime but the positional one."""
    return "breakthrough" in campaign.parameter_rows


def _chance(
    kind: Callable[..., Any], campaign: Campaign, name: str, n: int, week: int, seed: int
) -> np.ndarray:
    """Random numbers of a stream of our own, one for each sector and draw."""
    sectors = campaign.setting.names["sector"]
    keys = np.array([stream(name, s) for s in sectors], dtype=np.uint32)
    ids = np.arange(n, dtype=np.uint32)
    return np.asarray(kind(np.uint32(seed), keys, ids, np.uint32(week)))


def _regimes(
    insight: Insight,
    seen: Record,
    campaign: Campaign,
    world: World,
    z: np.ndarray,
    first: int,
    origin: int,
    seed: int,
    last: np.ndarray | None,
) -> np.ndarray:
    """The regime of each week, sampled backwards: P(r_t | r_t+1) goes as P(r_t | maps to t) x P(r_t -> r_t+1)."""
    n = z.shape[1]
    leave = parameters(campaign, campaign.priors.natural(z, world.mu, world.sd))[
        "breakthrough"
    ].exit
    out = np.zeros((campaign.steps, campaign.setting.size("sector"), n))
    after = last
    for t in range(origin - 1, first - 1, -1):
        p = np.asarray(insight.regimes[t])
        if after is None:
            weights = p
        elif t == origin - 1:
            out[t] = after
            continue
        else:
            weights = p * _moves(seen, t + 1, leave, after)
        u = _chance(uniform, campaign, "abducted-regime", n, t, seed)
        cut = np.cumsum(weights, axis=0) / np.maximum(weights.sum(axis=0), 1e-300)
        after = ((u > cut[0]).astype(float) + (u > cut[1])).clip(0, 2)
        out[t] = after
    return out


def _moves(seen: Record, t: int, leave: np.ndarray, to: np.ndarray) -> np.ndarray:
    """P(r -> to) in week t for each regime r, [regime, sector, draws]."""
    into, away = seen["break_chance"][t], seen["break_out_chance"][t]
    usual = np.where(to == 0, 1.0 - into - away, np.where(to == 1, into, away))
    one = np.where(to == 0, leave, np.where(to == 1, 1.0 - leave, 0.0))
    two = np.where(to == 0, leave, np.where(to == 2, 1.0 - leave, 0.0))
    return np.stack([usual, one, two])


def _given(
    campaign: Campaign,
    world: World,
    z: np.ndarray,
    seen: Record,
    area: np.ndarray,
    regime: np.ndarray,
    first: int,
    origin: int,
    seed: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The noise that, put into the simulator, gives the observed path; and what holds the regime to its path."""
    p = parameters(campaign, campaign.priors.natural(z, world.mu, world.sd))
    a, n = p["advance"], z.shape[1]
    out = {k: v.copy() for k, v in _quiet(campaign, np.zeros_like(regime)).items()}
    other = seen["area_flow"] - seen["positional_change"]
    if has_breakthroughs(campaign):
        other = np.where(seen["regime"] == 0.0, other, 0.0)
    keep = a.drift**2 / (a.drift**2 + a.jolt**2)
    lasting = np.zeros_like(regime[0])
    for t in range(first, origin):
        now, then = area[t][:, None], area[t + 1][:, None] - other[t]
        usual = root(now) - root(then) - seen["expected_pace"][t]
        kick = a.drift * np.sqrt(1.0 - a.memory**2)
        drawn = a.memory * lasting + kick * _chance(normal, campaign, "abducted-drift", n, t, seed)
        lasting = np.where(regime[t] == 0.0, keep * usual, drawn)
        jolt = a.jolt * _chance(normal, campaign, "abducted-jolt", n, t, seed)
        out["advance_noise"][t] = np.where(regime[t] == 0.0, usual, lasting + jolt) / a.jolt
    if not has_breakthroughs(campaign):
        return out, np.zeros_like(regime)
    scripted = out["break_noise"].copy()
    b, contested = p["breakthrough"], campaign.setting.contested
    before = np.zeros_like(regime[0])
    for t in range(first, origin):
        now, then = area[t][:, None], area[t + 1][:, None] - other[t]
        out["size_noise"][t] = np.where(
            regime[t] == 0.0,
            _chance(normal, campaign, "abducted-size", n, t, seed),
            (np.log(_share(now, then, contested, regime[t])) - np.log(b.size)) / b.scatter,
        )
        u = _chance(uniform, campaign, "abducted-break", n, t, seed)
        out["break_noise"][t] = _consistent(
            u, before, regime[t], seen["break_chance"][t], seen["break_out_chance"][t], b.exit
        )
        scripted[t] = _certain(before, regime[t])
        before = regime[t]
    return out, scripted


def _share(now: np.ndarray, then: np.ndarray, contested: np.ndarray, regime: Any) -> np.ndarray:
    """The log share of its ground that the loser of a breakthrough gave up, at least a small one."""
    by_holder = np.log(np.maximum(contested - now, 0.01) / np.maximum(contested - then, 0.01))
    by_other = np.log(now / np.maximum(then, 0.01))
    return np.maximum(np.where(regime == 2.0, by_holder, by_other), _LEAST_LOSS)


def _consistent(u: Any, before: Any, now: Any, into: Any, away: Any, leave: Any) -> np.ndarray:
    """A uniform number moved into the part of (0, 1) in which the regime goes from `before` to `now`."""
    usual = np.where(
        now == 1.0,
        u * into,
        np.where(now == 2.0, 1.0 - u * away, into + u * np.maximum(1.0 - into - away, 0.0)),
    )
    broken = np.where(now == 0.0, u * leave, leave + u * (1.0 - leave))
    return np.where(before == 0.0, usual, broken)


def _certain(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """A uniform number that takes the regime from `before` to `now` whatever the hazards are."""
    usual = np.where(now == 1.0, _SURE, np.where(now == 2.0, 1.0 - _SURE, _MIDDLE))
    return np.where(before == 0.0, usual, np.where(now == 0.0, _SURE, 1.0 - _SURE))


def _unexplained(past: Past, world: World) -> np.ndarray:
    """What still separates the simulator from the observed path, as a share of the area."""
    run = run_world(past, world, past.campaign.steps, scripted=False)
    free = np.clip(past.area[:-1, :, None] + run["area_flow"], 0.0, past.campaign.setting.contested)
    gap = (past.area[1:, :, None] - free) / np.maximum(past.area[:-1, :, None], 1e-6)
    weeks = np.arange(past.campaign.steps)
    return np.where(((weeks >= past.first) & (weeks < past.origin))[:, None, None], gap, 0.0)


# Running worlds


def run_worlds(
    past: Past, worlds: Sequence[World], start: int, outcome: Callable[[Record], np.ndarray]
) -> np.ndarray:
    """An outcome of each world, [world, ..., draws]. The area is as observed until week `start`, then free."""
    data = _data(past, start)
    tasks = [(w, i) for w in range(len(worlds)) for i in range(0, past.draws, BLOCK)]
    program = _program(past.campaign)
    at = _states(past.campaign, past.draws, {})
    made = over_blocks(
        lambda task: outcome(_block(program, past, worlds[task[0]], data, task[1], at)), tasks
    )
    each = -(-past.draws // BLOCK)
    return np.stack(
        [np.concatenate(made[i : i + each], axis=-1) for i in range(0, len(made), each)]
    )


def run_world(
    past: Past,
    world: World,
    start: int,
    *,
    campaign: Campaign | None = None,
    at: Mapping[str, np.ndarray] | None = None,
    scripted: bool = True,
) -> Record:
    """One world, every record. campaign: another than the past's, such as one with a mechanism off.

    at: stocks to set at the past's origin, after which chance is the run's own.
    """
    campaign = campaign or past.campaign
    data = _data(past, start, campaign, scripted)
    if at:
        data["origin"] = np.int32(past.origin)
    program = _program(campaign)
    at = _states(campaign, past.draws, at or {})
    blocks = list(range(0, past.draws, BLOCK))
    made = over_blocks(lambda i: _block(program, past, world, data, i, at), blocks)
    return {k: np.concatenate([m[k] for m in made], axis=-1) for k in made[0]}


_STATE = ("area", "deviation", "broken")
_NEVER = 2**30
"""A week that does not come: the states at the origin are then not set, and the program is the same."""


def _states(campaign: Campaign, draws: int, at: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The stocks that may be set at the origin, those that are there, zero where nothing is given."""
    have = {s.name for m in campaign.mechanisms for s in m.stocks} | {"area"}
    zero = np.zeros((campaign.setting.size("sector"), draws))
    return {k: at.get(k, zero) for k in _STATE if k in have}


def _program(campaign: Campaign) -> Program:
    have = {s.name for m in campaign.mechanisms for s in m.stocks}
    have |= {s.name for m in campaign.mechanisms for s in m.signals} | {"area", "area_flow"}
    return Program.of(campaign, tuple(r for r in RECORD if r in have), _STATE)


def _data(
    past: Past, start: int, campaign: Campaign | None = None, scripted: bool = True
) -> dict[str, Any]:
    """All of a run but its world and its draws."""
    campaign = campaign or past.campaign
    start = start if past.observed else 0
    data = week_data(campaign, Start(past.area, past.origin, {}), past.seed)
    there = {s.name for s, _ in streams(campaign)}
    given = {k: v for k, v in past.given.items() if k in there}
    if "break_noise" in given and scripted:
        forced = (np.arange(campaign.steps) < start)[:, None, None]
        given["break_noise"] = np.where(forced, past.scripted, given["break_noise"])
    free = (np.arange(campaign.steps) >= start)[:, None, None]
    return {
        **data,
        "origin": np.int32(_NEVER),
        "forced": np.int32(start),
        "known": np.int32(past.origin),
        "given": given,
        "unexplained": np.where(free, past.unexplained, 0.0),
    }


def _block(
    program: Program,
    past: Past,
    world: World,
    data: dict[str, Any],
    first: int,
    at: Mapping[str, np.ndarray],
) -> Record:
    """One block of draws in one world."""
    block = slice(first, min(first + BLOCK, past.draws))
    weeks = {
        **data["weeks"],
        "base": {k: p.base for k, p in world.paths.items()},
        "weights": {k: p.weights for k, p in world.paths.items()},
        "given": {k: padded(v[..., block]) for k, v in data["given"].items()},
        "unexplained": padded(data["unexplained"][..., block]),
    }
    own = {k: v for k, v in data.items() if k not in ("given", "unexplained")}
    call = {
        **own,
        "mu": world.mu,
        "sd": world.sd,
        "rows": {k: p.rows for k, p in world.paths.items()},
        "weeks": weeks,
        "at": {k: padded(v[..., block]) for k, v in at.items()},
    }
    ids = (first + np.arange(BLOCK)).astype(np.uint32)
    out = program.call(padded(past.z[:, block]), ids, call)
    return {k: np.asarray(v)[..., : block.stop - block.start] for k, v in out.items()}


# Worlds in which something was otherwise


@dataclass
class Maker:
    """Makes the worlds of a campaign in which alternatives hold. An input that several worlds share is built once."""

    campaign: Campaign
    base: World
    _built: dict[tuple[str, frozenset[str]], Path] = field(default_factory=dict)

    def world(self, alternatives: Sequence[Alternative]) -> World:
        """The world in which all of them hold."""
        without = {e for a in alternatives for e in a.without}
        stopped = {f for a in alternatives for f in a.stopped}
        absent = {c for a in alternatives for c in a.absent}
        paths = {name: self._path(name, without, stopped, absent) for name in self.base.paths}
        mu, sd = self.base.mu.copy(), self.base.sd.copy()
        for a in alternatives:
            for row, value in numbers(self.campaign, a).items():
                mu[row], sd[row] = value, 0.0
        return World(paths, mu, sd)

    def _path(self, name: str, without: set[str], stopped: set[str], absent: set[str]) -> Path:
        kinds = {e.id: e.kind for e in self.campaign.scenario.events if e.kind != "note"}
        here = {e for e in without if e in kinds and TARGETS[kinds[e]][0] == name}
        cells: set[str] = set()
        if name in ("support_level", "free_flow"):
            cells = stopped
        elif name == "presence":
            cells = absent
        key = (name, frozenset(here | {f"-{c}" for c in cells}))
        if key not in self._built:
            self._built[key] = self._build(name, here, cells)
        return self._built[key]

    def _build(self, name: str, without: set[str], cells: set[str]) -> Path:
        if not without and not cells:
            return self.base.paths[name]
        c = self.campaign
        path = self.base.paths[name]
        if without:
            there = [e for e in c.scenario.events if known(e, c.as_of) and e.kind != "note"]
            spans = tuple(Span.of_event(e, c.as_of) for e in there if e.id not in without)
            will = any(m.slot == "will" for m in c.mechanisms)
            builder = Paths(c.scenario, c.setting, c.priors, c.weeks, c.as_of, spans, will)
            declared = next(i for m in c.mechanisms for i in m.inputs if i.name == name)
            path = roomy(builder.path(declared), self.base.paths[name].rows.size)
        dim = c.setting.names["contingent" if name == "presence" else "flow"]
        at = [dim.index(cell) for cell in sorted(cells)]
        base, weights = path.base.copy(), path.weights.copy()
        base[:, at], weights[:, at] = 0.0, 0.0
        return replace(path, base=base, weights=weights)


def roomy(path: Path, terms: int) -> Path:
    """The path with its terms padded to so many, so that worlds share a program."""
    missing = terms - path.rows.size
    if missing <= 0:
        return path
    pad = np.zeros((*path.weights.shape[:-1], missing))
    rows = np.concatenate([path.rows, np.zeros(missing, dtype=path.rows.dtype)])
    return replace(path, weights=np.concatenate([path.weights, pad], axis=-1), rows=rows)


def numbers(campaign: Campaign, alternative: Alternative) -> dict[int, float]:
    """Rows of the prior table that an alternative sets, with the value on each row's own scale."""
    out = {}
    for name, q in alternative.set.items():
        for row in rows_named(campaign, name):
            prior = campaign.priors.rows[row]
            out[row] = scaled(prior, q.to(prior.unit).centre)
    return out


def rows_named(campaign: Campaign, name: str) -> list[int]:
    """Rows of a parameter by its full name, or of all its cells by its name without brackets."""
    return [i for i, n in enumerate(campaign.priors.names) if name in (n, n.partition("[")[0])]


def scaled(prior: Prior, value: float) -> float:
    """A natural value on the scale on which the prior is normal; 0 and, for a share, 1 come as near as floats do."""
    if prior.kind == "positive":
        return float(np.log(max(value, 1e-12)))
    if prior.kind == "fraction":
        inside = min(max(value, 1e-12), 1.0 - 1e-12)
        return float(np.log(inside / (1.0 - inside)))
    return float(value)


def check_alternative(campaign: Campaign, alternative: Alternative, key: str) -> list[Problem]:
    """What is wrong with an alternative of a compiled campaign: names that are not there."""
    s, names = campaign.scenario, campaign.setting.names
    events = {e.id: e for e in s.events}
    out = []
    for what, given, there in (
        ("without", alternative.without, list(events)),
        ("stopped", alternative.stopped, list(names["flow"])),
        ("absent", alternative.absent, list(names["contingent"])),
        (
            "set",
            list(alternative.set),
            [*campaign.priors.names, *(n.partition("[")[0] for n in campaign.priors.names)],
        ),
    ):
        for name in given:
            if name not in there:
                close = nearest(name[:80], there)
                hint = f"did you mean '{close}'?" if close else f"there is {', '.join(there[:12])}"
                out.append(Problem(f"there is no '{name[:80]}'", key=f"{key}.{what}", hint=hint))
    for name in alternative.without:
        if name in events and not known(events[name], campaign.as_of):
            said = events[name].reported or events[name].date
            message = (
                f"event '{name}' became known on {said}, after the as-of date {campaign.as_of}"
            )
            out.append(Problem(message, key=f"{key}.without", hint="take a later --as-of"))
    return out


def onsets(campaign: Campaign, base: World, other: World) -> tuple[int, ...]:
    """The weeks in which the inputs of two worlds begin to differ, or differ in another way than the week before."""
    weeks: set[int] = set()
    for name, path in base.paths.items():
        level = _level(campaign, path) - _level(campaign, other.paths[name])
        if name == "presence":  # who has not come yet is not missed
            come = np.cumsum(_level(campaign, base.paths["arriving"]), axis=0) > 0.0
            level = np.where(come, level, 0.0)
        flat = level.reshape(campaign.steps, -1)
        before = np.concatenate([np.zeros((1, flat.shape[1])), flat[:-1]])
        begins = (np.abs(flat) > 1e-9) & (np.abs(before) <= 1e-9)
        weeks |= set(np.flatnonzero(begins.any(axis=1)).tolist())
    return tuple(sorted(weeks))


def _level(campaign: Campaign, path: Path) -> np.ndarray:
    """An input at the centre of its priors, [week, *dims]."""
    centre = np.array([r.natural(0.0) for r in campaign.priors.rows])
    return path.base + path.weights @ centre[path.rows]


# Outcomes


TOTAL = -1
"""The index of all sectors together."""


@dataclass(frozen=True)
class Outcome:
    """What is asked about: ground lost in a sector, or losses of a side, between two Mondays.

    kind: area, losses (killed and wounded) or killed; index: of the sector, TOTAL, or the side; start, end: weeks.
    """

    kind: str
    name: str
    index: int
    start: int
    end: int
    unit: str
    words: str

    def __call__(self, past: Past) -> Callable[[Record], np.ndarray]:
        """A function of a record to [draws]. Ground is counted from the observed one where there is such."""
        if self.kind == "area" and past.observed:
            begin = self.ground(past.area[self.start][:, None])
            return lambda r: begin - self.ground(r["area"][self.end - 1])
        if self.kind == "area":
            first = self.start - 1
            return lambda r: self.ground(r["area"][first]) - self.ground(r["area"][self.end - 1])
        return lambda r: side_losses(past.campaign, r, self.start, self.end)[self.kind == "killed"][
            self.index
        ]

    def ground(self, area: np.ndarray) -> np.ndarray:
        """Of areas by sector, [sector, draws], that of the outcome: one sector's, or the sum."""
        total: np.ndarray = area.sum(axis=0) if self.index == TOTAL else area[self.index]
        return total


def side_losses(
    campaign: Campaign, r: Record, start: int, end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Killed and wounded, and killed, in weeks [start, end) by side, allied contingents with their side."""
    own = r["casualties"][start:end].sum(axis=(0, 2))
    killed = r["killed"][start:end].sum(axis=(0, 2))
    share = killed / np.maximum(own, 1e-9)
    if "troops_lost" in r:
        stock, own = r["troops_lost"], own.copy()
        last = min(end, stock.shape[0] - 1)
        for c, side in enumerate(campaign.setting.contingent_side):
            own[side] += stock[last, c] - stock[start, c]
    return own, own * share


def outcome_of(campaign: Campaign, text: str, begin: dt.date, finish: dt.date) -> Outcome:
    """Read `area:SECTOR`, `losses:SIDE` or `killed:SIDE` and a window. Raises SalientError for what cannot be asked."""
    kind, _, name = text.partition(":")
    names = list(campaign.setting.names["sector" if kind == "area" else "side"])
    if kind == "area" and len(names) > 1:
        names.append("total")
    if kind not in ("area", "losses", "killed"):
        close = nearest(kind, ("area", "losses", "killed"))
        hint = f"did you mean '{close}'?" if close else "area:SECTOR, losses:SIDE or killed:SIDE"
        raise SalientError(
            Problem(f"there is no outcome '{text[:80]}'", key="--outcome", hint=hint)
        )
    if name not in names:
        close = nearest(name[:80], names)
        hint = f"did you mean '{close}'?" if close else f"there is {', '.join(names)}"
        raise SalientError(Problem(f"there is no '{name[:80]}'", key="--outcome", hint=hint))
    start, end = window(campaign, begin, finish)
    if kind == "area":
        index = TOTAL if name == "total" else names.index(name)
        sector = campaign.scenario.sectors[names[max(index, 0)]]
        holder = campaign.scenario.belligerents[sector.holder].adjective
        return Outcome(kind, name, index, start, end, "km2", f"Ground lost by {holder} forces")
    index = names.index(name)
    side = campaign.scenario.belligerents[name].adjective
    words = "killed and wounded" if kind == "losses" else "killed"
    return Outcome(kind, name, index, start, end, "people", f"{side} forces, {words}")


def window(campaign: Campaign, begin: dt.date, finish: dt.date) -> tuple[int, int]:
    """Weeks of a window: from the Monday on or before its first day to that of its last, at least one week."""
    first, last = campaign.weeks[0], campaign.weeks[campaign.origin]
    start, end = (begin - first).days // 7, -(-(finish - first).days // 7)
    if start == 0 and not campaign.scenario.observe.mapped:
        hint = f"begin on {campaign.weeks[1]} or later"
        raise SalientError(
            Problem("the first week of the period is its opening", key="--from", hint=hint)
        )
    if finish <= begin:
        raise SalientError(
            Problem(f"the window ends on {finish}, which is not after {begin}", key="--to")
        )
    if start < 0 or end > campaign.origin:
        hint = "what comes after the as-of date is a question for salient whatif"
        raise SalientError(
            Problem(
                f"the window {begin} to {finish} is not within {first} to {last}", key="--from",
                hint=hint,
            )
        )  # fmt: skip
    return start, max(end, start + 1)
