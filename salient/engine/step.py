"""One week of a campaign: every chosen mechanism's rule, the core stocks, then every mechanism's close."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from salient.engine import noise
from salient.engine.compile import Campaign
from salient.errors import nearest
from salient.mechanisms.base import CHANNELS, Input, Mechanism, Noise, Signal, Stock
from salient.mechanisms.declared import as_declared, outside, refused
from salient.numerics import Array, maximum, minimum, ndtri

State = dict[str, Array]
Rule = Callable[[Any, Any], Mapping[str, Array]]


class Week(SimpleNamespace):
    """What a mechanism sees of a week: stocks, signals, channels, inputs and noise by name, and `setting`."""

    def __getattr__(self, name: str) -> Any:
        """Only asked for what is not there."""
        near = nearest(name, vars(self))
        raise AttributeError(
            f"a week has no '{name}'" + (f"; did you mean '{near}'?" if near else "")
        )

    def add(self, effects: Mapping[str, Array]) -> None:
        """Channels gather what is added to them; anything else is set."""
        for name, value in effects.items():
            setattr(self, name, getattr(self, name) + value if name in CHANNELS else value)


def parameters(campaign: Campaign, values: Array) -> dict[str, SimpleNamespace]:
    """Natural values by slot and parameter, dims as declared and draws last, from values of dims row, draws."""
    return {
        slot: SimpleNamespace(
            **{
                name: values[rows] if rows.shape else values[int(rows)]
                for name, rows in table.items()
            }
        )
        for slot, table in campaign.parameter_rows.items()
    }


def inputs_at(base: Array, weights: Array, levels: Array) -> Array:
    """An input in one week: base + sum of weight x level; dims of the input, and draws.

    levels: [term, draws], the values at a path's rows, gathered once for all weeks.
    """
    return base[..., None] + (weights[..., None] * levels).sum(axis=-2)


def initial_state(campaign: Campaign, values: Array) -> State:
    """Every stock at the start of the period."""
    p = parameters(campaign, values)
    state = {
        "strength": p["forces"].strength,
        "area": campaign.setting.initial_area + 0.0 * values[0],
    }
    for m in campaign.mechanisms:
        for s in m.stocks:
            shape = (*campaign.setting.shape(s.dims), values.shape[-1])
            state[s.name] = s.initial(p[m.slot], campaign.setting) + np.zeros(shape)
    return state


def streams(campaign: Campaign) -> Iterator[tuple[Noise, np.ndarray]]:
    """Every noise stream of the chosen mechanisms with the keys of its cells."""
    names = campaign.setting.names
    for m in campaign.mechanisms:
        for n in m.noise:
            cells = [(c,) for c in names[n.dims[0]]]
            yield n, np.array([noise.stream(n.name, *c) for c in cells], dtype=np.uint32)


def noise_at(campaign: Campaign, seed: Any, draws: Array, week: Any) -> dict[str, Array]:
    """All noise of one week, by stream name, dims of the stream and draws. One call of the generator makes it all."""
    made = list(streams(campaign))
    keys = np.concatenate([k for _, k in made]) if made else np.zeros(0, np.uint32)
    flat = noise.uniform(seed, keys, draws, week)
    out: dict[str, Array] = {}
    first = 0
    for n, k in made:
        rows = flat[first : first + len(k)]
        out[n.name] = ndtri(rows) if n.kind == "normal" else rows
        first += len(k)
    return out


def silence(campaign: Campaign, like: Array) -> dict[str, Array]:
    """Noise that does nothing: 0 for normals, one half for uniforms."""
    return {
        n.name: np.full((len(keys), 1), 0.0 if n.kind == "normal" else 0.5) + like
        for n, keys in streams(campaign)
    }


def blank(campaign: Campaign, like: Array) -> dict[str, Array]:
    """Channels at 0, signals and inputs at their neutral values: what stands when no mechanism speaks."""
    setting = campaign.setting
    out = {
        name: np.zeros((*setting.shape(dims), 1)) + 0.0 * like
        for name, (dims, _) in CHANNELS.items()
    }
    for m in _all_declared():
        stands: tuple[Signal | Input, ...] = (*m.signals, *m.inputs)
        for s in stands:
            out.setdefault(s.name, np.full((*setting.shape(s.dims), 1), s.neutral) + 0.0 * like)
    return out


def _all_declared() -> list[Mechanism]:
    from salient.mechanisms.registry import choices

    return [m for slot in choices().values() for m in slot.values()]


def step(
    campaign: Campaign,
    p: Mapping[str, Any],
    state: State,
    inputs: Mapping[str, Array],
    shocks: Mapping[str, Array],
    like: Array,
    area_next: Array | None = None,
    forced: Array | float = 0.0,
    unexplained: Array | None = None,
) -> tuple[State, Week]:
    """Advance a week. Returns the state at its end and the week with all that was said in it.

    area_next, forced: where forced is 1 the area at the end of the week is area_next, as observed. unexplained: share
    of the area by which it changes beyond what any mechanism says, in a past that is run again.
    """
    w = Week(setting=campaign.setting, **{**blank(campaign, like), **state, **inputs, **shocks})
    for m in campaign.mechanisms:
        w.add(_said(m, m.rule, w, p[m.slot]))
    if unexplained is not None:
        w.area_flow = w.area_flow + unexplained * w.area
    w.area_next = _area_next(campaign, w, area_next, forced)
    closing: State = {}
    for m in campaign.mechanisms:
        if m.close is not None:
            effects = _said(m, m.close, w, p[m.slot])
            w.add({k: v for k, v in effects.items() if k in CHANNELS})
            closing.update({k: v for k, v in effects.items() if k not in CHANNELS})
    after = {**state, **closing}
    after["strength"] = maximum(w.strength + w.strength_flow, 1.0)
    after["area"] = w.area_next
    return after, w


def _said(m: Mechanism, rule: Rule, w: Week, p: Any) -> Mapping[str, Array]:
    """What a rule says, held to its declaration. Raises MechanismError where it does not keep to it."""
    try:
        said = rule(w, p)
    except (AttributeError, IndexError, KeyError, NameError, TypeError, ValueError) as e:
        if not outside(m):
            raise
        raise refused(m, f"its rule cannot be run: {str(e).splitlines()[0]}") from e
    parts: tuple[Signal | Stock, ...] = (*m.signals, *m.stocks)
    dims = {k: d for k, (d, _) in CHANNELS.items()} | {x.name: x.dims for x in parts}
    return as_declared(m, said, {k: w.setting.shape(dims[k]) for k in said if k in dims})


def _area_next(campaign: Campaign, w: Week, observed: Array | None, forced: Array | float) -> Array:
    free = minimum(maximum(w.area + w.area_flow, 0.0), campaign.setting.contested)
    return free if observed is None else forced * observed + (1.0 - forced) * free
