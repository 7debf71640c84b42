"""Other pasts, what-ifs, attribution and audit, on one quick fit of the Kursk campaign."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from salient.errors import SalientError, ScenarioError
from salient.quantities import Quantity
from salient.questions import attribution, audit, whatif, worlds
from salient.scenario.claims import read_claims
from salient.scenario.files import TextFile
from salient.scenario.loading import load
from salient.scenario.schema import Alternative, Driver, Event

MARCH = dt.date(2025, 3, 3), dt.date(2025, 3, 31)


@pytest.fixture(scope="module")
def past(kursk_fit):
    return worlds.abduct(kursk_fit.posterior, worlds.spread_draws(kursk_fit.flat, 60), 1)


@pytest.fixture(scope="module")
def base(past):
    return worlds.factual_world(past.campaign)


# Other pasts


def test_with_everything_on_the_past_is_the_observed_one(past, base):
    for start in (past.first, 30):
        run = worlds.run_world(past, base, start)
        assert np.abs(run["area"][:, 0] - past.area[1:]).max() < 1e-6
        assert (run["regime"] == past.regime)[past.first :].all()


def test_no_effect_comes_before_its_cause(past, base):
    maker = worlds.Maker(past.campaign, base)
    without = maker.world([Alternative(without=["assault-in-all-directions"])])
    run = worlds.run_world(past, without, past.first)
    week = past.campaign.weeks.index(dt.date(2025, 3, 3))
    assert worlds.onsets(past.campaign, base, without) == (week,)
    gap = np.abs(run["area"][:, 0] - past.area[1:]).max(axis=1)
    assert gap[:week].max() < 1e-6
    assert gap[week:].max() > 1.0


def test_a_contingent_is_not_missed_before_it_came(past, base):
    gone = worlds.Maker(past.campaign, base).world([Alternative(absent=["kpa"])])
    first = past.campaign.weeks[worlds.onsets(past.campaign, base, gone)[0]]
    assert dt.date(2024, 10, 21) <= first <= dt.date(2024, 11, 4)


def test_fewer_surges_never_lose_more_ground_in_the_mean(past, base):
    asked = worlds.outcome_of(past.campaign, "area:kursk", *MARCH)
    maker = worlds.Maker(past.campaign, base)
    calm = Alternative(without=["assault-in-all-directions", "pipeline-infiltration"])
    v = worlds.run_worlds(past, [base, maker.world([calm])], asked.start, asked(past))
    assert v[0].mean() == pytest.approx(388.15, abs=0.01)
    assert v[1].mean() < v[0].mean()


@pytest.mark.parametrize(
    ("outcome", "begin", "finish", "says"),
    [
        ("areas:kursk", *MARCH, "did you mean 'area'"),
        ("area:kurks", *MARCH, "did you mean 'kursk'"),
        ("losses:rusia", *MARCH, "did you mean 'russia'"),
        ("area:kursk", *MARCH[::-1], "not after"),
        ("area:kursk", dt.date(2023, 1, 2), MARCH[1], "not within"),
    ],
)
def test_what_cannot_be_asked_is_said(kursk_fit, outcome, begin, finish, says):
    with pytest.raises(SalientError, match=says):
        worlds.outcome_of(kursk_fit.campaign, outcome, begin, finish)


# What if


def test_a_whatif_that_changes_nothing_differs_by_nothing(kursk, kursk_fit):
    case = whatif.Case("same", kursk.scenario)
    (result,) = whatif.ask(kursk_fit, [case], dt.date(2024, 9, 2), draws=40).cases
    assert result.changed_numbers == ()
    assert all(o.difference.low == o.difference.high == 0.0 for o in result.outcomes)


def test_a_number_that_is_set_takes_its_value_and_the_rest_keep_theirs(kursk, kursk_fit):
    changed = load("kursk-2024", ["parameters.fortification.weight=0.9"]).scenario
    compiled = whatif._compiled(kursk_fit, whatif.Case("works", changed))
    table, z, new = whatif.merged(kursk_fit.campaign, compiled.priors, kursk_fit.flat, 1)
    assert new == ("fortification.weight",)
    values = table.natural(z)
    before = kursk_fit.campaign.priors.natural(kursk_fit.flat)
    assert values[table.index["fortification.weight"]] == pytest.approx(0.9)
    for name in ("advance.pace[kursk]", "breakthrough.base", "events.road-under-fire"):
        assert values[table.index[name]] == pytest.approx(
            before[kursk_fit.campaign.priors.index[name]]
        )


def test_two_ways_to_the_same_change_give_the_same_difference(kursk, kursk_fit):
    """As a world of the fitted campaign, and as a campaign of its own with another shape."""
    s = whatif.without_event(kursk.scenario, "road-under-fire")
    quiet = load("kursk-2024", ["events.road-under-fire.level=0.0000001"]).scenario
    dropped, muted = whatif.ask(
        kursk_fit, [whatif.Case("dropped", s), whatif.Case("muted", quiet)], draws=40
    ).cases
    assert dropped.start == muted.start == dt.date(2025, 2, 24)
    area = [c.outcomes[0].difference.median for c in (dropped, muted)]
    assert area[0] != 0.0 or area[1] == 0.0
    # the earlier interdiction of the road lasts on where the later one never was
    assert area[1] >= area[0] - 1e-6


def test_events_outside_the_period_and_unknown_ones_are_refused(kursk):
    s = kursk.scenario
    with pytest.raises(SalientError, match="did you mean 'us-weapons-paused'"):
        whatif.without_event(s, "us-weapon-paused")
    with pytest.raises(SalientError, match="outside the period"):
        whatif.moved_event(s, "us-weapons-paused", dt.date(2027, 1, 1))
    with pytest.raises(SalientError, match="did you mean 'surprise'"):
        whatif.check_off(["surprize"], s)
    event = s.events[0].model_copy(update={"id": "other", "date": dt.date(2023, 1, 1)})
    with pytest.raises(SalientError, match="outside the period"):
        whatif.with_event(whatif.Case("x", s), event, s.period.end)


def test_an_event_after_the_as_of_date_is_assumed(kursk):
    event = Event(
        id="later", date=dt.date(2025, 4, 1), kind="support", supporter="united-states",
        flow="weapons", level=0, text="A halt.",
    )  # fmt: skip
    case = whatif.with_event(whatif.Case("x", kursk.scenario), event, dt.date(2025, 3, 11))
    assert case.ahead == (event,)
    change = whatif._change(event, dt.date(2025, 3, 11))
    assert round(7 * change.after.centre) == 20


# What caused it


@pytest.fixture(scope="module")
def split(kursk_fit):
    """Four of the eight drivers: 16 worlds instead of 256."""
    named = ("intelligence-pause", "weapons-pause", "contingent", "assaults")
    drivers = {k: kursk_fit.campaign.scenario.drivers[k] for k in named}
    return attribution.attribute(_with_drivers(kursk_fit, drivers), draws=60)


def test_shares_sum_to_the_total(split):
    assert split.worlds == 16
    assert np.abs(split.draws.sum(axis=0) - split.totals).max() < 1e-9


def test_what_one_week_cannot_tell_apart_is_said_together(split):
    paused = next(t for t in split.together if "intelligence-pause" in t.names)
    assert {"weapons-pause", "assaults"} <= set(paused.names)
    assert "same week" in paused.reason


def test_the_pause_of_intelligence_is_not_settled(split):
    pause = next(s for s in split.shares if s.name == "intelligence-pause")
    assert not pause.identified
    assert "set by assumption" in pause.note
    assert pause.contraction < 0.2
    assert pause.interval.high > pause.interval.low == 0.0
    assert not pause.acted.strong


def test_no_percentage_where_the_total_may_be_nothing(split):
    may_be_nothing = split.total.low <= 0.0 <= split.total.high
    assert all((s.percent is None) == may_be_nothing for s in split.shares)


def test_groups_and_orders_sum_to_their_wholes(split):
    (group,) = split.groups
    assert set(group.drivers) == {"intelligence-pause", "weapons-pause"}
    assert set(split.ordered) == {s.name for s in split.shares}


def test_a_breakthrough_is_no_driver(kursk):
    named = [e for d in kursk.scenario.drivers.values() for e in d.effect]
    changed = [k for d in kursk.scenario.drivers.values() for k in d.alternative.set]
    assert not [n for n in (*named, *changed) if n.startswith("breakthrough")]


def test_a_placebo_driver_does_nothing(kursk_fit):
    """How long support will last says nothing of the past."""
    s = kursk_fit.campaign.scenario
    weeks = Quantity(30, 30, 30, "weeks")
    placebo = Driver(title="Later support", alternative=Alternative(set={"will.full": weeks}))
    real = s.drivers["assaults"].model_copy(update={"after": []})
    fitted = _with_drivers(kursk_fit, {"assaults": real, "placebo": placebo})
    got = attribution.attribute(fitted, "area:kursk", *MARCH, draws=40)
    shares = {x.name: x for x in got.shares}
    assert abs(shares["placebo"].mean) < 1e-9
    assert shares["placebo"].interval.low <= 0.0 <= shares["placebo"].interval.high
    assert shares["assaults"].mean > 1.0


def test_losses_can_be_split_too(kursk_fit):
    s = kursk_fit.campaign.scenario
    drivers = {k: s.drivers[k].model_copy(update={"after": []}) for k in ("contingent", "assaults")}
    got = attribution.attribute(
        _with_drivers(kursk_fit, drivers), "losses:russia", *MARCH, draws=40
    )
    assert got.outcome.unit == "people"
    assert next(x for x in got.shares if x.name == "contingent").mean > 0.0
    assert np.abs(got.draws.sum(axis=0) - got.totals).max() < 1e-6


def _with_drivers(fitted, drivers):
    scenario = fitted.campaign.scenario.model_copy(update={"drivers": drivers})
    posterior = replace(fitted.posterior, campaign=replace(fitted.campaign, scenario=scenario))
    return replace(fitted, posterior=posterior)


# Is the claim right

CAUSAL = """
source: a test
claims:
  - id: one
    text: It did something.
    speaker: somebody
    named: false
    position: unknown
    kind: causal
    cause: [{cause}]
    effect: area:kursk
    direction: less
    window: {{from: {begin}, to: {finish}}}
"""


def read(text, scenario):
    return read_claims(TextFile("claims.yaml", None, text, ""), scenario)


@pytest.fixture(scope="module")
def lab(kursk_fit):
    return audit.Lab(kursk_fit, None, 60)


def test_the_packaged_claims_are_seventeen_with_their_speakers(kursk):
    claims = read_claims(kursk.claims, kursk.scenario).claims
    assert len(claims) == 17
    assert all(c.speaker and not c.named for c in claims)


@pytest.mark.parametrize("claim", ["aid-halt-shifted-battlefield", "reduction-already-felt"])
def test_a_claim_on_the_pause_does_not_come_out_as_settled(kursk, lab, claim):
    """One week of data cannot settle it, whatever the model would say."""
    claims = read_claims(kursk.claims, kursk.scenario).claims
    v = lab.test(next(c for c in claims if c.id == claim))
    assert v.verdict in (audit.ASSUMED, audit.CANNOT_TELL)
    assert not v.identified
    assert "were gone before the week of 2025-03-03" in v.note


def test_the_intelligence_pause_alone_is_not_settled(kursk, lab):
    text = CAUSAL.format(cause="intelligence-pause", begin="2025-03-03", finish="2025-03-31")
    v = lab.test(read(text, kursk.scenario).claims[0])
    assert v.verdict == audit.ASSUMED
    assert v.contraction < 0.2


def test_no_effect_before_its_cause(kursk, lab):
    text = CAUSAL.format(cause="intelligence-pause", begin="2024-10-07", finish="2025-02-24")
    v = lab.test(read(text, kursk.scenario).claims[0])
    assert (v.verdict, v.probability) == (audit.CONTRADICTED, 0.0)
    assert "2025-03-03" in v.note


def test_facts_are_held_against_evidence(kursk):
    claims = {c.id: c for c in read_claims(kursk.claims, kursk.scenario).claims}
    found = {
        name: audit.check_fact(claims[name], kursk.scenario.period.end)
        for name in ("gains-near-kursk-city", "stronger-than-ever", "not-where-it-was")
    }
    assert found["gains-near-kursk-city"].verdict == audit.CONTRADICTED
    assert found["stronger-than-ever"].verdict == audit.SUPPORTED
    assert found["not-where-it-was"].verdict == audit.SUPPORTED


def test_what_the_model_cannot_test_says_why(kursk, lab):
    claims = [c for c in read_claims(kursk.claims, kursk.scenario).claims if c.cannot]
    assert claims
    for c in claims:
        v = lab.test(c)
        assert (v.verdict, v.probability, v.note) == (audit.CANNOT_TEST, None, c.cannot)


@pytest.mark.parametrize(
    ("p", "says"),
    [
        (0.81, "supported"),
        (0.8, "leaning"),
        (0.6, "cannot tell"),
        (0.4, "cannot tell"),
        (0.39, "leaning against"),
        (0.2, "leaning against"),
        (0.19, "contradicted"),
    ],
)
def test_the_verdict_is_the_probability_in_words(p, says):
    assert audit.word(p) == says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("    cause: [contingent]\n", ""), "has no cause"),
        (("[contingent]", "[contingents]"), "did you mean 'contingent'"),
        (("area:kursk", "area:kurks"), "did you mean 'kursk'"),
        (("area:kursk", "morale:kursk"), "is not an effect"),
        (("    direction: less\n", ""), "has no direction"),
        (("    speaker: somebody\n", ""), "this key is missing"),
        (("    named: false", "    nammed: false"), "did you mean 'named'"),
    ],
)
def test_a_wrong_claim_is_said_with_its_line(kursk, change, says):
    text = CAUSAL.format(cause="contingent", begin="2025-03-03", finish="2025-03-31")
    with pytest.raises(ScenarioError, match=says) as caught:
        read(text.replace(*change), kursk.scenario)
    assert all(p.file == "claims.yaml" and p.line for p in caught.value.problems)


# Wrong drivers


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("drivers.contingent.alternative={}", "no alternative"),
        ("drivers.contingent.alternative.absent=[kpq]", "did you mean 'kpa'"),
        ("drivers.weapons-pause.alternative.without=[us-weapon-paused]", "us-weapons-paused"),
        ("drivers.foreign-shells.alternative.stopped=[north-korea.shell]", "north-korea.shells"),
        ("drivers.assaults.after=[assault]", "did you mean 'assaults'"),
    ],
)
def test_a_wrong_driver_is_said(key, says):
    with pytest.raises(ScenarioError, match=says):
        load("kursk-2024", [key])


def test_eleven_drivers_are_too_many(kursk, tmp_path):
    more = "".join(
        f"  more-{i}: {{title: More, alternative: {{absent: [kpa]}}}}\n" for i in range(3)
    )
    text = kursk.text.replace("\nattribution:\n", f"{more}\nattribution:\n")
    folder = tmp_path / "eleven"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    (folder / "claims.yaml").write_text(kursk.claims.text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="10"):
        load(folder)


# What the answers add since


def test_a_cause_that_changes_nothing_cannot_be_tested(kursk_fit):
    s = kursk_fit.campaign.scenario
    note = Event(id="said", date=MARCH[0], kind="note", text="Something was said.")
    talk = Driver(title="Talk", alternative=Alternative(without=["said"]))
    scenario = s.model_copy(update={"events": [*s.events, note], "drivers": {"talk": talk}})
    campaign = replace(kursk_fit.campaign, scenario=scenario)
    fitted = replace(kursk_fit, posterior=replace(kursk_fit.posterior, campaign=campaign))
    text = CAUSAL.format(cause="talk", begin="2025-03-03", finish="2025-03-31")
    v = audit.Lab(fitted, None, 60).test(read(text, scenario).claims[0])
    assert (v.verdict, v.probability) == (audit.CANNOT_TEST, None)
    assert "changes no input" in v.note


def test_what_the_assumptions_alone_decide_is_not_supported(kursk, lab):
    """Weapons can only help in this model, so no data were needed to say that they did."""
    claims = {c.id: c for c in read_claims(kursk.claims, kursk.scenario).claims}
    v = lab.test(claims["us-support-carried"])
    assert v.given > 0.9
    assert v.probability == pytest.approx(v.acted.chance * v.given)
    assert v.before <= 0.5
    assert v.verdict == audit.ASSUMED
    assert "direction is no finding" in v.note


def test_an_effect_is_one_way_only_where_it_has_a_sign_and_no_other():
    assert attribution.one_way(np.array([0.0, 3.0]))
    assert attribution.one_way(np.array([0.0, -3.0]))
    assert not attribution.one_way(np.array([-3.0, 3.0]))
    assert not attribution.one_way(np.array([0.0, 0.5]))


def test_the_placebo_is_counted_from_the_maps_of_the_front(split):
    p = split.placebo
    assert p.rows == 4
    assert p.amount == pytest.approx(5.135 + 30.044 + 50.446 + 36.167)
    assert p.lower == 0
    assert f"less than in any of the {p.others}" in p.words


def test_a_placebo_of_a_column_that_is_not_there_is_refused(kursk):
    from salient.questions.placebo import look
    from salient.scenario.schema import Placebo

    spec = Placebo(title="x", dataset="front-weekly", column="gained")
    with pytest.raises(SalientError, match="no column 'gained'"):
        look(spec, *MARCH, kursk.scenario.period.end)


def test_losses_of_several_whatifs_are_counted_from_one_week(kursk, kursk_fit):
    late = whatif.Case("late", whatif.without_event(kursk.scenario, "road-under-fire"))
    early = whatif.Case(
        "early", load("kursk-2024", ["parameters.fortification.weight=0.9"]).scenario
    )
    got = whatif.ask(kursk_fit, [late, early], draws=40)
    assert got.since == min(c.start for c in got.cases) < got.cases[0].start
    a, b = ({o.key: o.factual for o in c.outcomes} for c in got.cases)
    assert a == b
