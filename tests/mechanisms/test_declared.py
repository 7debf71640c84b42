"""A mechanism from outside is held to what it declares, with a message that says what would be right."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from salient.engine import ensemble, step
from salient.engine.compile import compile_scenario
from salient.errors import MechanismError
from salient.mechanisms import declared, registry
from salient.mechanisms.base import Mechanism, Noise, Parameter, Signal, Stock
from salient.mechanisms.declared import faults, names, outside
from salient.scenario.loading import load


def every():
    return [m for slot in registry.choices().values() for m in slot.values()]


def known():
    return {n.name: n.dims for n in names(every())}


def even(w, p):
    return {"power": w.setting.to_holder(p.weight + 0.0 * w.area)}


WEIGHT = Parameter("weight", 0.2, 0.1, 0.4, "1", "log power", "assumption")
EVEN = Mechanism(
    "terrain", "even-ground", "Any ground", even, ("area",), ("power",), parameters=(WEIGHT,)
)


def test_our_own_are_as_declared():
    for m in every():
        assert list(faults(m, known())) == []
        assert not outside(m)


def test_one_from_outside_is_known_as_such_and_may_be_right():
    assert outside(EVEN)
    assert list(faults(EVEN, known())) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"reads": ("strenght",)},
            "reads 'strenght', which nothing declares (did you mean 'strength'?)",
        ),
        ({"writes": ("powr",)}, "did you mean 'power'?"),
        (
            {"signals": (Signal("mine", ("sides",), "1", "x"),)},
            "the dim 'sides', which there is not",
        ),
        (
            {"signals": (Signal("casualties", ("side",), "1", "x"),)},
            "known with the dims side, sector",
        ),
        ({"noise": (Noise("n", ("draw",)),)}, "'draw'"),
        ({"parameters": (replace(WEIGHT, trust="Z"),)}, "trust is 'Z'"),
        ({"parameters": (replace(WEIGHT, unit="1/wek"),)}, "'1/wek' is not a unit"),
        ({"parameters": (replace(WEIGHT, centre=9.0),)}, "not between low 0.1 and high 0.4"),
        ({"parameters": (replace(WEIGHT, kind="certain"),)}, "kind is 'certain'"),
        ({"parameters": (replace(WEIGHT, per=("sectr",)),)}, "did you mean 'sector'?"),
    ],
)
def test_a_declaration_that_is_not_so_is_told(change, said):
    (fault,) = faults(replace(EVEN, **change), known())
    assert said in fault


def test_one_that_is_not_as_declared_is_not_offered(monkeypatch):
    bad = replace(EVEN, reads=("strenght",), parameters=(replace(WEIGHT, trust="Z"),))
    monkeypatch.setattr(registry, "_offered", lambda: iter([bad]))
    with pytest.raises(MechanismError) as e:
        registry.choices.__wrapped__()
    assert len(e.value.problems) == 2
    assert str(e.value).startswith("mechanism 'even-ground' (terrain): it reads 'strenght'")


@pytest.fixture(scope="module")
def week():
    """The first week of the Kursk campaign, before any mechanism has spoken."""
    campaign = compile_scenario(load("kursk-2024").scenario)
    values = campaign.priors.natural(np.zeros((len(campaign.priors.free), 4)))
    stocks = step.initial_state(campaign, values)
    return step.Week(
        setting=campaign.setting, **{**step.blank(campaign, 0.0 * values[0]), **stocks}
    )


def heard(week, rule):
    return step._said(replace(EVEN, rule=rule), rule, week, SimpleNamespace(weight=np.full(4, 0.2)))


def test_a_rule_that_keeps_to_its_declaration_is_heard(week):
    assert heard(week, even)["power"].shape == (2, 1, 4)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda w, p: {"losses": w.strength}, "returned 'losses', which it does not declare"),
        (lambda w, p: {"power": p.weight + 0.0 * w.area}, "2 x 1 is right"),
        (lambda w, p: {"power": w.strenth}, "a week has no 'strenth'; did you mean 'strength'?"),
        (lambda w, p: {"power": p.wait + w.strength}, "its rule cannot be run"),
        (lambda w, p: {"power": undefined}, "'undefined' is not defined"),  # noqa: F821
    ],
)
def test_a_rule_that_does_not_is_refused_by_name(week, rule, said):
    with pytest.raises(MechanismError, match="mechanism 'even-ground'") as e:
        heard(week, rule)
    assert said in str(e.value)


def test_a_stock_keeps_its_shape():
    stock = Stock("mine", ("side",), "1", "x", lambda p, s: np.ones((2, 1)))
    m = replace(EVEN, writes=("mine",), stocks=(stock,))
    with pytest.raises(MechanismError, match="'mine' came out with 1 before"):
        declared.as_declared(m, {"mine": np.ones((1, 4))}, {"mine": (2,)})
    assert declared.as_declared(m, {"mine": np.ones((2, 4))}, {"mine": (2,)})


def test_an_error_of_our_own_rule_is_not_hidden(week):
    own = every()[0]
    with pytest.raises(AttributeError, match="a week has no"):
        step._said(own, lambda w, p: {"x": w.nothing}, week, None)


def test_a_draw_of_a_packaged_campaign_can_be_tried():
    ensemble.try_once(load("kursk-2024").scenario)
