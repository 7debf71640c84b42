"""Everything that a brief is made from, gathered from a fit and its outlook."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from salient.engine.ensemble import Record
from salient.evidence.catalogue import catalogue, data_set
from salient.evidence.history import pressing_base_rate
from salient.evidence.readers import read, read_features
from salient.inference.fit import Fit, diagnose, hindcasts, parameter_rows
from salient.inference.observations import counted
from salient.inference.results import Interval
from salient.mechanisms.advance import root
from salient.questions import outlook as ahead
from salient.questions.findings import (
    AssessedNow,
    BaseRate,
    Findings,
    MapSeries,
    MechanismRow,
    Now,
    SideNow,
    SourceRow,
)
from salient.questions.human_cost import human_cost
from salient.questions.outlook import Outlook

PACE_WEEKS = 8
_PACKAGES = ("salient-model", "jax", "numpy", "arviz-stats", "numpyro")
_BACKGROUND = ("casualty-estimates", "human-cost-monthly")
_BOUNDS = ("low_km2", "high_km2")
_HISTORY = ("breakthrough-history", "breakthrough-exposure", "positional-weeks")


def findings(fitted: Fit, outlook: Outlook, command: str, data_dir: Path | None = None) -> Findings:
    """Gather what the brief tells. Reads nothing reported after the as-of date but for the score of the outlook."""
    campaign = fitted.campaign
    setting = campaign.setting
    sector = setting.names["sector"][0]
    holder = setting.names["side"][setting.holder[0]]
    presser = setting.names["side"][1 - setting.holder[0]]
    past = outlook.reference.record  # its weeks before the origin are forced to what was observed
    outline_key = f"{campaign.scenario.scenario.split('-')[0]}-outline"
    outline = _outline(outline_key, fitted, data_dir)
    return Findings(
        scenario=campaign.scenario,
        as_of=campaign.as_of,
        sector=sector,
        holder=holder,
        presser=presser,
        seed=fitted.seed,
        draws=fitted.flat.shape[1],
        sampler={"smc": "tempered sequential Monte Carlo", "nuts": "NUTS (NumPyro)"}[
            fitted.sampler
        ],
        history=_history(fitted, data_dir),
        assessed_now=_assessed(fitted, outlook),
        weeks=(campaign.weeks[campaign.origin], *outlook.weeks),
        branches=tuple(ahead.branch_outlook(outlook, key) for key in outlook.runs),
        now=_now(fitted, outlook, past),
        parameters=parameter_rows(fitted),
        diagnostics=diagnose(fitted),
        hindcasts=hindcasts(fitted),
        human_cost=human_cost(fitted, past, data_dir),
        sources=_sources(fitted, outline_key if outline else None),
        mechanisms=tuple(
            MechanismRow(m.slot, m.name, m.title, m.citation) for m in campaign.mechanisms
        ),
        command=command,
        versions=versions(),
        base_rate=_base_rate(fitted, data_dir),
        score=ahead.score(outlook, data_dir),
        outline=outline,
        outline_source=outline_key if outline else None,
        notes=_notes(fitted),
    )


def versions() -> dict[str, str]:
    """Versions of the packages that computed the numbers."""
    out = {}
    for name in _PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out


def _history(fitted: Fit, data_dir: Path | None) -> list[MapSeries]:
    """Each map up to the as-of date, and the claims of the parties beside them."""
    campaign, maps = fitted.campaign, fitted.posterior.seen.maps
    out = []
    for m, spec in enumerate(campaign.scenario.observe.area):
        rows = read(spec.dataset, campaign.as_of, data_dir)
        keep = rows.where(
            np.isfinite(rows[spec.column]) & (rows["date"] >= np.datetime64(campaign.weeks[0]))
        )
        low, high = (keep[c] if m == 0 and c in keep.columns else None for c in _BOUNDS)
        dates = [d.item() for d in keep["date"]]
        if not dates:  # a mapper who has not begun by the as-of date
            continue
        week = [(d - campaign.weeks[0]).days // 7 for d in dates]
        used = np.array([bool(maps.used[m, t, 0]) if t <= campaign.steps else False for t in week])
        out.append(MapSeries(spec.mapper, dates, keep[spec.column], low, high, spec.dataset, used))
    return out + _claimed_areas(fitted, data_dir)


def _claimed_areas(fitted: Fit, data_dir: Path | None) -> list[MapSeries]:
    key = f"{fitted.campaign.scenario.observe.area[0].dataset}-reported"
    if key not in catalogue():
        return []
    table = read(key, fitted.campaign.as_of, data_dir, empty_ok=True)
    out = []
    for side, about in fitted.campaign.scenario.belligerents.items():
        rows = [
            r
            for r in table.where(speaker_side=side).rows()
            if r["kind"] in ("held", "held_derived")
        ]
        if rows:
            out.append(
                MapSeries(
                    f"{about.adjective} statements",
                    [r["date"] for r in rows],
                    np.array([r["km2"] for r in rows]),
                    dataset=key,
                    kind="claimed",
                )
            )
    return out


def _assessed(fitted: Fit, outlook: Outlook) -> AssessedNow:
    """The area now from the filter, as the first mapper would draw it, and its change."""
    campaign, maps = fitted.campaign, fitted.posterior.seen.maps
    path = fitted.posterior.seen.path(campaign)[:, 0]
    floor = float(maps.floor[0, 0])
    spread = fitted.posterior.noise(campaign.priors.natural(fitted.flat)).maps.mean(
        axis=0
    ) / np.sqrt(len(maps.mappers))
    z = np.random.default_rng(fitted.seed).standard_normal((3, fitted.flat.shape[1]))

    def then(t: int, k: int) -> np.ndarray:
        return 0.25 * np.maximum(root(path[max(t, 0)]) + spread * z[k], 0.0) ** 2 + floor

    now = outlook.origin.area[0] + floor
    past = path[: campaign.origin + 1]
    peak = int(np.argmax(past))
    return AssessedNow(
        Interval.of(now, "km2"),
        Interval.of(then(peak, 0), "km2"),
        campaign.weeks[peak],
        Interval.of(now - then(campaign.origin - 4, 1), "km2"),
        Interval.of(now - then(campaign.origin - 13, 2), "km2"),
    )


def _now(fitted: Fit, outlook: Outlook, past: Record) -> Now:
    campaign = fitted.campaign
    t = campaign.origin
    n = min(PACE_WEEKS, t)
    path = root(fitted.posterior.seen.path(campaign)[:, 0])
    spread = fitted.posterior.noise(campaign.priors.natural(fitted.flat)).maps.mean(axis=0)
    z = np.random.default_rng(fitted.seed + 1).standard_normal(fitted.flat.shape[1])
    observed = (path[t] - path[t - n]) / n + spread * z / n
    fitted_pace = -fitted.insight.expected_pace[t - n : t, 0].mean(axis=0)
    at = min(t, campaign.steps - 1)
    ones = np.ones(fitted.flat.shape[1])
    sides = {
        name: SideNow(
            Interval.of(past["strength"][at, i, 0], "soldiers"),
            Interval.of(past["fires"][at, i] if "fires" in past else ones, "share of normal"),
            Interval.of(past["supply"][at, i, 0] if "supply" in past else ones, "share of normal"),
        )
        for i, name in enumerate(campaign.setting.names["side"])
    }
    broken = float((outlook.origin.regime[0] == 1.0).mean())
    return Now(
        broken, Interval.of(observed, "km/week"), Interval.of(fitted_pace, "km/week"), sides, n
    )


def _base_rate(fitted: Fit, data_dir: Path | None) -> BaseRate | None:
    if not fitted.campaign.scenario.observe.history:
        return None
    rate, _ = pressing_base_rate(fitted.campaign.as_of, data_dir=data_dir)
    return BaseRate(
        "operations that broke through, begun by a side that was pressing in a sector",
        Interval(1000 * rate.mean, 1000 * rate.low, 1000 * rate.high, unit="per 1000 sector-weeks"),
        rate.n,
        rate.exposure,
        fitted.campaign.as_of,
        "breakthrough-history",
    )


def _sources(fitted: Fit, outline: str | None) -> list[SourceRow]:
    """Data sets first, then the texts that the scenario cites and that were public on the as-of date."""
    observed = fitted.campaign.scenario.observe
    keys = [a.dataset for a in observed.area] + [r.dataset for r in observed.losses]
    keys += list(_HISTORY) if observed.history else []
    keys += [*_BACKGROUND, *([outline] if outline else [])]
    out = []
    for key in dict.fromkeys(keys):
        d = data_set(key)
        out.append(
            SourceRow(
                key,
                d.title,
                d.publisher,
                d.sources[0].url if d.sources else None,
                d.licence.short,
                d.retrieved,
                " ".join(d.known_bias),
            )
        )
    for key, s in fitted.campaign.scenario.sources.items():
        if s.date is None or s.date <= fitted.campaign.as_of:
            out.append(SourceRow(key, s.title, s.publisher, s.url, "short facts, cited"))
    return out


def _outline(key: str, fitted: Fit, data_dir: Path | None) -> dict[str, object] | None:
    if key not in catalogue():
        return None
    return {
        "type": "FeatureCollection",
        "features": read_features(key, fitted.campaign.as_of, data_dir),
    }


def _notes(fitted: Fit) -> tuple[str, ...]:
    settled = [r for r in parameter_rows(fitted) if r.contraction >= 0.2]
    n = len(fitted.posterior.names)
    campaign = fitted.campaign
    unused = [r for r in campaign.scenario.observe.losses if not counted(campaign, r)]
    return (
        f"Of {n} uncertain numbers the data removed a fifth or more of the prior variance of {len(settled)}; "
        "the sizes of the drivers' effects are not among them unless the table says so.",
        *(
            f"reports of the losses of a {r.of} ({r.contingent or r.side}) were not used: the mechanism that would "
            "count them is off."
            for r in unused
        ),
    )
