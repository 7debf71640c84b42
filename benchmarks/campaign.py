"""The campaign that is timed, and the deterministic equations as an analyst would write them for SciPy."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import prior_draws
from salient.scenario.loading import load

SCENARIO = "kursk-2024"
RECORD = ("area", "strength", "casualties", "fires", "supply", "regime")


@cache
def campaign() -> Campaign:
    """The packaged campaign with all that happened."""
    return compile_scenario(load(SCENARIO).scenario)


def normals(n: int) -> np.ndarray:
    """Draws from the prior, dims parameter, draws."""
    return prior_draws(tuple(r.name for r in campaign().priors.free), n, 1)


def state_size() -> int:
    """Number of state values of one draw."""
    c = campaign()
    cells = sum(math.prod(c.setting.shape(s.dims)) for m in c.mechanisms for s in m.stocks)
    return cells + 3


FLOWS, PIPE = 7, 21
SLICES = {
    "transit": slice(0, 21), "strength": slice(21, 23), "shells": slice(23, 25), "picture": slice(25, 27),
    "capacity": slice(27, 29), "ready": slice(29, 31), "vehicles": slice(31, 37), "damaged": slice(37, 39),
    "store": slice(39, 41), "works": slice(41, 43), "novelty": slice(43, 45), "quality": slice(45, 47),
    "wounded": slice(47, 49), "losses": slice(49, 51), "will": slice(51, 57), "area": slice(57, 58),
    "cut": slice(58, 59), "troops": slice(59, 60), "lost": slice(60, 61), "skill": slice(61, 62),
    "line": slice(62, 63), "deviation": slice(63, 64), "broken": slice(64, 65),
}  # fmt: skip


class Analyst:
    """One draw of a campaign of the same state size as an ODE in weeks, without noise and without breakthroughs.

    Hand-written with NumPy, as one writes a right-hand side for `scipy.integrate.solve_ivp`: the same stocks and flows
    in the same order, with inputs that are constant within a week.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rate = 0.016 * np.exp(0.5 * rng.standard_normal(2))
        self.delay = 5.0 * np.exp(0.5 * rng.standard_normal(FLOWS))
        self.reserve = 4.0 * np.exp(0.4 * rng.standard_normal(2))
        self.weight = 0.8 * np.exp(0.3 * rng.standard_normal(8))
        self.pace = 0.8 * np.exp(0.5 * rng.standard_normal())
        self.owner = np.array([0, 0, 0, 0, 0, 0, 1])
        self.share = np.full(FLOWS, 0.3)
        self.reference = np.array([17_000.0, 48_000.0])
        self.start = self._start()

    def _start(self) -> np.ndarray:
        y = np.zeros(65)
        y[SLICES["transit"]] = np.repeat(self.delay / 3, 3)
        y[SLICES["strength"]] = 13_000.0, 12_000.0
        y[SLICES["shells"]] = self.reserve
        y[SLICES["vehicles"]] = 0.45, 0.45, 0.4, 0.4, 0.15, 0.15
        for name in ("picture", "capacity", "ready", "store", "novelty", "quality", "skill"):
            y[SLICES[name]] = 1.0
        y[SLICES["works"]] = 0.2
        y[SLICES["area"]] = 700.0
        return y

    def level(self, t: float) -> np.ndarray:
        """Support by flow: the first and the third stop in week 30."""
        out = np.ones(FLOWS)
        if 30 <= t < 31:
            out[[0, 2]] = 0.0
        return out

    def __call__(self, t: float, y: np.ndarray) -> np.ndarray:
        """The right-hand side."""
        s = {k: y[v] for k, v in SLICES.items()}
        d = np.zeros_like(y)
        level = self.level(t)
        pipe = s["transit"].reshape(FLOWS, 3)
        out = pipe * (3.0 / self.delay * level)[:, None]
        d[SLICES["transit"]] = (np.column_stack([level, out[:, 0], out[:, 1]]) - out).ravel()
        missing = np.bincount(self.owner, self.share * (1.0 - out[:, 2]), minlength=2)
        surge = 1.5 if 10 <= t % 20 < 14 else 1.0
        tempo = np.array([1.0, 1.0 + (surge - 1.0) / (1 + np.exp(-(s["ready"][1] - 0.4) / 0.04))])
        fires = ((tempo**-6 + (s["shells"] / self.reserve) ** -6) / 2) ** (-1 / 6)
        d[SLICES["shells"]] = s["capacity"] * 0.5 + 0.5 - missing - fires
        d[SLICES["picture"]] = (1.0 - missing) - s["picture"]
        d[SLICES["capacity"]] = 0.25 / 52 * s["capacity"] * (1.0 - s["capacity"] / 1.6)
        d[SLICES["ready"]] = 0.1 * (1 - s["ready"]) - 0.15 * s["ready"] * np.maximum(tempo - 1, 0)
        through = 1.0 - 0.85 * s["cut"]
        supply = np.array([((1 + (1.6 * through[0]) ** -6) / 2) ** (-1 / 6), 1.0])
        sight = np.log((0.45 + 0.2 * s["picture"] + 0.2) / 0.85)
        effect = np.log(0.45 * fires**0.7 + 0.55)
        vehicles = s["vehicles"].reshape(3, 2)
        worth = (np.array([1.0, 0.75, 0.5]) @ np.maximum(vehicles, 1e-6) ** 0.8) ** 1.25
        allied = np.array([0.0, s["troops"][0] * s["skill"][0]])
        power = (
            self.weight[0] * effect + self.weight[1] * sight + self.weight[2] * np.log(supply)
            + np.log(s["ready"]) + 0.15 * np.log(worth) + np.log(tempo) + 0.5 * s["works"]
            + 0.3 * np.log((s["strength"] * s["quality"] + allied) / self.reference)
        )  # fmt: skip
        lethality = effect + sight + 0.6 * np.log(supply)
        exposure = np.log(tempo) - 0.4 * s["works"]
        relative = (s["strength"] + allied) / self.reference
        hazard = (
            self.rate * relative[::-1] ** 0.5 * relative**-0.25 * np.exp(lethality[::-1] + exposure)
        )
        lost = s["strength"] * hazard
        back = s["wounded"] / 12
        joined = (
            0.012 + 0.03 * np.maximum(1 - s["strength"] / self.reference, 0)
        ) * self.reference + back
        d[SLICES["strength"]] = joined - lost
        d[SLICES["wounded"]] = 0.4 * lost - back
        d[SLICES["quality"]] = 0.05 * (1.1 - s["quality"]) - joined / s["strength"] * (
            s["quality"] - 0.75
        )
        d[SLICES["losses"]] = hazard - 0.25 * s["losses"]
        broken_down = vehicles * hazard * 0.7
        drawn = np.maximum(1 - vehicles.sum(axis=0), 0) * s["store"] * 0.05
        change = -broken_down
        change[0] += 0.006
        change[2] += drawn + 0.1 * s["damaged"]
        d[SLICES["vehicles"]] = change.ravel()
        d[SLICES["damaged"]] = 0.3 * broken_down.sum(axis=0) - 0.1 * s["damaged"]
        d[SLICES["store"]] = -drawn
        d[SLICES["works"]] = 0.05 * (1 - s["works"]) - 0.02 * fires[::-1] * s["works"]
        d[SLICES["novelty"]] = 0.03 * (1 - s["novelty"])
        reach = 1 / (1 + np.exp(-(11 - 0.5 * np.sqrt(max(s["area"][0], 1.0))) / 3))
        d[SLICES["cut"]] = 0.35 * 0.4 * reach * (0.9 - s["cut"]) - 0.35 * s["cut"]
        d[SLICES["troops"]] = (4000.0 if 12 <= t < 14 else 0.0) - 2.2 * hazard[1] * s["troops"]
        d[SLICES["lost"]] = 2.2 * hazard[1] * s["troops"]
        d[SLICES["skill"]] = 0.08 * (1.3 - s["skill"])
        d[SLICES["line"]] = 1.0
        u = 2.63 * np.tanh((1 + power[1] - power[0]) / 2.5)
        d[SLICES["deviation"]] = -0.15 * s["deviation"]
        pace = self.pace * np.sinh(1.2 * u) / np.sinh(1.2) + s["deviation"][0]
        d[SLICES["area"]] = -pace * np.sqrt(max(s["area"][0], 0.0))
        return d


def solve(seed: int, weeks: int) -> np.ndarray:
    """A draw by SciPy, as an analyst would: default method and tolerances, weekly output."""
    from scipy.integrate import solve_ivp

    one = Analyst(seed)
    t = np.arange(weeks + 1.0)
    done = solve_ivp(one, (0.0, float(weeks)), one.start, t_eval=t, max_step=1.0)
    assert done.success
    return done.y
