"""What it costs people, from every source that speaks of it: claims, estimates, verified minima and the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from salient.evidence.readers import Table, read
from salient.inference.fit import Fit
from salient.inference.results import Interval
from salient.questions.findings import HumanCost

_MONTHLY = {
    "civilian_killed": "Civilians killed in Ukraine",
    "civilian_injured": "Civilians injured in Ukraine",
}
_STOCKS = {
    "internally_displaced": "People displaced inside Ukraine",
    "refugees_from_ukraine": "Refugees from Ukraine",
}


def human_cost(
    fitted: Fit, past: dict[str, np.ndarray], data_dir: Path | None = None
) -> list[HumanCost]:
    """Every figure known on the as-of date, both sides in the same terms.

    past: casualties and killed of the forced run up to the as-of date, [week, side, sector, draws].
    """
    return [
        *_from_model(fitted, past),
        *_claims(fitted, data_dir),
        *_contingents(fitted, data_dir),
        *_whole_war(fitted, data_dir),
        *civilians(fitted.campaign.as_of, data_dir),
    ]


def _from_model(fitted: Fit, past: dict[str, np.ndarray]) -> Iterator[HumanCost]:
    campaign = fitted.campaign
    since = f"since {campaign.weeks[0]}, to {campaign.as_of}"
    for what, key in (("killed and wounded", "casualties"), ("killed", "killed")):
        if key not in past:
            continue
        total = past[key][: campaign.origin, :, 0].sum(axis=0)
        for i, side in enumerate(campaign.setting.names["side"]):
            found = Interval.of(total[i], "people")
            name = campaign.scenario.belligerents[side].adjective
            yield HumanCost(
                f"{name} soldiers {what} in the sector",
                found.median,
                since,
                "this model",
                "model",
                "model",
                found.low,
                found.high,
            )


def _newest(table: Table, **equal: Any) -> dict[str, Any] | None:
    rows = sorted(table.where(**equal).rows(), key=lambda r: (r["date"], r.get("figure") or 0))
    return rows[-1] if rows else None


def _claims(fitted: Fit, data_dir: Path | None) -> Iterator[HumanCost]:
    keys = {r.dataset for r in fitted.campaign.scenario.observe.losses if r.of == "side"}
    for key in sorted(keys):
        table = read(key, fitted.campaign.as_of, data_dir, empty_ok=True)
        for side, about in fitted.campaign.scenario.belligerents.items():
            row = _newest(table, side=side, measure="losses_of_personnel")
            if row:
                yield HumanCost(
                    f"{about.adjective} soldiers lost in the sector, as the other side says",
                    row["figure"] or row["low"],
                    f"to {row['date']}",
                    row["speaker"],
                    "claim",
                    key,
                    row["low"],
                    row["high"],
                )


def _contingents(fitted: Fit, data_dir: Path | None) -> Iterator[HumanCost]:
    for r in fitted.campaign.scenario.observe.losses:
        if r.of != "contingent" or r.contingent is None:
            continue
        table = read(r.dataset, fitted.campaign.as_of, data_dir, empty_ok=True)
        name = fitted.campaign.scenario.contingents[r.contingent].name
        for measure, what in ((r.measure, "killed and wounded"), ("killed", "killed")):
            row = _newest(table, measure=measure)
            if row:
                yield HumanCost(
                    f"{name}: {what}",
                    row["figure"] or row["low"],
                    f"to {row['date']}",
                    row["speaker"],
                    "estimate",
                    r.dataset,
                    row["low"],
                    row["high"],
                )


def _whole_war(fitted: Fit, data_dir: Path | None) -> Iterator[HumanCost]:
    """The newest estimate of each side's losses in the whole war that gives the figure of a side, by
    who is not a party first.
    """
    key = "casualty-estimates"
    table = read(key, fitted.campaign.as_of, data_dir, empty_ok=True)
    for side, about in fitted.campaign.scenario.belligerents.items():
        for measure, what in (("casualties", "killed and wounded"), ("deaths", "killed")):
            for party in (0, 1):
                row = _newest(table, side=side, measure=measure, from_warring_party=party)
                if row:
                    middle = row["estimate"] or _middle(row["low"], row["high"])
                    kind: Literal["claim", "estimate"] = "claim" if party else "estimate"
                    yield HumanCost(
                        f"{about.adjective} soldiers {what} in the whole war",
                        middle,
                        f"to {row['date']}",
                        row["speaker"],
                        kind,
                        key,
                        row["low"],
                        row["high"],
                    )
                    break


def _middle(low: float | None, high: float | None) -> float:
    values = [v for v in (low, high) if v is not None]
    return sum(values) / len(values)


def civilians(as_of: dt.date, data_dir: Path | None = None) -> Iterator[HumanCost]:
    """The newest verified counts of civilians killed and injured, and of people displaced, known by a day."""
    key = "human-cost-monthly"
    table = read(key, as_of, data_dir, empty_ok=True)
    for measure, what in _MONTHLY.items():
        row = _newest(table, measure=measure)
        if row:
            yield HumanCost(
                what, row["value"], f"in {row['date']:%B %Y}", "OHCHR", "verified minimum", key
            )
    for measure, what in _STOCKS.items():
        row = _newest(table, measure=measure)
        if row:
            yield HumanCost(what, row["value"], _stock_day(row["date"]), "UNHCR", "estimate", key)


def _stock_day(day: dt.date) -> str:
    """When a stock was counted, which is noted as the first day of the month."""
    return f"at the end of {day:%Y}" if day.month == 12 else f"in {day:%B %Y}"
