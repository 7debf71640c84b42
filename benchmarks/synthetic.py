"""Made-up worlds whose causes are known, and what the model makes of their maps: for the studies of known effects and
of known claims.

A world is one draw of the priors and of chance, run free; what each driver did in it is had by running it without.
An analyst then sees a weekly map of it, with the error of a map, fits the same model and asks. The analyst's scenario
also has two events that never happened.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import prior_draws
from salient.inference import smc
from salient.inference.fit import Fit
from salient.inference.observations import Maps, Observations
from salient.inference.posterior import Posterior
from salient.mechanisms.advance import root, squared
from salient.questions import worlds
from salient.questions.attribution import Game, play
from salient.scenario.loading import Loaded, load
from salient.scenario.schema import Driver

SCENARIO = """
scenario: made-up
title: A made-up campaign
summary: One sector, four drivers of which one is a decoy.
question: What was the lost ground due to?
region: Nowhere
country: UA
period: {start: 2024-01-01, end: 2024-07-29, step: 1 week}
belligerents:
  holder: {name: Holder, adjective: Holding, country: UA}
  presser: {name: Presser, adjective: Pressing, country: RU}
sectors:
  here:
    name: Here
    country: UA
    holder: holder
    held: Ground held here
    contested_area: 2000 km2
    initial_area: 1200 km2
    terrain: open
    forces:
      holder: {strength: 12000 (8000 .. 18000) soldiers, fortification: 0.3 (0.1 .. 0.6)}
      presser: {strength: 14000 (9000 .. 21000) soldiers, fortification: 0.2 (0.1 .. 0.4)}
supporters:
  friend:
    name: Friend
    supports: holder
    flows:
      weapons: {kind: weapons, share: 0.6 (0.3 .. 0.85), delay: 2 (1 .. 4) weeks}
  ally:
    name: Ally
    supports: presser
    flows:
      shells: {kind: weapons, class: shells, share: 0.2 (0.1 .. 0.4), delay: 2 (1 .. 4) weeks}
contingents:
  corps:
    name: Corps
    supporter: ally
    side: presser
    sectors: [here]
    quality:
      assault: 0.9 (0.4 .. 1.6)
      hold: 0.8 (0.4 .. 1.4)
      irregular: 0.9 (0.5 .. 1.5)
      technical: 0.5 (0.2 .. 0.9)
    arrivals: [{date: 2024-03-25, soldiers: 4000 .. 9000 soldiers, over: 1 week}]
mechanisms:
  support: pipeline
  posture: stance
  ammunition: stock
  contingents: pooled
  manpower: replacement
  attrition: fires
  advance: power-ratio
  breakthrough: regime
events:
  - id: surge
    date: 2024-03-25
    until: 2024-05-20
    kind: surge
    side: presser
    sector: here
    level: 1.2 .. 3
    text: It was.
  - {id: halt, date: 2024-05-06, kind: support, supporter: friend, flow: weapons, level: 0, text: It was.}
  - id: decoy
    date: 2024-06-10
    until: 2024-07-08
    kind: surge
    side: presser
    sector: here
    level: 1.1 .. 2.5
    text: It never was.
  - id: sham
    date: 2024-06-10
    until: 2024-07-08
    kind: surge
    side: holder
    sector: here
    level: 0.6 .. 1.67
    text: It never was, and could have been either way.
drivers:
  surge: {title: Surge, alternative: {without: [surge]}}
  corps: {title: Corps, alternative: {absent: [corps]}}
  halt: {title: Halt, alternative: {without: [halt]}}
  decoy: {title: Decoy, alternative: {without: [decoy]}}
  sham: {title: Sham, alternative: {without: [sham]}, effect: [events.sham]}
observe:
  area: [{sector: here, dataset: kursk-area, column: best_km2, mapper: Map, noise: 0.4 (0.2 .. 0.9) km}]
"""
REAL = ("surge", "corps", "halt")
DECOY, SHAM = "decoy", "sham"
"""Events that never were: of the first the model is told that it can only have cost ground, of the second nothing."""
PAIR = ("surge", "corps")
"""The two that begin in one week."""
WINDOW = dt.date(2024, 3, 4), dt.date(2024, 7, 29)
SEED = 11


@cache
def loaded() -> Loaded:
    """The scenario as the analyst has it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up"
        path.mkdir()
        (path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        return load(path)


@cache
def campaign() -> Campaign:
    """The campaign as the analyst compiles it."""
    return compile_scenario(loaded().scenario)


def drivers(*names: str) -> dict[str, Driver]:
    """Drivers of the scenario by name."""
    return {n: loaded().scenario.drivers[n] for n in names}


@dataclass(frozen=True)
class Truth:
    """What is known of made-up worlds. maps: published areas, km2 [week + 1, world]; game: of the real drivers."""

    maps: np.ndarray
    game: Game


@cache
def truths(count: int) -> Truth:
    """Draw so many worlds, all in one run: the first ones are the same however many there are."""
    c = campaign()
    z = prior_draws(tuple(r.name for r in c.priors.free), count, SEED)
    past = worlds.unobserved(c, z, SEED)
    gone = worlds.Maker(c, worlds.factual_world(c)).world(
        [d.alternative for d in drivers(DECOY, SHAM).values()]
    )
    real = replace(c, paths=gone.paths)
    past = replace(past, campaign=real)
    run = worlds.run_world(past, worlds.factual_world(real), 0)
    start = c.setting.initial_area[:, :1] + np.zeros((1, count))
    area = np.concatenate([start, run["area"][:, 0]])
    values = c.priors.natural(z)
    sd = values[c.priors.index["observe.area.0.noise"]]
    error = np.stack(
        [np.random.default_rng([SEED, i]).standard_normal(c.steps + 1) for i in range(count)]
    )
    maps = np.maximum(squared(np.maximum(root(area) + sd * error.T, 0.0)), 0.5)
    asked = worlds.outcome_of(c, "area:here", *WINDOW)
    return Truth(maps, _without_decoy(past, asked))


def _without_decoy(past: worlds.Past, asked: worlds.Outcome) -> Game:
    """The game of the drivers that are real; `play` takes alternatives from a scenario that has no decoy either."""
    s = past.campaign.scenario
    events = [e for e in s.events if e.id not in (DECOY, SHAM)]
    scenario = s.model_copy(update={"events": events})
    return play(
        replace(past, campaign=replace(past.campaign, scenario=scenario)), drivers(*REAL), asked
    )


def fitted(world: int, count: int, particles: int = 500, keep: Path | None = None) -> Fit:
    """The analyst's fit to the maps of one world, from `keep` where an earlier run left it there."""
    c = campaign()
    km2 = truths(count).maps[None, :, world, None]
    seen = Observations(
        Maps(
            km2,
            np.ones(km2.shape, dtype=bool),
            np.zeros((1, 1)),
            ("observe.area.0.noise",),
            ("Map",),
        ),
        (),
        (),
    )
    posterior = Posterior(c, seen, c.origin)
    file = keep / f"fit-{particles}-{world}.npz" if keep else None
    if file is not None and file.is_file():
        z = np.load(file)["z"]
        return Fit(posterior, world, "smc", z, np.nan, np.nan, np.nan, 0, None)
    plan = smc.Plan(particles=particles, moves=6, last_moves=16)
    found = smc.sample(posterior.names, posterior.evaluate, world, plan)
    if file is not None:
        aside = file.with_suffix(".partial.npz")
        np.savez(aside, z=found.z)
        aside.replace(file)
    return Fit(
        posterior,
        world,
        "smc",
        found.z,
        found.accepted[-1],
        found.unique,
        float(found.moved.min()),
        0,
        None,
    )


def study(
    name: str,
    one: Callable[[int], dict[str, Any]],
    count: int,
    keep: Path | None,
    first: int = 0,
) -> list[dict[str, Any]]:
    """What `one` finds in each world from the first up to `count`; with a folder, JSON lines there to go on from."""
    file = None
    done: list[dict[str, Any]] = []
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        file = keep / f"{name}.jsonl"
        if file.is_file():
            lines = file.read_text(encoding="utf-8").splitlines()
            done = [d for d in map(json.loads, filter(None, lines)) if first <= d["world"] < count]
    have = {d["world"] for d in done}
    for world in (i for i in range(first, count) if i not in have):
        done.append(one(world))
        if file is not None:
            with file.open("a", encoding="utf-8") as f:
                f.write(json.dumps(done[-1]) + "\n")
    return done
