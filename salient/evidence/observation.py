"""How what was said relates to what was: densities of reports given the truth, and the bias of each kind of source.

What one side says of the other is never a fact. A report enters as `reported = bias x truth x spread`, with the bias
itself uncertain. Two biased sources for one truth settle only the ratio of their biases, unless one of them has an
informative prior; where that is so, the brief says it.

All densities are pure functions of NumPy or JAX arrays, element by element, in natural logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from salient import numerics as nm
from salient.errors import DataError, Problem, nearest
from salient.numerics import Array

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_Z90 = 1.6448536269514722
"""Standard deviations from the centre to an end of a central 90 % interval."""


# -- densities -------------------------------------------------------------------------------------


def normal_logpdf(x: Array, loc: Array, scale: Array) -> Array:
    """Log density of a normal with mean `loc` and standard deviation `scale` at x."""
    z = (x - loc) / scale
    return -0.5 * z * z - nm.log(scale) - _HALF_LOG_2PI


def student_t_logpdf(x: Array, loc: Array, scale: Array, df: float = 4.0) -> Array:
    """Log density of Student's t with `df` degrees of freedom at x: an error that now and then is large.

    `df` is a plain number over 0. For df to infinity it is `normal_logpdf`.
    """
    z = (x - loc) / scale
    constant = math.lgamma(0.5 * (df + 1.0)) - math.lgamma(0.5 * df) - 0.5 * math.log(df * math.pi)
    return constant - nm.log(scale) - 0.5 * (df + 1.0) * nm.log1p(z * z / df)


def log_normal_report(latent: Array, reported: Array, log_bias: Array, log_sd: Array) -> Array:
    """Log density of a reported total, given the true one.

    reported = latent exp(log_bias + log_sd e), e ~ N(0, 1). `latent` and `reported` are totals of one unit, over 0. The
    density is in `reported`, so likelihoods of different sources can be added.
    """
    z = (nm.log(reported) - nm.log(latent) - log_bias) / log_sd
    return -0.5 * z * z - nm.log(log_sd) - nm.log(reported) - _HALF_LOG_2PI


def log_normal_at_least(latent: Array, at_least: Array, log_bias: Array, log_sd: Array) -> Array:
    """Log probability of the statement "more than `at_least`", given the true total; parameters as `log_normal_report`.

    This is all that the words say; a speaker who says "over 5,000" mostly also means "not far over", for which
    `log_normal_report` of the figure is the stronger reading.
    """
    z = (nm.log(latent) + log_bias - nm.log(at_least)) / log_sd
    return nm.special(z).log_ndtr(z)


def log_normal_between(
    latent: Array, low: Array, high: Array, log_bias: Array, log_sd: Array
) -> Array:
    """Log density of a report given as an interval, taken as its geometric mean with its width added to the spread.

    The width `log(high / low)` counts as the speaker's own central 90 %. Equal ends give `log_normal_report`.
    """
    middle = nm.sqrt(low * high)
    width = (nm.log(high) - nm.log(low)) / (2.0 * _Z90)
    return log_normal_report(latent, middle, log_bias, nm.sqrt(log_sd * log_sd + width * width))


def negbinomial_logpmf(count: Array, mean: Array, dispersion: Array) -> Array:
    """Log probability of a count with that mean and variance mean + mean^2 / dispersion; all over 0 but the count.

    A large `dispersion` is Poisson. For claimed losses, `mean` is bias times the latent loss.
    """
    lgamma = nm.special(count, mean, dispersion).gammaln
    total = nm.log(dispersion + mean)
    ways = lgamma(count + dispersion) - lgamma(dispersion) - lgamma(count + 1.0)
    return ways + dispersion * (nm.log(dispersion) - total) + count * (nm.log(mean) - total)


# -- the bias of each kind of source ---------------------------------------------------------------


@dataclass(frozen=True)
class Bias:
    """What a kind of source says over what was, with its central 90 % interval.

    `centre`, `low` and `high` are ratios when `unit` is "1", else additive in that unit. `trust` is S (well supported),
    M (mixed or narrow evidence), C (contested) or A (our assumption). `cite` says what it rests on.
    """

    key: str
    about: str
    centre: float
    low: float
    high: float
    trust: str
    cite: str
    unit: str = "1"

    @property
    def log_centre(self) -> float:
        """Mean of the log of the ratio. Raises ValueError for an additive bias."""
        self._must_be_ratio()
        return math.log(self.centre)

    @property
    def log_sd(self) -> float:
        """Standard deviation of the log of the ratio. Raises ValueError for an additive bias."""
        self._must_be_ratio()
        return math.log(self.high / self.low) / (2.0 * _Z90)

    def _must_be_ratio(self) -> None:
        if self.unit != "1":
            raise ValueError(f"the bias of '{self.key}' is additive, in {self.unit}")


_TABLE = (
    Bias(
        "claimed-personnel",
        "soldiers that a belligerent says the other lost, killed and wounded",
        1.0, 0.7, 1.5, "A",
        "Russian casualties by Ukraine's General Staff 1.04 million on 2025-07-19 against 0.95 million "
        "(CSIS, June 2025); data set losses-claimed-weekly",
    ),
    Bias(
        "claimed-personnel-kursk",
        "soldiers that a belligerent says the other lost in Kursk",
        1.2, 0.6, 2.5, "A",
        "no outside estimate was found; within one side statements a fortnight apart differ by 4 to 20 %; "
        "both sides get the same prior; data set kursk-losses-claimed",
    ),
    Bias(
        "claimed-armour",
        "armoured vehicles that a belligerent says the other lost",
        1.4, 0.8, 2.2, "A",
        "claimed to photo-confirmed Russian tanks on 2025-07-19 11,032 / 4,074 = 2.7, of which a part is "
        "undercount; data sets losses-claimed-weekly, losses-visual-totals",
    ),
    Bias(
        "claimed-artillery",
        "artillery that a belligerent says the other lost",
        1.6, 0.7, 3.6, "A",
        "as claimed-armour, wider: fire on positions is harder to confirm",
    ),
    Bias(
        "own-admitted",
        "losses that a belligerent admits of its own",
        0.3, 0.1, 0.6, "A",
        "over 46,000 Ukrainian dead by Zelensky (February 2025), just over 6,000 Russian dead acknowledged "
        "(press, January 2026), against 100,000 to 140,000 and 275,000 to 325,000 by CSIS; Russia's share is "
        "below this interval; data set casualty-estimates",
    ),
    Bias(
        "visual-armour",
        "armoured vehicles confirmed by photograph, over those lost",
        0.5, 0.3, 0.9, "A",
        "counts by photograph are a floor and lag; data set losses-visual-monthly",
    ),
    Bias(
        "visual-other",
        "other equipment confirmed by photograph, over that lost",
        0.3, 0.12, 0.7, "A",
        "as visual-armour, less for what is filmed less; data set losses-visual-monthly",
    ),
    Bias(
        "outside-estimate",
        "casualties of either side as estimated by think tanks and governments outside the war",
        1.0, 0.72, 1.39, "M",
        "taken as a spread of 20 % (log sd); they share sources; data set casualty-estimates",
    ),
    Bias(
        "contingent-uk",
        "casualties of the North Korean contingent by UK Defence Intelligence and Western officials",
        1.0, 0.75, 1.35, "A",
        "said to be highly likely (80 to 90 %); over 6,000 by 15 June 2025 against 4,700 by South Korea on "
        "30 April; data set contingent-reports",
    ),
    Bias(
        "contingent-south-korea",
        "casualties of the North Korean contingent by South Korea's NIS and Joint Chiefs of Staff",
        0.85, 0.55, 1.2, "A",
        "3,000 on 13 January 2025 against 4,000 by Western officials two days later; data set contingent-reports",
    ),
    Bias(
        "contingent-south-korea-killed",
        "dead of the North Korean contingent by South Korea's NIS before September 2025",
        0.4, 0.2, 0.9, "M",
        "NIS raised its count from 600 (April 2025) to 2,000 (September 2025); data set contingent-reports",
    ),
    Bias(
        "contingent-ukraine",
        "casualties of the North Korean contingent by Ukraine",
        1.1, 0.7, 1.6, "A",
        "3,800 in early January and over 4,500 in April 2025 against 4,000 (Western, January) and over 5,000 "
        "(UK, March); a claim by a party; data set contingent-reports",
    ),
    Bias(
        "area-ukraine-claim",
        "area held in Kursk as Ukraine stated it, over the map",
        1.6, 1.0, 2.6, "M",
        "9 statements against best_km2, average about 1.6; data set kursk-area-reported",
    ),
    Bias(
        "area-russia-claim",
        "area held by Ukraine in Kursk as Russia stated it, over the map",
        0.6, 0.1, 1.1, "M",
        "6 statements against best_km2, average about 0.6, two of them zero or 3 km2; data set kursk-area-reported",
    ),
    Bias(
        "area-mapper-level",
        "area held in Kursk by one mapper less the truth",
        0.0, -40.0, 40.0, "M",
        "two mappers differ by 26 km2 root mean square and the ISW level is uncertain by about 40 km2; data "
        "set kursk-area",
        unit="km2",
    ),
    Bias(
        "named-dead",
        "soldiers named as dead in open lists, over the dead, after two years",
        0.6, 0.4, 0.85, "A",
        "lists are lower bounds with months of delay; data set casualty-estimates",
    ),
)  # fmt: skip

BIASES: Mapping[str, Bias] = MappingProxyType({one.key: one for one in _TABLE})
"""The bias of each kind of source, by key. A scenario may replace any of them."""


def bias(key: str) -> Bias:
    """The bias of that kind of source. Raises DataError, with the nearest key, when there is none."""
    if key in BIASES:
        return BIASES[key]
    close = nearest(key, BIASES)
    hint = f"did you mean '{close}'?" if close else f"there are {', '.join(BIASES)}"
    raise DataError(Problem(f"no bias is known for a source of kind '{key}'", hint=hint))
