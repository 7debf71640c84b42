"""What every brief carries unchanged: the scale of likelihood, the glossary, the exercise, the limits of use."""

from __future__ import annotations

from salient.brief import words
from salient.brief.content import Exercise, Table, Term

MUST_NOT = (
    "Do not use this to choose targets, to plan an operation, to decide on the movement of people in danger, or as "
    "the sole ground for any decision about support. It knows nothing of units, positions or plans."
)
FUNDING = "No one paid for this brief. Salient is open-source software; nobody named in the sources has reviewed it."
CONTACT = "Errors and questions: the issue tracker of the Salient project."
LICENCE = "Text and figures: CC BY 4.0. Code: MIT. Data: the licence of each source, in the list of sources."
NO_CORRECTIONS = "None so far."
HOW_TO_READ = (
    f"A range such as “210 km² (15–480)” gives the middle outcome and the {words.P90} interval: of 100 simulated "
    "outcomes, 5 lie below it and 5 above. Numbers are rounded to what the number of simulated outcomes supports. "
    "Words for likelihood are chosen by code from the number beside them, by the scale below (Intelligence Community "
    "Directive 203). They say how probable a thing is in the model, not how good the evidence is: for that, see what "
    "the data settled."
)


def scale() -> Table:
    """The scale of likelihood."""
    return Table(
        caption="Words for likelihood",
        columns=["word", "chance"],
        numeric=[False, True],
        rows=[
            [word, f"{round(100 * low)}{words.DASH}{words.percent(high)}"]
            for word, low, high in words.SCALE
        ]
        + [["beyond the scale", "written as odds, such as “fewer than 1 in 100”"]],
    )


def glossary(held: str) -> list[Term]:
    """The words that need one."""
    return [
        Term(
            term="as-of date",
            meaning="The last day of data. Nothing reported later was used, in any part.",
        ),
        Term(
            term="branch",
            meaning="One way in which it could go on: the campaign under way with something changed. Branches are "
            "conditions (“if … then”), and they may overlap.",
        ),
        Term(
            term="breakthrough",
            meaning="A week in which a share of the held ground is lost at once, not kilometre by kilometre. The model "
            "has two regimes, positional and breakthrough, and infers which one it is in.",
        ),
        Term(
            term="contraction",
            meaning="How far the data narrowed a number: one less the ratio of its variance after and before. "
            f"Under {words.percent(words.PARTLY)} it is called set by assumption.",
        ),
        Term(
            term="draw",
            meaning="One simulated course of the campaign, with its own values of all uncertain numbers.",
        ),
        Term(term="held area", meaning=f"{held}, as assessed by observers who publish maps."),
        Term(
            term="paired difference",
            meaning="Two branches compared draw by draw with the same random numbers, so that chance cancels.",
        ),
        Term(
            term="pace",
            meaning="Kilometres a week: the change of twice the square root of the held area, so that "
            "pockets of all sizes can be compared.",
        ),
        Term(
            term="prior and posterior",
            meaning="What was assumed about a number before the data, and what is left of that after them.",
        ),
        Term(term="salient", meaning="A bulge in a front line."),
        Term(
            term="satiety",
            meaning="Supply that arrives as a share of the supply that the force would need at normal tempo.",
        ),
        Term(
            term="CRPS",
            meaning="Continuous ranked probability score: the distance of a forecast, with its uncertainty, from what "
            "happened, in the unit of the thing forecast. Less is better.",
        ),
    ]


def exercise(scenario: str, as_of: str, first_driver: str | None) -> Exercise:
    """A task for a class with the scenario file."""
    name = f"my-{scenario}"
    what = f"“{first_driver}”" if first_driver else "the strength of one side"
    return Exercise(
        title="For a class: whose assumption is it?",
        steps=[
            "Copy the scenario and open the file in a text editor.",
            f"Find the number {what}, or another that you doubt. Read its source. Write down a range that you would "
            "defend, and, before you run anything, how you expect the headline to change.",
            "Run the brief again. Compare the headline, the three takeaways and the figure of what the data settled.",
        ],
        commands=[f"salient new {name} --from {scenario}", f"salient brief {name} --as-of {as_of}"],
        question="Did the answer move more than its interval is wide? If not, is the question worth arguing about with "
        "this evidence, and what would you have to observe to settle it?",
    )


LIMITS = (
    "It is a model of a campaign by the week and the sector. It knows no units, no commanders, no plans, no weather "
    "of a given day.",
    "The bands hold what the model can imagine. A cease-fire, a change of government, a new weapon or an attack "
    "elsewhere that draws troops away are outside them unless a branch names them.",
    "The held area is a reading of maps by observers who publish late, in batches, and under the rules of a war. "
    "Where both maps err together, the model errs with them.",
    "Losses of people are model estimates that rest on rates which both sides dispute. They are not counts.",
    "A branch changes what it names and leaves the rest as it was; in truth each side would answer.",
)
