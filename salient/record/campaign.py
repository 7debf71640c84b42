"""The Ardennes by the campaign engine: the packaged scenario, fitted by the inference that fits the present war."""

from __future__ import annotations

from typing import Any

from salient.inference.counts import prepare_counts
from salient.inference.fit import fit_counts, parameter_rows
from salient.inference.step_ahead import step_ahead
from salient.record.daily import OURS, P_RANGE, Q_RANGE, fitted
from salient.record.rows import row
from salient.scenario.loading import load

SCENARIO = "ardennes-1944"
TOLERANCE = 0.1
"""How far sampled and exact means of an exponent may lie apart."""


def ardennes_by_engine() -> list[dict[str, Any]]:
    """One day ahead, and p and q, beside the exact figures of the same model."""
    posterior = prepare_counts(load(SCENARIO).scenario)
    ahead = step_ahead(posterior)
    score, base = ahead.r2(ahead.median), ahead.r2(ahead.yesterday)
    goal = "reached" if score > 0.29 else "NOT reached"
    rows = [
        row(
            SCENARIO,
            "R2 one day ahead, campaign engine",
            "",
            score,
            f"{base:.3f} yesterday's value",
            goal,
        )
    ]
    drawn, exact = fit_counts(posterior), fitted(OURS)
    means = _means(drawn)
    for letter, values, (low, high) in (("p", exact.grid.p, P_RANGE), ("q", exact.grid.q, Q_RANGE)):
        mean, known = means[f"attrition.{letter}"], exact.interval(values)[0]
        said = (
            "agrees with the exact integral" if abs(mean - known) <= TOLERANCE else "does NOT agree"
        )
        inside = "in range" if low <= mean <= high else "out of range"
        rows.append(
            row(SCENARIO, f"{letter}, posterior mean, campaign engine", "", mean,
                f"{known:.3f} exact", f"{said}, {inside}")
        )  # fmt: skip
    return rows


def _means(drawn: Any) -> dict[str, float]:
    """Posterior means of parameters on their own scale."""
    natural = drawn.campaign.priors.natural(drawn.flat)
    return {
        r.name: float(natural[drawn.campaign.priors.index[r.name]].mean())
        for r in parameter_rows(drawn)
    }
