"""Losses of people that nobody has counted: a latent rate for each side, seen through speakers who each have a bias.

    log rate[s, k]  = log rate[s, k - 1] + N(0, 0.35)                   by block of 13 weeks, soldiers a week
    claims[k]       = rate[s, k] k_claim[k] e                          what one side says weekly of the other
    log k_claim[k]  = log k_claim[k - 1] + N(0, 0.15)                  early claims were said to be of killed only
    report[i]       = C[s](t_i) k_speaker k_outsiders[s] e             cumulative; for deaths times the share killed

All factors are log-normal. Speakers who are no party share a factor for each side, since they read each other and the
same claims; without it a dozen of them would look like a dozen witnesses. The posterior is found by Gauss-Newton and
taken as normal in the logarithms. Biased sources for one truth settle only the ratios of their biases: the level rests
on the prior that outsiders together are right within a third. Priors: mechanisms, section 19.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from salient.evidence.readers import Table, read

START = dt.date(2022, 2, 24)
BLOCK_WEEKS = 13
Kind = Literal["claim", "own", "named", "outsider"]
Measure = Literal["casualties", "deaths"]
_Z = 1.6448536269514722
PRIORS: Mapping[str, tuple[float, float]] = {
    "claim": (0.7, 1.5),
    "own": (0.1, 0.6),
    "named": (0.4, 1.0),
    "outsider": (0.72, 1.39),
    "outsiders": (0.72, 1.39),
}
"""What is said over what is so, 5 and 95 % points, by kind of speaker; `outsiders` is what all outsiders share."""
KILLED_SHARE = (0.15, 0.35)
"""Killed over killed and wounded, 5 and 95 % points; taken as constant over the war."""
FIRST_RATE = (800.0, 20000.0)
"""Soldiers a week of either side in the first months, 5 and 95 % points."""
STEP, DRIFT, NOISE, CLAIM_NOISE = 0.35, 0.15, 0.1, 0.05
"""Standard deviations of the log: of the rate and of the bias of claims from block to block, of a report, and of the
claims of a block."""
ALIASES = {
    "The Centre for Strategic and International Studies": "CSIS",
    "Mediazona; Meduza (cumulative)": "Mediazona; Meduza",
}
"""Names under which one speaker also stands."""
NAMED = ("UAlosses", "The Memory Book", "Lostarmour")
"""Speakers who count the dead by name, so that they know of some and not of all: the low end is the count."""


@dataclass(frozen=True)
class Report:
    """A cumulative figure since February 2022. spread: sd of its log from the speaker's own range."""

    side: str
    measure: Measure
    date: dt.date
    value: float
    spread: float
    speaker: str
    kind: Kind


@dataclass(frozen=True)
class Claims:
    """One side's running total of the other's losses: days and soldiers, both rising."""

    side: str
    speaker: str
    days: tuple[dt.date, ...]
    totals: np.ndarray

    def between(self, first: dt.date, last: dt.date) -> float | None:
        """Claimed a week between two days; None where under four fifths of them are covered."""
        start, end = max(first, self.days[0]), min(last, self.days[-1])
        if (end - start).days < 0.8 * (last - first).days or end <= start:
            return None
        at = [d.toordinal() for d in self.days]
        low, high = np.interp([start.toordinal(), end.toordinal()], at, self.totals)
        return float(high - low) / ((end - start).days / 7.0)


@dataclass(frozen=True)
class Witnesses:
    """Everything said of the losses of both sides that was known on a day. left_out: reports that are but bounds."""

    as_of: dt.date
    sides: tuple[str, str]
    claims: Claims | None
    reports: tuple[Report, ...]
    left_out: int
    copies: int
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Losses:
    """Equally weighted draws. rate: killed and wounded a week [sides, blocks, draws], the newest block first.

    edges: the days between blocks, the as-of date first. share: killed of them [sides, draws]. claim: what is claimed
    over what is so in the newest block [draws], None without claims; contraction: how far the reports narrowed it.
    """

    witnesses: Witnesses
    edges: tuple[dt.date, ...]
    rate: np.ndarray
    share: np.ndarray
    claim: np.ndarray | None
    contraction: float

    @property
    def weeks(self) -> np.ndarray:
        """Length of each block in weeks [blocks]."""
        days = [(a - b).days for a, b in zip(self.edges[:-1], self.edges[1:], strict=True)]
        return np.array(days) / 7.0

    def weekly(self, side: str, blocks: int) -> np.ndarray:
        """Killed and wounded a week over the newest blocks [draws]."""
        i, w = self.witnesses.sides.index(side), self.weeks[:blocks]
        return np.asarray(np.tensordot(w, self.rate[i, :blocks], 1) / w.sum())

    def total(self, side: str) -> np.ndarray:
        """Killed and wounded since February 2022 [draws]."""
        i = self.witnesses.sides.index(side)
        return np.asarray(np.tensordot(self.weeks, self.rate[i], 1))

    def killed(self, side: str) -> np.ndarray:
        """Killed of the killed and wounded [draws]."""
        return np.asarray(self.share[self.witnesses.sides.index(side)])


def witnesses(
    as_of: dt.date, sides: tuple[str, str], claimed: str, data_dir: Any = None
) -> Witnesses:
    """Read what was known by a day. claimed: the side of which the other publishes weekly claims.

    Raises DataError for a table that is damaged.
    """
    weekly = read("losses-claimed-weekly", as_of, data_dir, empty_ok=True)
    said = read("casualty-estimates", as_of, data_dir, empty_ok=True)
    reports, totals, left_out, copies = [], list[tuple[dt.date, float]](), 0, 0
    for row in said.rows():
        if row["side"] not in sides or row["measure"] not in ("casualties", "deaths"):
            continue
        copied = repeats_claims(row, claimed)
        value = _middle(row)
        if copied:
            copies += 1
            if "General Staff" in (row["note"] or "") and value is not None:
                totals.append((row["date"], value))
        elif value is None:
            left_out += 1
        else:
            kind = _kind(row, claimed)
            measure, spread = row["measure"], _spread(row)
            speaker = speaker_of(row)
            reports.append(Report(row["side"], measure, row["date"], value, spread, speaker, kind))
    claims = _running(weekly, totals, claimed)
    return Witnesses(as_of, sides, claims, tuple(reports), left_out, copies, (weekly, said))


def speaker_of(row: Mapping[str, Any]) -> str:
    """Who speaks, by one name."""
    return ALIASES.get(row["speaker"], str(row["speaker"]))


def repeats_claims(row: Mapping[str, Any], claimed: str) -> bool:
    """Whether a figure repeats the claims of the other side: the British series of casualties does."""
    british = row["measure"] == "casualties" and row["speaker"].startswith("UK ")
    return row["side"] == claimed and (british or row["speaker"] == "Armed Forces of Ukraine")


def _middle(row: Mapping[str, Any]) -> float | None:
    """The figure, or the geometric middle of its range; None for a bare bound."""
    low, high = row["low"], row["high"]
    if row["estimate"]:
        return float(row["estimate"])
    if row["speaker"] in NAMED:
        return float(low) if low else None
    return float(np.sqrt(low * high)) if low and high else None


def _spread(row: Mapping[str, Any]) -> float:
    low, high = row["low"], row["high"]
    if row["speaker"] in NAMED:
        return 0.0
    return float(np.log(high / low) / (2.0 * _Z)) if low and high and high > low else 0.0


def _kind(row: Mapping[str, Any], claimed: str) -> Kind:
    if row["speaker"] in NAMED:
        return "named"
    if row["from_warring_party"]:
        about_claimed = row["side"] == claimed
        by_other = ("Ukrain" in row["speaker"]) == about_claimed
        return "claim" if by_other else "own"
    return "outsider"


def _running(weekly: Table, totals: list[tuple[dt.date, float]], claimed: str) -> Claims | None:
    """The running total of the claims: older months from copies of them, then week by week."""
    rows = sorted((r["date"], r["personnel"]) for r in weekly.rows() if r["personnel"] is not None)
    if not rows:
        return None
    first = rows[0][0]
    older = sorted({START: 0.0, **{d: v for d, v in totals if START < d <= first}}.items())
    known = (first - START).days >= 7 and len(older) > 1 and (first - older[-1][0]).days < 7
    points = older if known else [(max(first - dt.timedelta(weeks=1), START), 0.0)]
    for day, value in rows[1:] if known else rows:
        points.append((day, points[-1][1] + value))
    days, values = zip(*points, strict=True)
    return Claims(claimed, "General Staff of Ukraine", days, np.array(values))


def edges_of(as_of: dt.date) -> tuple[dt.date, ...]:
    """Days between blocks of 13 weeks, counted back from a day to the start; the oldest block is shorter."""
    days = [as_of]
    while (day := days[-1] - dt.timedelta(weeks=BLOCK_WEEKS)) > START:
        days.append(day)
    return (*days, START)


def _normal(interval: tuple[float, float]) -> tuple[float, float]:
    """Mean and sd of the log from its 5 and 95 % points."""
    low, high = np.log(interval)
    return float(0.5 * (low + high)), float((high - low) / (2.0 * _Z))


class _Model:
    """Residuals in standard deviations, and their slopes, at log rates, shares and biases."""

    def __init__(self, seen: Witnesses) -> None:
        self.seen, self.edges = seen, edges_of(seen.as_of)
        self.blocks = len(self.edges) - 1
        self.speakers = sorted({(r.speaker, r.side, r.measure) for r in seen.reports})
        n = self.blocks
        self.share_at, self.outsiders_at = 2 * n, 2 * n + 2
        self.claim_at, self.speaker_at = 2 * n + 4, 3 * n + 4
        self.size = self.speaker_at + len(self.speakers)
        self.spans = [self._span(r.date) for r in seen.reports]
        terms = list(self._prior())
        self.linear = np.zeros((len(terms), self.size))
        for i, (place, _, sd) in enumerate(terms):
            self.linear[i, list(place)] = np.array(list(place.values())) / sd
        self.wanted = np.array([mean / sd for _, mean, sd in terms])

    def _span(self, day: dt.date) -> np.ndarray:
        """Weeks of each block that lie before a day."""
        newer, older = self.edges[:-1], self.edges[1:]
        return np.array(
            [max((min(day, a) - b).days, 0) / 7.0 for a, b in zip(newer, older, strict=True)]
        )

    def _prior(self) -> Iterable[tuple[dict[int, float], float, float]]:
        """Linear terms that are normal: weights by place, mean, sd."""
        n = self.blocks
        for s in range(2):
            yield ({s * n + n - 1: 1.0}, *_normal(FIRST_RATE))
            for k in range(n - 1):
                yield {s * n + k: 1.0, s * n + k + 1: -1.0}, 0.0, STEP
            yield ({self.share_at + s: 1.0}, *_normal(KILLED_SHARE))
            yield ({self.outsiders_at + s: 1.0}, *_normal(PRIORS["outsiders"]))
        yield ({self.claim_at: 1.0}, *_normal(PRIORS["claim"]))
        for k in range(n - 1):
            yield {self.claim_at + k: 1.0, self.claim_at + k + 1: -1.0}, 0.0, DRIFT
        kinds = {(r.speaker, r.side, r.measure): r.kind for r in self.seen.reports}
        for j, speaker in enumerate(self.speakers):
            yield ({self.speaker_at + j: 1.0}, *_normal(PRIORS[kinds[speaker]]))
        yield from self._claims()

    def _claims(self) -> Iterable[tuple[dict[int, float], float, float]]:
        c = self.seen.claims
        if c is None:
            return
        s = self.seen.sides.index(c.side)
        for k in range(self.blocks):
            claimed = c.between(self.edges[k + 1], self.edges[k])
            if claimed is not None and claimed > 0:
                place = {s * self.blocks + k: 1.0, self.claim_at + k: 1.0}
                yield place, float(np.log(claimed)), CLAIM_NOISE

    def start(self) -> np.ndarray:
        """Where the search begins: the means of the priors."""
        z = np.zeros(self.size)
        z[: 2 * self.blocks] = np.log(5000.0)
        z[self.share_at : self.share_at + 2] = _normal(KILLED_SHARE)[0]
        return z

    def residuals(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals [terms] and their slopes [terms, size]."""
        n, reports, k = self.blocks, self.seen.reports, len(self.wanted)
        r, slope = np.zeros(k + len(reports)), np.zeros((k + len(reports), self.size))
        r[:k], slope[:k] = self.linear @ z - self.wanted, self.linear
        for i, (one, span) in enumerate(zip(reports, self.spans, strict=True), k):
            s = self.seen.sides.index(one.side)
            part = span * np.exp(z[s * n : (s + 1) * n])
            total = max(float(part.sum()), 1e-9)
            flat = [self.speaker_at + self.speakers.index((one.speaker, one.side, one.measure))]
            flat += [self.share_at + s] if one.measure == "deaths" else []
            flat += [self.outsiders_at + s] if one.kind == "outsider" else []
            sd = float(np.hypot(NOISE, one.spread))
            r[i] = (np.log(total) + z[flat].sum() - np.log(one.value)) / sd
            slope[i, s * n : (s + 1) * n] = part / total / sd
            slope[i, flat] = 1.0 / sd
        return r, slope


def fit(seen: Witnesses, draws: int, seed: int) -> Losses:
    """The posterior of both sides' losses. Same seed, same numbers."""
    model = _Model(seen)
    mode, covariance = _mode(model)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0x105535])))
    root = np.linalg.cholesky(covariance)
    z = mode[:, None] + root @ rng.standard_normal((model.size, draws))
    n, prior_sd = model.blocks, _normal(PRIORS["claim"])[1]
    return Losses(
        seen,
        model.edges,
        np.exp(z[: 2 * n]).reshape(2, n, draws),
        np.minimum(np.exp(z[model.share_at : model.share_at + 2]), 1.0),
        None if seen.claims is None else np.exp(z[model.claim_at]),
        float(1.0 - covariance[model.claim_at, model.claim_at] / prior_sd**2),
    )


def _mode(model: _Model, steps: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """The mode by damped Gauss-Newton, and the inverse of its curvature."""
    z, damp = model.start(), 1.0
    r, slope = model.residuals(z)
    for _ in range(steps):
        curvature = slope.T @ slope
        step = np.linalg.solve(curvature + damp * np.diag(np.diag(curvature)), -slope.T @ r)
        new_r, new_slope = model.residuals(z + step)
        if new_r @ new_r <= r @ r:
            z, r, slope, damp = z + step, new_r, new_slope, damp / 5.0
            if np.abs(step).max() < 1e-9:
                break
        else:
            damp *= 4.0
    return z, np.linalg.inv(slope.T @ slope)


def speakers(reports: Sequence[Report], kind: Kind) -> list[str]:
    """Who spoke, each once, in the order of their first figure."""
    return list(dict.fromkeys(r.speaker for r in reports if r.kind == kind))
