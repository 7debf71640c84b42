"""The data dictionary: what each column of each file beside a page means, and in which unit it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FILE = "data-dictionary.csv"
HEADS = ("file", "column", "unit", "meaning")
Column = tuple[str, str, str]
COLUMNS: dict[str, tuple[Column, ...]] = {
    "outlook.csv": (
        ("date", "day", "day of the map, or end of the week of the outlook"),
        (
            "series",
            "",
            "who drew the map or made the claim, or the key of a branch; total: all sectors together",
        ),
        (
            "kind",
            "",
            "assessed, claimed, seen afterwards; of an outlook: quantile and its level, or draw and its number",
        ),
        ("km2", "km2", "held area; of a front, change of the occupied area from the as-of date"),
    ),
    "map.csv": (
        ("class", "", "what the area is; those that begin with 'left' are results of the model"),
        ("date", "day", "day of the drawing, or end of the outlook"),
        ("km2", "km2", "size of the area"),
    ),
    "outcomes.csv": (
        ("km2", "km2", "held area at the end of the outlook under way; one of 100 equally likely"),
    ),
    "branches.csv": (
        ("branch", "", "key of the branch"),
        ("title", "", "what it is called on the page"),
        ("measure", "", "what the number is"),
        ("unit", "", "unit of median, low and high; 1 where the row is a chance"),
        ("median", "see unit", "middle of the draws"),
        ("low", "see unit", "lower end of the interval"),
        ("high", "see unit", "upper end of the interval"),
        ("level", "1", "share of the draws inside the interval"),
        ("chance", "1", "share of the draws in which it is so"),
    ),
    "parameters.csv": (
        ("number", "", "what the number of the model is"),
        ("mechanism", "", "the part of the model that it belongs to"),
        ("before", "as written", "median and 90 % interval before the data"),
        ("after", "as written", "median and 90 % interval after the data"),
        ("narrowed", "%", "one less the ratio of the variance after the data and before"),
        ("verdict", "", "whether the data settled it"),
        ("moved, sd", "standard deviations before the data", "how far the data moved its middle"),
        ("evidence before", "", "how good the evidence for the range before the data is"),
        ("source", "", "where that range is from"),
    ),
    "hindcasts.csv": (
        ("horizon", "", "how long before the day it is said from"),
        ("date", "day", "day that it is about"),
        ("median", "km2", "middle of the draws"),
        ("low", "km2", "lower end of the 90 % interval"),
        ("high", "km2", "upper end of the 90 % interval"),
        ("observed", "km2", "held area as it was seen"),
        ("inside", "", "whether what was seen lies in the interval"),
    ),
    "score.csv": (
        ("forecast", "", "this outlook, or a simple rule"),
        (
            "crps_km2",
            "km2",
            "mean continuous ranked probability score over the outlook; less is better",
        ),
    ),
    "causes.csv": (
        ("driver", "", "what may have moved the line"),
        ("median", "km2", "middle of the draws of its share in the lost ground, if it acted"),
        (
            "low",
            "km2",
            "lower end of the 90 % interval, which counts that it may have done nothing",
        ),
        ("high", "km2", "upper end of it"),
        ("before_low", "km2", "lower end of the 90 % interval before the data"),
        ("before_high", "km2", "upper end of the 90 % interval before the data"),
        ("set_by_assumption", "", "whether the data settled less than a fifth of what decides it"),
        ("acted", "1", "chance that it did anything at all, from even odds before the data"),
    ),
    "claims.csv": (
        ("claim", "", "what is claimed, in our words"),
        ("speaker", "", "who says it, and how well placed"),
        ("verdict", "", "what the audit says of it"),
        ("probability", "", "that it is so in the model, or given the error of its source"),
        ("tested", "", "the part that was tested, where it is not the whole"),
        ("note", "", "the effect, and what the verdict rests on"),
    ),
    "human-cost.csv": (
        ("what", "", "what is counted"),
        ("value", "as written; else people", "the number, with its range where one was given"),
        ("period", "", "the time that it is about"),
        ("speaker", "", "who says so"),
        ("kind", "", "claim, estimate, model, or verified minimum"),
        ("source", "", "key of the source in brief.json"),
    ),
    "forecast.csv": (
        ("origin_date", "day", "last day of the data"),
        ("target", "", "what is forecast"),
        ("horizon", "weeks", "how far ahead"),
        ("target_end_date", "day", "day that it is about"),
        ("location", "", "key of the sector, or of the sum of all"),
        ("output_type", "", "quantile"),
        ("output_type_id", "1", "level of the quantile"),
        ("value", "km2", "net change of the ground from the origin on"),
    ),
    "sectors.csv": (
        ("location", "", "key of the sector, or of the sum of all"),
        ("name", "", "what it is called on the page"),
        ("measure", "", "change seen, change forecast, a chance, or the length of the line"),
        ("weeks", "weeks", "how far back or ahead"),
        ("unit", "", "unit of median, low and high; 1 where the row is a chance"),
        ("median", "see unit", "middle of the forecast, or what was seen"),
        ("low", "see unit", "5 % quantile"),
        ("high", "see unit", "95 % quantile"),
        ("chance", "1", "chance that it is so"),
    ),
    "losses.csv": (
        ("side", "", "key of the side"),
        ("kind", "", "estimate, or claim and who made it"),
        ("start", "day", "first day"),
        ("end", "day", "last day"),
        ("unit", "", "unit of median, low and high"),
        ("median", "see unit", "middle of the estimate, or the claim"),
        ("low", "see unit", "lower end of the 90 % interval"),
        ("high", "see unit", "upper end of the 90 % interval"),
    ),
    "past-forecasts.csv": (
        ("origin", "day", "last day of the data of the forecast"),
        ("weeks", "weeks", "how far ahead"),
        ("end", "day", "day that it is about"),
        ("low", "km2", "5 % quantile of the net change"),
        ("low50", "km2", "25 % quantile"),
        ("median", "km2", "middle"),
        ("high50", "km2", "75 % quantile"),
        ("high", "km2", "95 % quantile"),
        ("followed", "km2", "net change as it was seen"),
    ),
    "track-record.csv": (
        ("part", "", "the sectors one by one, or their sum"),
        ("weeks", "weeks", "how far ahead"),
        ("forecaster", "", "the published forecast, or one of the models that it is made from"),
        ("origins", "", "how many days it was made from"),
        ("wis_km2", "km2", "mean weighted interval score; less is better"),
        ("fixed_rule", "", "the simple rule that was chosen before"),
        ("ratio", "1", "score over that of the rule; below 1 is better than the rule"),
        ("ratio_low", "1", "lower end of its 90 % interval"),
        ("ratio_high", "1", "upper end of its 90 % interval"),
        ("best_rule", "", "the simple rule that did best, known only afterwards"),
        ("ratio_best", "1", "score over that of the best rule"),
        ("cover50", "1", "share of outcomes inside the 50 % interval"),
        ("cover90", "1", "share of outcomes inside the 90 % interval"),
    ),
}


def rows(files: Iterable[str]) -> list[Sequence[str | float | int | None]]:
    """The dictionary of some files, a column a row under its heads."""
    return [HEADS, *[(name, *column) for name in files for column in COLUMNS[name]]]
