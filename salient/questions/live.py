"""A question asked while somebody waits: the outlook as fitted beside the outlook with changes, draw by draw.

Both are run on the same posterior draws and the same random numbers, from the same state at the as-of date, so that
their difference is the changes and not chance. Nothing is fitted again: what is not changed keeps the values that the
data gave it, and the ground up to the as-of date stays as it was observed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.ensemble import Record
from salient.engine.paths import Path, Paths, Span, known
from salient.engine.priors import Prior
from salient.errors import Problem, SalientError, nearest
from salient.inference.fit import Fit
from salient.inference.forecast import ahead, draw_origin, published
from salient.questions.worlds import roomy
from salient.scenario.schema import Event

AT_ONCE = 1000
"""Draws run together; more are run in so many parts, each with noise of its own."""
_OWN_ERRORS = "evidence"
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Changes:
    """What is asked: a branch to follow, numbers by name, events left out, support and presence from the as-of date on.

    support: level by flow, such as 'united-states.weapons', 1 being normal; presence: share at the front by contingent.
    """

    branch: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    support: Mapping[str, float] = field(default_factory=dict)
    presence: Mapping[str, float] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether nothing is changed."""
        return self == Changes()


@dataclass(frozen=True)
class Way:
    """One of the two runs. area: as the first mapper would publish it, km2, [sector, week from the origin on, draws].

    latent_end: the area itself at the end, [sector, draws]; casualties and killed: people over the outlook,
    [side, draws].
    """

    area: np.ndarray
    latent_end: np.ndarray
    casualties: np.ndarray
    killed: np.ndarray


@dataclass(frozen=True)
class Pair:
    """The outlook as fitted and the one with changes, draw by draw."""

    factual: Way
    changed: Way

    @property
    def draws(self) -> int:
        """How many draws were run."""
        return self.factual.latent_end.shape[-1]

    @property
    def gap(self) -> np.ndarray:
        """Changed less factual area held at the end, km2, [sector, draws]."""
        return self.changed.latent_end - self.factual.latent_end


def adjustable(campaign: Campaign) -> tuple[Prior, ...]:
    """The uncertain numbers that may be changed: all but the errors of the sources and the levels of branches."""
    return tuple(
        r
        for r in campaign.priors.free
        if r.group != _OWN_ERRORS and not r.name.startswith("branches.")
    )


def known_events(campaign: Campaign) -> tuple[Event, ...]:
    """The events that may be left out: those known on the as-of date that do something."""
    return tuple(
        e for e in campaign.scenario.events if known(e, campaign.as_of) and e.kind != "note"
    )


class Engine:
    """A fit that is asked many questions: programs stay compiled, and the run as fitted is kept."""

    def __init__(self, fitted: Fit) -> None:
        self.fitted = fitted
        self._kept: dict[tuple[int, int], Way] = {}

    def ask(self, changes: Changes, draws: int, progress: Progress | None = None) -> Pair:
        """Run both ways with so many draws. Raises SalientError for a change of what the scenario does not have."""
        say = progress or (lambda stage, share: None)
        check(self.fitted.campaign, changes)
        parts = [min(AT_ONCE, draws - i) for i in range(0, draws, AT_ONCE)]
        pairs = []
        for part, size in enumerate(parts):
            say("running the model", part / len(parts))
            before = self._factual(part, size)
            after = before if changes.nothing else self._run(changes, part, size)
            pairs.append((before, after))
        return Pair(_joined([p[0] for p in pairs]), _joined([p[1] for p in pairs]))

    def _factual(self, part: int, size: int) -> Way:
        key = (part, size)
        if key not in self._kept:
            if len(self._kept) > 40:
                self._kept.clear()
            self._kept[key] = self._run(Changes(), part, size)
        return self._kept[key]

    def _draws(self, part: int, size: int) -> np.ndarray:
        """Posterior draws of a part, spread over all islands; used again, with new noise, where there are too few."""
        flat = self.fitted.flat
        stride = max(flat.shape[1] // AT_ONCE, 1)
        columns = (np.arange(size) * stride + part) % flat.shape[1]
        return flat[:, columns]

    def _run(self, changes: Changes, part: int, size: int) -> Way:
        """One way: the state at the origin is that of the fit, whatever is changed."""
        fitted, seed = self.fitted, (self.fitted.seed + 7919 * part) % 2**32
        z = self._draws(part, size)
        origin = draw_origin(fitted.posterior, z, seed)
        campaign = changed_campaign(fitted.campaign, changes)
        moved = with_numbers(fitted.campaign, z, changes.numbers)
        record = ahead(campaign, fitted.posterior, moved, origin, seed)
        casualties, killed = losses(campaign, record)
        area = [
            np.concatenate(
                [
                    published(fitted.posterior, z, origin.area[None], seed, j),
                    published(fitted.posterior, z, record["area"], seed, j)[campaign.origin :],
                ]
            )
            for j in range(campaign.setting.size("sector"))
        ]
        return Way(np.stack(area), record["area"][-1], casualties, killed)


def _joined(ways: list[Way]) -> Way:
    names = ("area", "latent_end", "casualties", "killed")
    return Way(*(np.concatenate([getattr(w, n) for w in ways], axis=-1) for n in names))


def losses(campaign: Campaign, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Killed or wounded, and killed, over the outlook by side and draw, allied contingents with their side."""
    draws = record["area"].shape[-1]
    if "casualties" not in record:
        return np.zeros((0, draws)), np.zeros((0, draws))
    own = record["casualties"][campaign.origin :].sum(axis=(0, 2))
    killed = record["killed"][campaign.origin :].sum(axis=(0, 2))
    share = killed / np.maximum(own, 1e-9)
    if "troops_lost" in record:
        stock = record["troops_lost"]
        own = own.copy()
        for c, side in enumerate(campaign.setting.contingent_side):
            own[side] += stock[-1, c] - stock[campaign.origin, c]
    return own, own * share


def check(campaign: Campaign, changes: Changes) -> None:
    """Raise SalientError for every change of something that is not there, with the nearest name."""
    names = campaign.setting.names
    free = {r.name for r in adjustable(campaign)}
    events = {e.id for e in known_events(campaign)}
    problems = [
        *_unknown("numbers", changes.numbers, free),
        *_unknown("without", changes.without, events),
        *_unknown("support", changes.support, names["flow"]),
        *_unknown("presence", changes.presence, names["contingent"]),
    ]
    if changes.branch is not None:
        problems += _unknown("branch", [changes.branch], campaign.scenario.branches)
    given = [*changes.numbers.items(), *changes.support.items(), *changes.presence.items()]
    problems += [
        Problem(f"{value:g} is not a number that can be used", key=key)
        for key, value in given
        if not np.isfinite(value)
    ]
    rows = {r.name: r for r in adjustable(campaign)}
    for key, value in changes.numbers.items():
        if key in rows and np.isfinite(value):
            low, high = bounds(rows[key])
            if not low <= value <= high:
                unit = rows[key].unit
                problems.append(
                    Problem(f"{value:g} is outside {low:.4g} to {high:.4g} {unit}".strip(), key=key)
                )
    for key, value in [*changes.support.items(), *changes.presence.items()]:
        if np.isfinite(value) and not 0 <= value <= 2:
            problems.append(Problem(f"{value:g} is outside 0 to 2", key=key))
    if problems:
        raise SalientError(*problems)


def _unknown(what: str, given: object, there: object) -> list[Problem]:
    known_names = list(there)  # type: ignore[call-overload]
    out = []
    for name in given:  # type: ignore[attr-defined]
        if name not in known_names:
            close = nearest(str(name)[:80], known_names)
            hint = f"did you mean '{close}'?" if close else None
            out.append(Problem(f"there is no '{str(name)[:80]}'", key=what, hint=hint))
    return out


_REACH = 2.6
"""How far a number may be moved, in standard deviations of its prior: beyond it the model was never tried."""


def bounds(row: Prior) -> tuple[float, float]:
    """The least and most that a number may be set to."""
    return row.natural(-_REACH), row.natural(_REACH)


def standard(row: Prior, value: float) -> float:
    """The z of a prior at which it has a natural value."""
    if row.kind == "positive":
        x = np.log(value)
    elif row.kind == "fraction":
        x = np.log(value / (1.0 - value))
    else:
        x = value
    return float((x - row.mu) / row.sd)


def with_numbers(campaign: Campaign, z: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    """The draws with some numbers set to one value in all of them."""
    if not numbers:
        return z
    out = z.copy()
    for i, row in enumerate(campaign.priors.free):
        if row.name in numbers:
            out[i] = standard(row, numbers[row.name])
    return out


def changed_campaign(campaign: Campaign, changes: Changes) -> Campaign:
    """The campaign with its inputs changed. Arrays keep their shapes, so that no program is compiled again."""
    s, as_of = campaign.scenario, campaign.as_of
    branch = changes.branch or next(iter(s.branches), None)
    spans = [Span.of_event(e, as_of) for e in known_events(campaign) if e.id not in changes.without]
    if branch is not None:
        spans += [
            Span.of_change(c, f"branches.{branch}.{i}", as_of)
            for i, c in enumerate(s.branches[branch].changes)
        ]
    has_will = any(m.slot == "will" for m in campaign.mechanisms)
    builder = Paths(
        s, campaign.setting, campaign.priors, campaign.weeks, as_of, tuple(spans), has_will
    )
    inputs = [i for m in campaign.mechanisms for i in m.inputs]
    room = {name: path.rows.size for name, path in campaign.paths.items()}
    paths = {i.name: roomy(builder.path(i), room[i.name]) for i in inputs}
    _hold(campaign, paths, changes)
    return replace(campaign, paths=paths)


def _hold(campaign: Campaign, paths: dict[str, Path], changes: Changes) -> None:
    """Hold support and presence at a level from the first whole week after the as-of date."""
    first = -(-((campaign.as_of - campaign.weeks[0]).days + 1) // 7)
    names = campaign.setting.names
    for name, dim, levels in (
        ("support_level", "flow", changes.support),
        ("presence", "contingent", changes.presence),
    ):
        if name not in paths or not levels:
            continue
        base, weights = paths[name].base.copy(), paths[name].weights.copy()
        for key, level in levels.items():
            at = names[dim].index(key)
            base[first:, at], weights[first:, at] = level, 0.0
            if name == "support_level" and "free_flow" in paths:
                free = paths["free_flow"].base.copy()
                free[first:, at] = 0.0
                paths["free_flow"] = replace(paths["free_flow"], base=free)
        paths[name] = replace(paths[name], base=base, weights=weights)
