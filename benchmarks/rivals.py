"""Against PySD and Mesa, where they are installed (pip install -e .[bench]): python -m benchmarks.rivals.

PySD gets a model of eight stocks (soldiers, shells, arms output and readiness of two sides) in Vensim's language, and
Salient the same equations from its own mechanisms; that they agree is checked before anything is timed. Mesa gets
agents, each a unit that survives a week or not by the same law of losses; Salient knows only the mean of such units.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.campaign import SCENARIO
from benchmarks.timing import Case, arguments, measure, show
from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import run, run_numpy
from salient.engine.step import parameters
from salient.mechanisms.base import SLOTS
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

ON = ("attrition", "ammunition", "production", "readiness", "posture")
RECORD = ("strength", "shells")
DRAWS = 10_000
SIDES = ("ukraine", "russia")


@cache
def campaign() -> Campaign:
    """Five mechanisms of the packaged scenario, with a surge of one side that does not end."""
    data = load(SCENARIO).root.plain()
    data |= {"supporters": {}, "contingents": {}, "supply_lines": {}, "branches": {}}
    data["observe"] = {"area": data["observe"]["area"], "losses": []}
    data["mechanisms"] = {s: data["mechanisms"][s] if s in ON else "off" for s in SLOTS}
    data["events"] = [
        {"id": "surge", "date": "2024-08-05", "kind": "surge", "side": "russia", "level": 1.5, "text": "x"}
    ]  # fmt: skip
    return compile_scenario(Scenario.model_validate(data))


def normals(n: int) -> np.ndarray:
    """Draws of the free parameters."""
    shape = (len(campaign().priors.free), n)
    return np.random.default_rng(1).standard_normal(shape)


def values(z: np.ndarray) -> dict[str, float]:
    """The parameters of one draw by the names that the Vensim model gives them."""
    p = parameters(campaign(), campaign().priors.natural(z))
    found = {"p": p["attrition"].p[0], "q": p["attrition"].q[0], "theta": p["ammunition"].theta[0]}
    found |= {"recover": p["readiness"].recover[0], "wear": p["readiness"].wear[0]}
    found["assault"] = p["posture"].assault[0]
    reference = campaign().setting.reference[:, 0, 0]
    for i, side in enumerate(SIDES):
        found |= {
            f"rate {side}": p["attrition"].rate[i, 0],
            f"drones {side}": p["ammunition"].drones[i, 0],
            f"reserve {side}": p["ammunition"].reserve[i, 0],
            f"growth {side}": p["production"].growth[i, 0],
            f"ceiling {side}": p["production"].ceiling[i, 0],
            f"start {side}": p["forces"].strength[i, 0, 0],
            f"reference {side}": reference[i],
        }
    return {k: float(v) for k, v in found.items()}


SIDE = """
strength {a}= INTEG(-strength {a}*(1-EXP(-hazard {a})), start {a}) ~~|
shells {a}= INTEG(capacity {a}-fires {a}, reserve {a}) ~~|
capacity {a}= INTEG(capacity {a}*(EXP(growth {a}/52*(1-capacity {a}/ceiling {a}))-1), 1) ~~|
ready {a}= INTEG(recover*(1-ready {a})-wear*ready {a}*MAX(tempo {a}-1,0), 1) ~~|
stamina {a}= 1/(1+EXP(-(ready {a}-0.4)/0.04)) ~~|
tempo {a}= 1+(surge {a}-1)*stamina {a} ~~|
rationed {a}= ((tempo {a}^(-6)+(shells {a}/reserve {a})^(-6))/2)^(-1/6) ~~|
fires {a}= MIN(rationed {a}, 0.98*(shells {a}+capacity {a})) ~~|
effect {a}= LN((1-drones {a})*fires {a}^theta+drones {a}) ~~|
hazard {a}= rate {a}*(MAX(strength {b},1)/reference {b})^p*(MAX(strength {a},1)/reference {a})^(q-1)*EXP(effect {b}+assault*LN(tempo {a})) ~~|
"""  # noqa: E501
CONTROL = """
surge ukraine= 1 ~~|
surge russia= 1.5 ~~|
INITIAL TIME= 0 ~~|
FINAL TIME= {weeks} ~~|
TIME STEP= 1 ~~|
SAVEPER= 1 ~~|
"""


def vensim() -> str:
    """The eight stocks in Vensim's language."""
    one, two = SIDES
    text = "{UTF-8}" + SIDE.format(a=one, b=two) + SIDE.format(a=two, b=one)
    constants = "".join(f"{k}= {v!r} ~~|\n" for k, v in values(normals(1)).items())
    return text + constants + CONTROL.format(weeks=campaign().steps)


def pysd_model() -> Any:
    """The model, read by PySD."""
    import pysd

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "eight_stocks.mdl"
        file.write_text(vensim())
        return pysd.read_vensim(str(file))


def agrees(model: Any) -> float:
    """The largest relative difference in strength between PySD's run and Salient's, for one draw."""
    z = normals(1)
    theirs = model.run(params=values(z), return_columns=[f"strength {s}" for s in SIDES])
    ours = run_numpy(campaign(), z, seed=1, record=("strength",))["strength"][:, :, 0, 0]
    return float(np.abs(theirs.to_numpy()[1:] / ours - 1).max())


def pysd_runs(model: Any, draws: int) -> Callable[[], object]:
    """PySD for one draw after another."""
    given = [values(normals(draws)[:, i : i + 1]) for i in range(draws)]
    columns = [f"{what} {s}" for what in RECORD for s in SIDES]
    return lambda: [model.run(params=one, return_columns=columns) for one in given]


def mesa_run(units: int) -> Callable[[], object]:
    """Mesa with so many units, each of which survives a week or not, for one draw."""
    import mesa

    one = values(normals(1))
    weeks = campaign().steps

    class Unit(mesa.Agent):
        """A unit of one side."""

        def __init__(self, model: Any, side: str) -> None:
            super().__init__(model)
            self.side = side

        def step(self) -> None:
            """Stand or fall."""
            if self.model.random.random() < self.model.chance[self.side]:
                self.model.left[self.side] -= 1
                self.remove()

    class War(mesa.Model):
        """Two sides."""

        def __init__(self) -> None:
            super().__init__(seed=1)
            whole = sum(one[f"start {s}"] for s in SIDES)
            self.size = whole / units
            self.left = {s: round(one[f"start {s}"] / self.size) for s in SIDES}
            self.chance = dict.fromkeys(SIDES, 0.0)
            for side in SIDES:
                for _ in range(self.left[side]):
                    Unit(self, side)

        def step(self) -> None:
            """A week."""
            part = {s: max(self.left[s], 1) * self.size / one[f"reference {s}"] for s in SIDES}
            for side, foe in (SIDES, SIDES[::-1]):
                h = one[f"rate {side}"] * part[foe] ** one["p"] * part[side] ** (one["q"] - 1)
                self.chance[side] = 1 - np.exp(-h)
            self.agents.shuffle_do("step")

    def work() -> object:
        model = War()
        for _ in range(weeks):
            model.step()
        return model.left

    return work


def cases(model: Any | None) -> list[Case]:
    """Salient first; what is not installed is left out."""
    weeks = campaign().steps
    z = normals(DRAWS)
    unit = "draw-weeks"
    many = partial(run, campaign(), z, seed=1, record=RECORD)
    alone = partial(run, campaign(), z[:, :1], seed=1, record=RECORD)
    one = partial(run_numpy, campaign(), z[:, :1], seed=1, record=RECORD)
    found = [
        Case("Salient, eight stocks, 10 000 draws", many, DRAWS * weeks, unit),
        Case("Salient, eight stocks, one draw", alone, weeks, unit),
        Case("Salient, eight stocks, one draw, NumPy", one, weeks, unit),
    ]  # fmt: skip
    if model is not None:
        found.append(
            Case(
                "PySD, eight stocks, draw by draw", pysd_runs(model, 3), 3 * weeks, unit, 400, 1500
            )
        )
    if importlib.util.find_spec("mesa"):
        for units in (2_000, 10_000):
            found.append(
                Case(f"Mesa, {units} units, one draw", mesa_run(units), weeks, unit, times=3)
            )
    return found


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, repeat=7)
    model = pysd_model() if importlib.util.find_spec("pysd") else None
    apart = None if model is None else agrees(model)
    show(measure(cases(model), options.repeat), options.json, largest_difference_to_PySD=apart)


if __name__ == "__main__":
    main()
