"""Forecasts in the columns of a Hubverse model output, which any Hubverse tool reads."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np

from salient.forecasting.panel import Forecast
from salient.forecasting.scores import LEVELS

COLUMNS = (
    "origin_date",
    "target",
    "horizon",
    "target_end_date",
    "location",
    "output_type",
    "output_type_id",
    "value",
)
TARGET = "net change km2"
CLAIMS_TARGET, CLAIMS_LOCATION = "cumulative claimed personnel losses", "russia"


def table(forecast: Forecast, origin: dt.date) -> str:
    """The forecast as CSV: a row for each location, horizon and quantile; km2 since the origin, to the thousandth."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for location, quantiles in forecast.quantiles.items():
        for h, row in enumerate(quantiles, start=1):
            end = origin + dt.timedelta(weeks=h)
            for level, value in zip(LEVELS, row, strict=True):
                shown = round(float(value), 3) + 0.0  # no minus zero
                writer.writerow([origin, TARGET, h, end, location, "quantile", f"{level:g}", shown])
    return out.getvalue()


def claims_table(quantiles: np.ndarray, origin: dt.date) -> str:
    """Claims from the origin on as CSV: a row for each horizon and quantile of [horizons, levels]; soldiers, whole."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for h, row in enumerate(quantiles, start=1):
        end, start = origin + dt.timedelta(weeks=h), [origin, CLAIMS_TARGET, h]
        for level, value in zip(LEVELS, row, strict=True):
            writer.writerow(
                [*start, end, CLAIMS_LOCATION, "quantile", f"{level:g}", round(float(value))]
            )
    return out.getvalue()
