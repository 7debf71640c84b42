"""The track record: what past forecasts of the front were worth, counted only from those whose outcome was known.

`tools/build_track_record.py` makes the file that ships from a folder of `salient backtest`. It holds scores by origin,
so that a brief of an earlier day counts only what had come true by then.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from salient.errors import DataError, Problem
from salient.evidence.vintage import Front
from salient.forecasting import rules
from salient.forecasting.backtest import HORIZONS
from salient.forecasting.scores import LEVELS, coverage, ratio_interval, wis

FILE = Path(__file__).resolve().parent / "data" / "track-record.json"
FORMAT = "salient-track-record/1"
OURS = ("published", "analogues", "tempo")
VARIANTS = 170
"""About how many variants of the models were looked at on the same origins, so that their ratios flatter."""
LEAST_FOR_INTERVAL = 8
"""Origins below which a ratio has no interval worth stating."""
_ENDS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Line:
    """How one forecaster did at one horizon, over the origins whose outcome was known.

    part: `sectors`, the mean over all sectors, or `total`, the sum of the front. wis: km2, less is better. ratio: to
    the rule that was fixed beforehand, with a 90 % block-bootstrap interval where there are enough origins;
    best: the rule that turned out best on these origins, and the ratio to it. cover50, cover90: tie-aware shares.
    """

    part: str
    horizon: int
    forecaster: str
    origins: int
    wis: float
    opponent: str
    ratio: float
    ratio_low: float | None
    ratio_high: float | None
    best: str
    ratio_best: float
    cover50: float
    cover90: float


@dataclass(frozen=True)
class Past:
    """A past forecast of the sum of the front beside what followed; km2 from the origin to the end."""

    origin: dt.date
    horizon: int
    low: float
    low50: float
    median: float
    high50: float
    high: float
    truth: float

    @property
    def end(self) -> dt.date:
        """The last day that it speaks of."""
        return self.origin + dt.timedelta(weeks=self.horizon)

    @property
    def inside(self) -> bool:
        """Whether the 90 % interval holds what followed."""
        return self.low <= self.truth <= self.high


@dataclass(frozen=True)
class ClaimsLine:
    """How forecasts of claimed losses did at one horizon. apart: origins that do not overlap; ratio: of mean WIS."""

    horizon: int
    origins: int
    apart: int
    inside50: float
    inside90: float
    ratio: float


@dataclass(frozen=True)
class Record:
    """The record as it was known on a day. about: where it is from; failed: origins without a forecast.

    claims: of forecasts of claimed losses, by horizon.
    """

    as_of: dt.date
    lines: tuple[Line, ...]
    past: tuple[Past, ...]
    failed: int
    about: Mapping[str, Any]
    claims: tuple[ClaimsLine, ...] = ()

    def line(self, part: str, horizon: int, forecaster: str = "published") -> Line | None:
        """One line, or None while no such forecast has come true."""
        for one in self.lines:
            if (one.part, one.horizon, one.forecaster) == (part, horizon, forecaster):
                return one
        return None

    @property
    def longest(self) -> int | None:
        """The longest horizon at which any forecast has come true."""
        return max((one.horizon for one in self.lines), default=None)


@cache
def _shipped(file: Path) -> tuple[dict[str, Any], str]:
    try:
        content = file.read_bytes()
        said = json.loads(content)
    except (OSError, ValueError) as e:
        raise DataError(Problem(f"the track record cannot be read: {e}", file=str(file))) from None
    if said.get("format") != FORMAT:
        raise DataError(Problem(f"this is not a track record of form {FORMAT}", file=str(file)))
    return said, hashlib.sha256(content).hexdigest()


def sha256(file: Path = FILE) -> str:
    """The checksum of the record that ships."""
    return _shipped(file)[1]


def known(as_of: dt.date, file: Path = FILE) -> Record:
    """The record of forecasts whose outcome was known by a day. Raises DataError where the file is damaged."""
    said, _ = _shipped(file)
    lines: list[Line] = []
    past: list[Past] = []
    for h in HORIZONS:
        closed = [
            o
            for o in said["origins"]
            if str(h) in o["horizons"] and _day(o) + dt.timedelta(weeks=h) <= as_of
        ]
        if not closed:
            continue
        for part in ("sectors", "total"):
            scored = [o["horizons"][str(h)][part] for o in closed]
            lines += [_line(part, h, name, scored) for name in OURS if name in scored[0]["wis"]]
            against = rules.opponent(h, part == "total")
            lines.append(_line(part, h, against, scored))
        past += [Past(_day(o), h, *o["horizons"][str(h)]["said"]) for o in closed]
    about = {k: v for k, v in said.items() if k not in ("origins", "failed", "claims")}
    failed = sum(dt.date.fromisoformat(d) <= as_of for d in said["failed"])
    claims = tuple(_claims(said.get("claims", ()), as_of))
    return Record(as_of, tuple(lines), tuple(past), failed, about, claims)


def _claims(past: Iterable[Mapping[str, Any]], as_of: dt.date) -> Iterable[ClaimsLine]:
    """Past forecasts of claims that had come true by a day, by horizon."""
    by: dict[int, list[Mapping[str, Any]]] = {}
    for one in past:
        h = int(one["horizon"])
        if _day(one) + dt.timedelta(weeks=h) <= as_of:
            by.setdefault(h, []).append(one)
    for h, them in sorted(by.items()):
        low, low50, _, high50, high, truth = np.array([o["said"] for o in them]).T
        yield ClaimsLine(
            h,
            len(them),
            -(-len(them) // h),
            float(np.mean((low50 <= truth) & (truth <= high50))),
            float(np.mean((low <= truth) & (truth <= high))),
            _ratio(np.array([o["wis"] for o in them]), np.array([o["rule"] for o in them])),
        )


def _day(origin: Mapping[str, Any]) -> dt.date:
    return dt.date.fromisoformat(origin["origin"])


def _line(part: str, h: int, name: str, scored: list[Mapping[str, Any]]) -> Line:
    against = rules.opponent(h, part == "total")
    score = {n: np.array([s["wis"][n] for s in scored]) for n in scored[0]["wis"]}
    best = min(rules.names(), key=lambda n: score[n].mean())
    low: float | None
    high: float | None
    low, high = ratio_interval(score[name], score[against], max(h, 4))
    if len(scored) < LEAST_FOR_INTERVAL or not np.isfinite([low, high]).all():
        low = high = None
    return Line(
        part=part,
        horizon=h,
        forecaster=name,
        origins=len(scored),
        wis=float(score[name].mean()),
        opponent=against,
        ratio=_ratio(score[name], score[against]),
        ratio_low=low,
        ratio_high=high,
        best=best,
        ratio_best=_ratio(score[name], score[best]),
        cover50=float(np.mean([s["cover50"][name] for s in scored])),
        cover90=float(np.mean([s["cover90"][name] for s in scored])),
    )


def _ratio(ours: np.ndarray, theirs: np.ndarray) -> float:
    below = float(theirs.mean())
    return float(ours.mean()) / below if below > 0 else float("nan")


def build(
    front: Front,
    made: list[dict[str, Any]],
    about: Mapping[str, Any],
    claims: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The content of the file: scores by origin of a backtest's finished origins, and which had failed.

    front: the maps that say what followed. about: date, command and the like, kept as given. claims: `past` of the
    backtest of claimed losses.
    """
    index = {d: i for i, d in enumerate(front.dates)}
    origins = []
    for one in sorted((m for m in made if "horizons" in m), key=lambda m: str(m["origin"])):
        at = index[_day(one)]
        scored = {
            str(h): _scored(one["horizons"][str(h)], front.net[at + 1 : at + 1 + h].sum(axis=0), h)
            for h in HORIZONS
            if at + h < len(front.dates)
        }
        if scored:
            origins.append({"origin": one["origin"], "horizons": scored})
    failed = sorted(str(m["origin"]) for m in made if "failed" in m)
    return {
        "format": FORMAT,
        **about,
        "maps_sha256": front.sha256,
        "last_map": front.last_map.isoformat(),
        "failed": failed,
        "claims": list(claims),
        "origins": origins,
    }


def _scored(said: Mapping[str, Any], truth: np.ndarray, h: int) -> dict[str, Any]:
    """The scores of one origin at one horizon; quantiles of the sum are kept beside what followed."""
    out: dict[str, Any] = {}
    for part, y in (("sectors", truth), ("total", np.asarray(truth.sum()))):
        quantiles = {n: np.array(q) for n, q in said[part].items()}
        covered = [n for n in (*OURS, rules.opponent(h, part == "total")) if n in quantiles]
        out[part] = {"wis": {n: _short(wis(q, y).mean()) for n, q in quantiles.items()}}
        for level, name in ((0.5, "cover50"), (0.9, "cover90")):
            out[part][name] = {n: _short(coverage(quantiles[n], y, level).mean()) for n in covered}
    ends = np.interp(_ENDS, LEVELS, said["total"]["published"])
    out["said"] = [round(float(v), 1) for v in (*ends, truth.sum())]
    return out


def _short(x: float) -> float:
    return round(float(x), 3)
