"""A row of `salient validate`: a measure with what was published, ours, a baseline and a verdict in words."""

from __future__ import annotations

from typing import Any

COLUMNS = ("set", "measure", "published", "ours", "baseline", "verdict")


def row(
    name: str, measure: str, published: str, ours: float, baseline: str, verdict: str
) -> dict[str, Any]:
    """One row, our figure to four digits, people as whole numbers."""
    figure = round(float(ours), 4) if abs(ours) < 100 else round(float(ours))
    return {
        "set": name, "measure": measure, "published": published, "ours": figure,
        "baseline": baseline, "verdict": verdict,
    }  # fmt: skip


def verdict(ok: bool) -> str:
    """Whether a goal that was fixed beforehand is reached."""
    return "reached" if ok else "NOT reached"


def agrees(ok: bool) -> str:
    """Whether our figure is what was published."""
    return "agrees" if ok else "does NOT agree"


def near(value: float, low: float, high: float, error: float) -> str:
    """Whether a value is within two standard errors of the published range; `error` is the two together."""
    return f"{agrees(low - error <= value <= high + error)} within 2 s.e. ({error:.2g})"


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """The rows as a table of the documentation."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    return "\n".join(lines + ["| " + " | ".join(str(r[c]) for c in COLUMNS) + " |" for r in rows])


def plain_markdown(rows: list[dict[str, Any]]) -> str:
    """The rows as one table for each set, without the columns that nothing stands in."""
    parts = []
    for name in dict.fromkeys(r["set"] for r in rows):
        lines = [
            f"**{name.partition(': ')[2] or name}**",
            "",
            "| | ours | interval | |",
            "|---|---:|---|---|",
        ]
        lines += [
            f"| {r['measure']} | {r['ours']} | {r['baseline']} | {r['verdict']} |"
            for r in rows
            if r["set"] == name
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
