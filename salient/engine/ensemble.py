"""Many draws at once: blocks of a fixed size, aligned to global draw ids, over a pool of threads.

Every block has the same shape, so one program is compiled and a draw has the same bytes whatever the number of draws,
the chunk or the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.compiled import Compiled
from salient.engine.step import initial_state, inputs_at, noise_at, parameters, silence, step
from salient.mechanisms.base import CORE
from salient.mechanisms.declared import outside
from salient.numerics import Array, where, zeros_like
from salient.scenario.schema import Scenario

BLOCK = 500
"""Draws computed together. Part of a run's record, since another size may change the last bits."""

Record = dict[str, np.ndarray]
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Start:
    """What a run is given of the past: the area by week up to its origin, and the state at the origin by draw.

    area: [week + 1, sector], as observed (used up to and including `origin`); origin: weeks that are forced.
    at: stocks to set at the origin, [*dims, draws]; empty to go on from the forced run.
    """

    area: np.ndarray
    origin: int
    at: Mapping[str, np.ndarray]


def free_start(campaign: Campaign) -> Start:
    """A run that is forced by nothing: it begins with the scenario's opening."""
    n = campaign.setting.size("sector")
    return Start(np.zeros((campaign.steps + 1, n)), 0, {})


def shape_key(campaign: Campaign, record: tuple[str, ...], at: tuple[str, ...]) -> tuple[Any, ...]:
    """What a compiled program depends on; campaigns that share it share the program."""
    priors = campaign.priors
    return (
        campaign.scenario.model_dump_json(
            include={
                "scenario",
                "belligerents",
                "sectors",
                "contingents",
                "supply_lines",
                "supply_nodes",
                "belts",
                "supporters",
            }
        ),
        tuple((m.slot, m.name) for m in campaign.mechanisms),
        priors.names,
        len(priors.free),
        tuple(r.kind for r in priors.rows),
        campaign.steps,
        campaign.setting.step_weeks,
        record,
        at,
    )


def lasting(campaign: Campaign, key: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """The key under which a program can be kept for other processes; none if source from outside Salient is in it."""
    own = not any(outside(m) for m in campaign.mechanisms)
    return (what, *key, repr(campaign.setting)) if own else ()


class Program:
    """A compiled run for every campaign of one shape."""

    _known: dict[tuple[Any, ...], Program] = {}  # noqa: RUF012

    def __init__(
        self, campaign: Campaign, record: tuple[str, ...], key: tuple[Any, ...] = ()
    ) -> None:
        self.record = record
        self.campaign = campaign
        self.call = Compiled(self.trace, key)

    @classmethod
    def of(cls, campaign: Campaign, record: tuple[str, ...], at: tuple[str, ...]) -> Program:
        """The program for a campaign, compiled before if another of its shape was."""
        key = shape_key(campaign, record, at)
        if key not in cls._known:
            cls._known[key] = cls(campaign, record, lasting(campaign, key, "run"))
        return cls._known[key]

    def trace(self, z: Array, draws: Array | None, data: dict[str, Any]) -> dict[str, Array]:
        """The run as JAX sees it. Without draws nothing is random: noise is 0, uniforms are one half."""
        import jax

        campaign = self.campaign
        values = campaign.priors.natural(z, data["mu"], data["sd"])
        p = parameters(campaign, values)
        state = initial_state(campaign, values)
        levels = {k: values[rows] for k, rows in data["rows"].items()}

        def week(
            state: dict[str, Array], x: dict[str, Any]
        ) -> tuple[dict[str, Array], dict[str, Array]]:
            t, like = x["t"], zeros_like(values[0])
            state = {
                k: _set_at(v, data["at"].get(k), t == data["origin"]) for k, v in state.items()
            }
            inputs = {k: inputs_at(x["base"][k], x["weights"][k], levels[k]) for k in x["base"]}
            shocks = (
                silence(campaign, like)
                if draws is None
                else noise_at(campaign, data["seed"], draws, t)
            )
            forced = (t + 1 <= data.get("forced", data["origin"])).astype(values.dtype)
            given = x.get("given", {})  # what abduction knows of the past takes the place of chance
            shocks |= {k: where(t < data["known"], v, shocks[k]) for k, v in given.items()}
            after, w = step(
                campaign,
                p,
                state,
                inputs,
                shocks,
                like,
                x["area_next"][:, None],
                forced,
                x.get("unexplained"),
            )
            return after, {k: after[k] if k in CORE else getattr(w, k) for k in self.record}

        _, out = jax.lax.scan(week, state, data["weeks"])
        return out


def _set_at(value: Array, start: Array | None, now: Array) -> Array:
    return value if start is None else where(now, start, value)


def week_data(campaign: Campaign, start: Start, seed: int) -> dict[str, Any]:
    """Everything of a run but its draws, as arrays for the compiled program."""
    return {
        "mu": np.array([r.mu for r in campaign.priors.rows]),
        "sd": np.array([r.sd for r in campaign.priors.rows]),
        "seed": np.uint32(seed),
        "origin": np.int32(start.origin),
        "rows": {k: path.rows for k, path in campaign.paths.items()},
        "weeks": {
            "t": np.arange(campaign.steps, dtype=np.int32),
            "area_next": start.area[1:],
            "base": {k: path.base for k, path in campaign.paths.items()},
            "weights": {k: path.weights for k, path in campaign.paths.items()},
        },
    }


def run(
    campaign: Campaign,
    z: np.ndarray,
    *,
    seed: int,
    record: Sequence[str],
    start: Start | None = None,
    first_draw: int = 0,
    noise_of: np.ndarray | None = None,
) -> Record:
    """Run every draw of z, dims free parameter, draws. Returns each recorded name as [week, *dims, draws].

    Stocks of the core (`area`, `strength`) are recorded at the end of the week, all else within it.
    noise_of: for each draw the id whose random numbers it takes, so that several draws can share them; a draw's own
    place in the run when left out.
    """
    start = start or free_start(campaign)
    program = Program.of(campaign, tuple(record), tuple(sorted(start.at)))
    data = week_data(campaign, start, seed)
    before = first_draw % BLOCK
    z, at = _after(z, before), {k: _after(v, before) for k, v in start.at.items()}
    blocks = [slice(i, min(i + BLOCK, z.shape[-1])) for i in range(0, z.shape[-1], BLOCK)]

    def one(block: slice) -> Record:
        width = block.stop - block.start
        here = {k: padded(v[..., block]) for k, v in at.items()}
        ids = (first_draw - before + block.start + np.arange(BLOCK)).astype(np.uint32)
        if noise_of is not None:
            ids = padded(_after(noise_of.astype(np.uint32), before)[block])
        out = program.call(padded(z[:, block]), ids, {**data, "at": here})
        return {k: np.asarray(v)[..., :width] for k, v in out.items()}

    done = over_blocks(one, blocks)
    return {k: np.concatenate([d[k] for d in done], axis=-1)[..., before:] for k in done[0]}


def _after(x: np.ndarray, n: int) -> np.ndarray:
    """The array behind n more draws, repeats of its first, that bring it to its place in a block."""
    return np.concatenate([np.repeat(x[..., :1], n, axis=-1), x], axis=-1) if n else x


@dataclass(frozen=True)
class Execution:
    """How blocks are worked off: threads, and draws in flight at once. Neither changes a byte of what comes out."""

    workers: int = 2
    chunk: int = 4000


_AS_USUAL = Execution()
execution: ContextVar[Execution] = ContextVar("execution", default=_AS_USUAL)


def over_blocks(function: Callable[[T], U], blocks: Sequence[T]) -> list[U]:
    """Apply a function to blocks in threads, a chunk of them at a time, results in order."""
    how = execution.get()
    at_once = max(how.chunk // BLOCK, 1)
    done: list[U] = []
    with ThreadPoolExecutor(how.workers) as pool:
        for i in range(0, len(blocks), at_once):
            done += pool.map(function, blocks[i : i + at_once])
    return done


def padded(x: np.ndarray) -> np.ndarray:
    """The array with its last axis brought to BLOCK by repeating the last draw."""
    missing = BLOCK - x.shape[-1]
    return np.concatenate([x, np.repeat(x[..., -1:], missing, axis=-1)], axis=-1) if missing else x


def run_numpy(
    campaign: Campaign,
    z: np.ndarray,
    *,
    seed: int,
    record: Sequence[str],
    start: Start | None = None,
) -> Record:
    """The same run in plain NumPy, week by week: the reference in tests, and quick for a few draws."""
    start = start or free_start(campaign)
    values = campaign.priors.natural(z)
    p = parameters(campaign, values)
    state = initial_state(campaign, values)
    levels = {k: values[x.rows] for k, x in campaign.paths.items()}
    draws = np.arange(z.shape[-1], dtype=np.uint32)
    rows: dict[str, list[np.ndarray]] = {k: [] for k in record}
    for t in range(campaign.steps):
        if t == start.origin:
            state = {**state, **start.at}
        inputs = {
            k: inputs_at(x.base[t], x.weights[t], levels[k]) for k, x in campaign.paths.items()
        }
        shocks = noise_at(campaign, np.uint32(seed), draws, np.uint32(t))
        forced = float(t + 1 <= start.origin)
        state, w = step(
            campaign, p, state, inputs, shocks, 0.0 * values[0], start.area[t + 1][:, None], forced
        )
        for k in record:
            rows[k].append(state[k] if k in CORE else getattr(w, k))
    return {k: np.stack(v) for k, v in rows.items()}


def try_once(scenario: Scenario) -> None:
    """Run the first draw in plain NumPy. Raises MechanismError for a rule that cannot be run or is not as declared."""
    campaign = compile_scenario(scenario)
    z = np.zeros((len(campaign.priors.free), 1))
    run_numpy(campaign, z, seed=0, record=("area",))


@lru_cache(maxsize=8)
def prior_draws(names: tuple[str, ...], n: int, seed: int) -> np.ndarray:
    """Standard normals for parameters by name, dims parameter, draws: the same whatever else is in the table."""
    from salient.engine.noise import normal, stream

    keys = np.array([stream("prior", name) for name in names], dtype=np.uint32)
    return np.asarray(normal(np.uint32(seed), keys, np.arange(n, dtype=np.uint32), np.uint32(0)))
