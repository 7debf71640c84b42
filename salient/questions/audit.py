"""Is the claim right: each claim as an experiment, a check of evidence, or a plain "cannot be tested"."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine.ensemble import Record
from salient.errors import Problem, SalientError
from salient.evidence.readers import Table, read, read_features
from salient.inference.fit import Fit, effective_draws
from salient.inference.forecast import ahead, draw_origin
from salient.inference.results import Interval
from salient.questions import drivers as games
from salient.questions.acted import EVEN, Acted, mixed, weighed
from salient.questions.attribution import LEAST, one_way
from salient.questions.basis import Basis, after, before, calibrated, effective, warning
from salient.questions.drivers import Settled
from salient.questions.outlook import branch_campaign
from salient.questions.outlook import drivers as branch_parameters
from salient.questions.worlds import (
    Maker,
    Outcome,
    Past,
    check_alternative,
    factual_world,
    onsets,
    outcome_of,
    run_worlds,
    side_losses,
    spread_draws,
)
from salient.scenario.claims import Claim, Claims, Evidence, Window
from salient.scenario.schema import Alternative

Progress = Callable[[str, float], None]
SUPPORTED, LEANING, CANNOT_TELL = "supported", "leaning", "cannot tell"
AGAINST, CONTRADICTED = "leaning against", "contradicted"
ASSUMED, CANNOT_TEST = "set by assumption", "cannot test"
_EARTH = 6371.0


@dataclass(frozen=True)
class Verdict:
    """What the audit says of a claim. probability: that the effect has the claimed direction and size, or that the
    statement is so; None where nothing was run. contraction: share of what decides the effect that data settled, None
    where no effect was run. experiment: what was compared. before: the probability from the assumptions alone; given:
    the probability if the cause acted as is assumed; acted: whether the data say that it did anything at all.
    """

    claim: Claim
    verdict: str
    probability: float | None
    identified: bool
    note: str
    effect: Interval | None = None
    contraction: float | None = None
    experiment: str = ""
    before: float | None = None
    given: float | None = None
    acted: Acted | None = None


@dataclass(frozen=True)
class Audit:
    """All claims of a file with their verdicts."""

    scenario: str
    title: str
    source: str
    as_of: dt.date
    outlook_as_of: dt.date | None
    verdicts: tuple[Verdict, ...]
    warning: str | None = None


def word(probability: float) -> str:
    """The verdict that a probability means."""
    if probability > 0.8:
        return SUPPORTED
    if probability > 0.6:
        return LEANING
    if probability >= 0.4:
        return CANNOT_TELL
    return AGAINST if probability >= 0.2 else CONTRADICTED


def needs_outlook(claims: Claims) -> bool:
    """Whether a claim is about what a branch would bring."""
    return any(c.kind == "outlook" and c.cannot is None for c in claims.claims)


def audit(
    fitted: Basis,
    claims: Claims,
    outlook: Fit | None = None,
    draws: int = 500,
    data_dir: Path | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Test every claim. outlook: a fit that leaves weeks to look ahead, for claims about branches.

    Raises SalientError when an outlook has none, and for an event that was not known by the as-of date.
    """
    say = progress or (lambda stage, share: None)
    lab = Lab(fitted, outlook, draws, data_dir)
    done = []
    for i, claim in enumerate(claims.claims):
        say(f"testing {claim.id}", i / len(claims.claims))
        done.append(lab.test(claim))
    s = fitted.campaign.scenario
    return Audit(
        s.scenario,
        s.title,
        claims.source,
        fitted.campaign.as_of,
        outlook.campaign.as_of if outlook and needs_outlook(claims) else None,
        tuple(done),
        warning(fitted),
    )


class Lab:
    """Where claims are tested: the draws, before and after the data, are abducted once."""

    def __init__(
        self, fitted: Basis, outlook: Fit | None, draws: int, data_dir: Path | None = None
    ) -> None:
        self.fitted, self.outlook, self.data_dir = fitted, outlook, data_dir
        self.draws = draws
        self.effective = effective(fitted)
        self._after: Past | None = None
        self._before: Past | None = None
        self._done: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray, Acted]] = {}
        self._runs: dict[str, Record] = {}

    @property
    def after(self) -> Past:
        """Draws after the data."""
        if self._after is None:
            self._after = after(self.fitted, self.draws)
        return self._after

    @property
    def before(self) -> Past:
        """Draws before the data, with what they would have to explain of them."""
        if self._before is None:
            same = not calibrated(self.fitted)
            self._before = self.after if same else before(self.fitted, self.after.draws)
        return self._before

    def tried(self, claim: Claim) -> Verdict:
        """Test a claim as far as the as-of date lets one: its window ends there, and what was not known yet cannot be
        tested.
        """
        campaign = self.fitted.campaign
        last = campaign.weeks[campaign.origin]
        note = claim.note
        if claim.kind == "causal" and claim.cannot is None:
            begin, finish = self._window(claim)
            if begin >= last:
                return _untested(claim, f"it is about days after {last}, the last week with data")
            if finish > last:
                window = claim.window or Window.model_validate({"from": begin, "to": finish})
                claim = claim.model_copy(
                    update={"window": window.model_copy(update={"finish": last})}
                )
                note = _with(f"tested up to {last}, the last week with data", claim.note)
        try:
            return self.test(claim.model_copy(update={"note": note}))
        except SalientError as e:
            return _untested(
                claim, f"with what was known by {campaign.as_of}: {e.problems[0].message}"
            )

    def test(self, claim: Claim) -> Verdict:
        """Test one claim in the way that its kind asks for."""
        if claim.cannot is not None:
            return Verdict(claim, CANNOT_TEST, None, False, claim.cannot)
        if claim.kind == "fact":
            return check_fact(claim, self.fitted.campaign.as_of, self.data_dir)
        return self.causal(claim) if claim.kind == "causal" else self.branch(claim)

    def causal(self, claim: Claim) -> Verdict:
        """The past with the cause as it was and at its alternative, against the claim."""
        campaign = self.fitted.campaign
        causes = self._alternatives(claim)
        begin, finish = self._window(claim)
        asked = outcome_of(campaign, claim.effect or "", begin, finish)
        maker = Maker(campaign, factual_world(campaign))
        when = onsets(campaign, maker.base, maker.world(causes))
        late = [t for t in when if t < asked.end]
        numbers_too = any(a.set for a in causes)
        if not when and not numbers_too:
            why = "the cause changes no input of the model, so taking it away would change nothing"
            return Verdict(claim, CANNOT_TEST, None, False, _with(why, claim.note))
        if not late and not numbers_too:
            why = (
                f"the cause began in the week of {campaign.weeks[when[0]]}, after the claimed effect, "
                "and no effect comes before its cause"
            )
            return Verdict(
                claim, CONTRADICTED, 0.0, True, _with(why, claim.note), experiment="timing"
            )
        effect, prior, acted = self._did(causes, asked, maker)
        rows = self._rows(claim, causes)
        settled = (
            games.settled(self.fitted.flat, self.effective, rows, prior, self.before.z)
            if calibrated(self.fitted)
            else games.UNCALIBRATED
        )
        given, before_data = (_probability(claim, e, asked) for e in (effect, prior))
        p, earlier = acted.chance * given, EVEN * before_data
        independent = min(self.after.draws, int(np.median(self.effective)))
        identified = (
            calibrated(self.fitted) and moved(p, earlier, independent) and not _decided(earlier, p)
        )
        note = [] if identified else [_unmoved(self.fitted, earlier, p)]
        note.append(_whether(given, acted, calibrated(self.fitted)))
        span = mixed(effect, asked.unit, acted)
        note.append(_skewed(effect, span))
        if one_way(prior):
            note.append(
                "the assumptions give the effect this direction, so the direction is no finding"
            )
        if asked.kind == "area" and late and calibrated(self.fitted):
            note.append(_earlier(self.after, asked, max(late[0], 0), campaign.weeks))
        drivers = campaign.scenario.drivers
        what = [drivers[n].title for n in claim.cause] or [_told(a) for a in causes]
        return Verdict(
            claim,
            word(p) if identified else ASSUMED,
            p,
            identified,
            _with(*note, claim.note),
            span,
            settled.share,
            f"{campaign.weeks[asked.start]} to {campaign.weeks[asked.end]}, with and without {' and '.join(what)}",
            earlier,
            given,
            acted,
        )

    def _alternatives(self, claim: Claim) -> list[Alternative]:
        drivers = self.fitted.campaign.scenario.drivers
        causes = [drivers[n].alternative for n in claim.cause]
        causes += [claim.change] if claim.change else []
        problems = [
            p
            for a in causes
            for p in check_alternative(self.fitted.campaign, a, f"claims.{claim.id}")
        ]
        if problems:
            raise SalientError(*problems)
        return causes

    def _window(self, claim: Claim) -> tuple[dt.date, dt.date]:
        if claim.window is not None:
            return claim.window.begin, claim.window.finish
        spec = self.fitted.campaign.scenario.attribution
        if spec is None:
            raise SalientError(Problem("the claim has no window", key=f"claims.{claim.id}.window"))
        return spec.begin, spec.finish

    def _rows(self, claim: Claim, causes: list[Alternative]) -> list[int]:
        drivers = self.fitted.campaign.scenario.drivers
        named: list[list[str]] = [drivers[n].effect for n in claim.cause] or [[]]
        pairs = zip(causes, named, strict=True)
        return sorted({r for a, e in pairs for r in games.effect_rows(self.fitted.campaign, a, e)})

    def _did(
        self, causes: list[Alternative], asked: Outcome, maker: Maker
    ) -> tuple[np.ndarray, np.ndarray, Acted]:
        """The effect by draws after the data and before them, and whether there was any; shared by claims."""
        key = (asked, *(a.model_dump_json() for a in causes))
        if key not in self._done:
            effect, prior = (self._effect(p, causes, asked) for p in (self.after, self.before))
            (acted,) = weighed(
                self.fitted, self.after, [maker.world(causes)], maps=asked.kind == "area"
            )
            self._done[key] = effect, prior, acted
        return self._done[key]

    def _effect(self, past: Past, causes: list[Alternative], asked: Outcome) -> np.ndarray:
        """What the cause did to the area held, or to losses: as it was less at the alternative, [draws]."""
        maker = Maker(past.campaign, factual_world(past.campaign))
        worlds = [maker.world([]), maker.world(causes)]
        v = run_worlds(past, worlds, max(asked.start, past.first), asked(past))
        gap = v[0] - v[1]
        gap = np.where(np.abs(gap) < 1e-6, 0.0, gap)
        return -gap if asked.kind == "area" else gap

    def branch(self, claim: Claim) -> Verdict:
        """A branch against what was under way, from the outlook's as-of date to the end of the period."""
        fitted = self.outlook
        if fitted is None or fitted.campaign.origin >= fitted.campaign.steps:
            raise SalientError(
                Problem(
                    f"the outlook '{claim.id}' needs weeks to look ahead, and the as-of date leaves none",
                    hint="take an earlier --as-of, or give the scenario an as_of",
                )
            )
        gap, unit = self._branch_effect(fitted, claim)
        free = [r.name for r in fitted.campaign.priors.free]
        names = set(branch_parameters(_holder(fitted), claim.branch or ""))
        rows = [i for i, n in enumerate(free) if n in names]
        z = spread_draws(fitted.flat, self.draws)
        settled = games.settled(fitted.flat, effective_draws(fitted), rows, gap, z)
        p = _probability(claim, gap, None, unit)
        c = fitted.campaign
        title = c.scenario.branches[claim.branch or ""].title
        note = [] if settled.identified else [_assumed(settled, word(p))]
        return Verdict(
            claim,
            word(p) if settled.identified else ASSUMED,
            p,
            settled.identified,
            _with(*note, claim.note),
            Interval.of(gap, unit),
            settled.share,
            f"from {c.as_of} to {c.weeks[-1]}, '{title}' against what was under way",
        )

    def _branch_effect(self, fitted: Fit, claim: Claim) -> tuple[np.ndarray, str]:
        """A branch less what was under way at the end of the period, [draws], and its unit."""
        c = fitted.campaign
        first = next(iter(c.scenario.ways))
        self._look_ahead(fitted, [k for k in (first, claim.branch or first) if k not in self._runs])
        runs = [self._runs[k] for k in (first, claim.branch or first)]
        kind, _, name = (claim.effect or "").partition(":")
        names = c.setting.names
        if kind == "area":
            j = names["sector"].index(name)
            usual, changed = (r["area"][-1, j] for r in runs)
            return changed - usual, "km2"
        usual, changed = (
            side_losses(c, r, c.origin, c.steps)[kind == "killed"][names["side"].index(name)]
            for r in runs
        )
        return changed - usual, "people"

    def _look_ahead(self, fitted: Fit, keys: list[str]) -> None:
        """Run branches that were not run yet, all from one origin."""
        if not keys:
            return
        z = spread_draws(fitted.flat, self.draws)
        origin = draw_origin(fitted.posterior, z, fitted.seed)
        for key in keys:
            campaign = branch_campaign(fitted, key)
            self._runs[key] = ahead(campaign, fitted.posterior, z, origin, fitted.seed)


def _untested(claim: Claim, why: str) -> Verdict:
    return Verdict(claim, CANNOT_TEST, None, False, _with(why, claim.note))


@dataclass(frozen=True)
class _Holder:
    """What `outlook.drivers` reads of an outlook."""

    fitted: Fit


def _holder(fitted: Fit) -> Any:
    return _Holder(fitted)


def _probability(
    claim: Claim, effect: np.ndarray, asked: Outcome | None, unit: str | None = None
) -> float:
    """Share of draws in which the effect has the claimed direction and at least the claimed size."""
    unit = asked.unit if asked else unit or "km2"
    least = LEAST
    if claim.size is not None:
        try:
            least = claim.size.to("km2" if unit == "km2" else "soldiers").centre
        except ValueError as e:
            raise SalientError(Problem(str(e), key=f"claims.{claim.id}.size")) from None
    signed = effect if claim.direction == "more" else -effect
    return float((signed >= least).mean())


_ALREADY = 0.95
"""Where the assumptions alone give a claim more than this, or less than the rest, no data are needed for it."""
_TOLD = 3.0
"""By so many times must the data move the odds of a claim before its verdict is theirs. Less is worth no more than a
bare mention (Kass and Raftery 1995)."""


def moved(after: float, before: float, draws: int) -> bool:
    """Whether the data moved the odds of a claim by a factor that is worth mention.

    draws: independent ones; of a probability of 0 or 1 no more is known than that half a draw may have said otherwise.
    """
    odds = [(p * draws + 0.5) / ((1.0 - p) * draws + 0.5) for p in (after, before)]
    return abs(math.log(odds[0] / odds[1])) >= math.log(_TOLD)


def _decided(before: float, after: float) -> bool:
    """Whether the assumptions had made up their mind already, and the data did not change it."""
    if before > _ALREADY:
        return after > 0.5
    return before < 1.0 - _ALREADY and after < 0.5


def _unmoved(basis: Basis, before: float, after: float) -> str:
    if not calibrated(basis):
        return games.UNCALIBRATED.words
    return f"set by assumption: {_two(before)} before the data, {_two(after)} after them"


def _whether(given: float, acted: Acted, data: bool) -> str:
    """What the probability is made of: the chance that the cause acted, and what it did if it acted as assumed."""
    said = f"it is {_two(given)} if the cause acted as is assumed; that it acted at all has "
    if not data:
        return f"{said}even odds"
    said += f"even odds before the data and {_two(acted.chance)} after them"
    return f"{said}, as too few draws would do without it to tell" if acted.unsure else said


def _skewed(effect: np.ndarray, span: Interval) -> str:
    """That the mean lies outside the interval, where a few draws tip the line."""
    mean = float(effect.mean())
    if span.low - LEAST < mean < span.high + LEAST:
        return ""
    return f"a few draws have far more of an effect, so that its mean, if the cause acted, is {mean:+,.0f} {span.unit}"


def _two(p: float) -> str:
    """A probability in two figures, which is never called certain."""
    return "under 0.01" if p < 0.01 else "over 0.99" if p > 0.99 else f"{p:.2f}"


def _assumed(settled: Settled, would_be: str) -> str:
    return (
        f"{settled.words}; on what it assumes the model would say '{would_be}', which is no finding"
    )


def _told(a: Alternative) -> str:
    """What an alternative takes away, by its names."""
    return ", ".join([*a.without, *a.stopped, *a.absent, *a.set])


def _earlier(past: Past, asked: Outcome, onset: int, weeks: tuple[dt.date, ...]) -> str:
    """How much of the ground was lost before the cause began."""
    area = asked.ground(past.area.T)
    most = float(area[past.first : asked.end + 1].max())
    lost = most - float(area[asked.end])
    before = most - float(area[max(onset, past.first)])
    if lost < 1.0 or before < 1.0:
        return ""
    return (
        f"of {lost:.0f} km2 lost up to {weeks[asked.end]}, {before:.0f} were gone before the week of "
        f"{weeks[onset]}, in which the cause began"
    )


def _with(*notes: str | None) -> str:
    """Notes as sentences."""
    said = (n.strip().rstrip(".") for n in notes if n)
    return " ".join(f"{n[:1].upper()}{n[1:]}." for n in said if n)


# Facts


def check_fact(claim: Claim, as_of: dt.date, data_dir: Path | None = None) -> Verdict:
    """Hold a statement against a data set, with the standard error of what is said there."""
    e = claim.evidence
    assert e is not None
    if e.test == "near":
        p, found = _near(e, as_of, data_dir)
    elif e.test == "largest-fall":
        p, found = _largest_fall(e, claim, as_of, data_dir)
    else:
        p, found = _compared(e, claim, as_of, data_dir)
    return Verdict(
        claim, word(p), p, True, _with(found, claim.note), experiment=f"data set {e.dataset}"
    )


def _rows_of(e: Evidence, claim: Claim, as_of: dt.date, data_dir: Path | None) -> Table:
    table = read(e.dataset, as_of, data_dir)
    for column, value in e.where.items():
        table = table.where(table[column] == value)
    keep = np.ones(len(table), dtype=bool)
    if e.begin is not None and e.test != "largest-fall":
        keep &= table["date"] >= np.datetime64(e.begin)
    if e.finish is not None and e.test != "largest-fall":
        keep &= table["date"] <= np.datetime64(e.finish)
    if e.column is None:
        raise SalientError(Problem("the evidence has no column", key=f"claims.{claim.id}.evidence"))
    rows = table.where(keep & np.isfinite(table[e.column]))
    if not len(rows):
        raise SalientError(
            Problem(f"no row of '{e.dataset}' is about that", key=f"claims.{claim.id}.evidence")
        )
    return rows


def _compared(
    e: Evidence, claim: Claim, as_of: dt.date, data_dir: Path | None
) -> tuple[float, str]:
    """The probability that a number is above or below another, given its standard error."""
    if e.than is None:
        raise SalientError(Problem("the evidence has no 'than'", key=f"claims.{claim.id}.evidence"))
    rows = _rows_of(e, claim, as_of, data_dir)
    column = e.column or ""
    values = rows[column][np.argsort(rows["date"], kind="stable")]
    found = {
        "value": values[0],
        "change": values[-1] - values[0],
        "most": values.max(),
        "least": values.min(),
        "mean": values.mean(),
    }[e.test]
    gap = float(found) - e.than.centre
    gap = gap if e.sense == "above" else -gap
    spread = e.error.centre if e.error is not None else 0.0
    p = 0.5 * (1.0 + math.erf(gap / (spread * math.sqrt(2.0)))) if spread else float(gap > 0.0)
    days = f"{rows['date'].min()} to {rows['date'].max()}"
    unit = rows.unit(column).replace("see unit", "")
    what = e.what or f"{column} in {e.dataset}"
    number = f"{_plain(found)} {unit}".rstrip()
    return p, f"{_TESTS[e.test]} {what}, {days}: {number}"


_TESTS = {
    "value": "first figure of",
    "change": "change of",
    "most": "largest figure of",
    "least": "smallest figure of",
    "mean": "mean of",
}


def _plain(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 10 else f"{x:.2g}"


def _largest_fall(
    e: Evidence, claim: Claim, as_of: dt.date, data_dir: Path | None
) -> tuple[float, str]:
    """Whether the steepest fall from row to row ends within the days."""
    rows = _rows_of(e, claim, as_of, data_dir)
    order = np.argsort(rows["date"], kind="stable")
    values, dates = rows[e.column or ""][order], rows["date"][order]
    fall = -np.diff(values)
    inside = np.ones(len(fall), dtype=bool)
    if e.begin is not None:
        inside &= dates[1:] >= np.datetime64(e.begin)
    if e.finish is not None:
        inside &= dates[1:] <= np.datetime64(e.finish)
    if not inside.any() or inside.all():
        raise SalientError(
            Problem(
                "the days leave nothing to compare", key=f"claims.{claim.id}.evidence",
                hint="give 'from' and 'to' within the series",
            )
        )  # fmt: skip
    gap = float(fall[inside].max() - fall[~inside].max())
    spread = (e.error.centre if e.error is not None else 0.0) * math.sqrt(2.0)
    p = 0.5 * (1.0 + math.erf(gap / (spread * math.sqrt(2.0)))) if spread else float(gap > 0.0)
    day = dates[1:][int(np.argmax(fall))]
    unit = rows.unit(e.column or "")
    what = e.what or f"{e.column} in {e.dataset}"
    return p, f"the steepest weekly fall of {what}, {fall.max():,.0f} {unit}, ends on {day}"


def _near(e: Evidence, as_of: dt.date, data_dir: Path | None) -> tuple[float, str]:
    """Whether ground on a map came within a distance of a place."""
    if e.than is None or e.place is None:
        raise SalientError("evidence of kind 'near' needs 'place' and 'than'")
    features = read_features(e.dataset, as_of, data_dir)
    places = {
        f["properties"]["name"]: f["geometry"]["coordinates"]
        for f in features
        if f["properties"].get("kind") == "place"
    }
    if e.place not in places:
        raise SalientError(
            Problem(
                f"there is no place '{e.place}' on the map", hint=f"there is {', '.join(places)}"
            )
        )
    shapes = [f for f in features if f["geometry"]["type"] in ("Polygon", "MultiPolygon")]
    points = np.array([p for f in shapes for p in _points(f["geometry"]["coordinates"])])
    km = _kilometres(points, np.array(places[e.place], dtype=float))
    least, limit = float(km.min()), e.than.to("km").centre
    gap = least - limit if e.sense == "above" else limit - least
    spread = e.error.to("km").centre if e.error is not None else 0.0
    p = 0.5 * (1.0 + math.erf(gap / (spread * math.sqrt(2.0)))) if spread else float(gap > 0.0)
    return (
        p,
        f"the mapped ground that changed hands never came nearer to {e.place} than {least:.0f} km",
    )


def _points(coordinates: Any) -> list[list[float]]:
    """All points of nested rings."""
    if isinstance(coordinates[0], int | float):
        return [list(coordinates[:2])]
    return [p for part in coordinates for p in _points(part)]


def _kilometres(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Great-circle distance by the haversine formula; points as degrees east and north."""
    a, b = np.radians(points), np.radians(place)
    h = (
        np.sin(0.5 * (a[:, 1] - b[1])) ** 2
        + np.cos(a[:, 1]) * np.cos(b[1]) * np.sin(0.5 * (a[:, 0] - b[0])) ** 2
    )
    return 2.0 * _EARTH * np.arcsin(np.sqrt(h))
