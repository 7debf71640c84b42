"""Priors from the record of other sectors, as it stood on the as-of date; never from the sector in question."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.priors import Prior, PriorTable, prior
from salient.evidence import history
from salient.mechanisms.base import Z90

_TRANSFER = 1.8
"""90 % factor by which a sector may differ from the others in spread."""
_SECTORS_DIFFER = 0.7
"""Spread between sectors of the logit of their base rate; an assumption, since starts are too few to tell."""
_NEW_RECORD = "operations in other sectors of the front up to {as_of}"


def with_history(campaign: Campaign, data_dir: Path | None = None) -> PriorTable:
    """The campaign's prior table with base rate, length and size of breakthroughs from other sectors.

    Unchanged when the scenario names no record or has no breakthrough regime. Raises DataError when nothing had been
    recorded by the as-of date.
    """
    table = campaign.priors
    if not campaign.scenario.observe.history or "breakthrough.exit" not in table.index:
        return table
    changed: dict[str, Prior] = {}
    changed["breakthrough.base"] = _base(campaign, table, data_dir)
    length = history.breakthrough_length(campaign.as_of, data_dir=data_dir)
    changed["breakthrough.exit"] = _updated(
        table, "breakthrough.exit", length.low, length.high, campaign
    )
    size = history.breakthrough_size(campaign.as_of, basis="at-stake", data_dir=data_dir)
    error = Z90 * size.spread / np.sqrt(size.n)
    low, high = size.centre * np.exp(-error), size.centre * np.exp(error)
    changed["breakthrough.size"] = _updated(
        table, "breakthrough.size", float(low), float(high), campaign
    )
    wide = Z90 / np.sqrt(2.0 * size.n)
    changed["breakthrough.scatter"] = _updated(
        table,
        "breakthrough.scatter",
        float(size.spread * np.exp(-wide)),
        float(size.spread * np.exp(wide)),
        campaign,
    )
    changed |= _ordinary_weeks(campaign, table, data_dir)
    return table.with_rows(changed)


def _ordinary_weeks(
    campaign: Campaign, table: PriorTable, data_dir: Path | None
) -> dict[str, Prior]:
    """Spread of a week's move that lasts, and of that which does not, from positional weeks elsewhere.

    Pace per km of front, times the length of the line over the root of the area, has variance drift^2 + jolt^2 and
    first autocorrelation memory x drift^2 / (drift^2 + jolt^2).
    """
    if "advance.jolt" not in table.index or "terrain.bulge" not in table.index:
        return {}
    seen = history.positional_spread(campaign.as_of, data_dir=data_dir)
    median = {r.name: r.natural(0.0) for r in table.rows}
    total = (seen.pace_sd * median["terrain.bulge"]) ** 2
    lasting = min(max(seen.ar1 / median["advance.memory"], 0.1), 0.9)
    spread = {
        "advance.drift": np.sqrt(lasting * total),
        "advance.jolt": np.sqrt((1.0 - lasting) * total),
    }
    return {
        name: _updated(table, name, float(sd / _TRANSFER), float(sd * _TRANSFER), campaign)
        for name, sd in spread.items()
    }


def _base(campaign: Campaign, table: PriorTable, data_dir: Path | None) -> Prior:
    """Logit of the weekly chance for a side that presses: the count's error and how sectors differ, together."""
    rate, _ = history.pressing_base_rate(campaign.as_of, data_dir=data_dir)
    low, middle, high = (float(np.log(r / (1.0 - r))) for r in (rate.low, rate.mean, rate.high))
    sd = np.hypot((high - low) / (2.0 * Z90), _SECTORS_DIFFER)
    return _updated(table, "breakthrough.base", middle - Z90 * sd, middle + Z90 * sd, campaign)


def _updated(table: PriorTable, name: str, low: float, high: float, campaign: Campaign) -> Prior:
    old = table.rows[table.index[name]]
    return prior(
        name,
        old.kind,
        low,
        high,
        unit=old.unit,
        label=old.label,
        source=_NEW_RECORD.format(as_of=campaign.as_of),
        trust="M",
        group=old.group,
    )
