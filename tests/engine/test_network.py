"""Cuts of supply graphs against the maximum flow that SciPy finds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from salient.engine.compile import compile_scenario
from salient.engine.network import cuts
from salient.engine.setting import UNLIMITED, Setting
from salient.scenario.loading import load

SEEDS = st.integers(0, 2**32 - 1)
DEPOTS = ("a", "b")
Graph = tuple[list[tuple[str, str]], np.ndarray, list[str]]


def random_graph(seed: int, junctions: int = 5, sectors: int = 4) -> Graph:
    """A graph of depots, junctions and sectors with whole capacities."""
    rng = np.random.default_rng(seed)
    inner = [*DEPOTS, *(f"j{i}" for i in range(junctions))]
    names = [f"s{i}" for i in range(sectors)]
    edges = [(x, y) for i, x in enumerate(inner) for y in inner[i + 1 :] if rng.random() < 0.35]
    edges += [(x, y) for x in inner for y in names if rng.random() < 0.3]
    return edges, rng.integers(1, 40, len(edges)), names


def flow(graph: Graph, wants: dict[str, int]) -> int:
    """The most that can reach sectors that want no more than this, from all depots, by SciPy."""
    edges, capacity, sectors = graph
    places = [*dict.fromkeys(end for e in edges for end in e), "start", "end"]
    for name in (*DEPOTS, *sectors):
        places += [name] if name not in places else []
    at = {name: i for i, name in enumerate(places)}
    table = np.zeros((len(at), len(at)), dtype=np.int32)
    for (x, y), c in zip(edges, capacity, strict=True):
        table[at[x], at[y]] += c
        if y not in sectors:
            table[at[y], at[x]] += c
    for d in DEPOTS:
        table[at["start"], at[d]] = 10**6
    for name, want in wants.items():
        table[at[name], at["end"]] = want
    return int(maximum_flow(csr_array(table), at["start"], at["end"]).flow_value)


def setting(graph: Graph) -> Setting:
    """A setting with one side's supply graph."""
    edges, _, sectors = graph
    found = cuts(edges, DEPOTS, sectors)
    n = len(sectors)
    one = np.ones((n, 1))
    names = {
        "side": ("x", "y"), "sector": tuple(sectors), "line": tuple(str(k) for k in range(len(edges))),
    }  # fmt: skip
    return Setting(
        names, (), (), (), (), (), (0,) * len(edges), ((),) * len(edges), (0,) * n, ("open",) * n,
        one, one, np.ones((2, n, 1)),
        cuts=tuple((c.lines, tuple((0, j) for j, s in enumerate(sectors) if s in c.sectors)) for c in found),
    )  # fmt: skip


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_sector_alone_gets_the_maximum_flow(seed: int) -> None:
    graph = random_graph(seed, sectors=1)
    most = flow(graph, {"s0": 10**6})
    want = np.full((2, 1, 1), 7.0)
    got = setting(graph).least_cut(graph[1][:, None].astype(float), want)[0, 0, 0]
    assert got == pytest.approx(min(most / 7.0, UNLIMITED) if most else UNLIMITED)


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_what_sectors_get_can_flow_together_and_no_common_share_is_larger(seed: int) -> None:
    graph = random_graph(seed)
    rng = np.random.default_rng(seed)
    scale = 1_000  # so that shares become whole numbers
    graph = (graph[0], graph[1] * scale, graph[2])
    wants = rng.integers(5, 60, 4) * scale
    demand = np.stack([wants, wants])[:, :, None].astype(float)
    got = setting(graph).least_cut(graph[1][:, None].astype(float), demand)[0, :, 0]
    joined = [k for k, s in enumerate(graph[2]) if flow(graph, {s: 1})]
    sent = {graph[2][k]: int(got[k] * wants[k]) for k in joined if got[k] < UNLIMITED}
    assert flow(graph, sent) == sum(sent.values())
    for k in set(range(4)) - set(joined):
        assert got[k] == UNLIMITED
    if joined and (least := got[joined].min()) < UNLIMITED:
        common = {graph[2][k]: int(1.01 * least * wants[k]) + 1 for k in joined}
        assert flow(graph, common) < sum(common.values())


@given(seed=SEEDS, line=st.integers(0, 100), share=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_a_line_that_carries_less_never_brings_more(seed: int, line: int, share: float) -> None:
    graph = random_graph(seed)
    made, whole = setting(graph), graph[1][:, None].astype(float)
    hit = whole.copy()
    if len(whole):
        hit[line % len(whole)] *= share
    demand = np.full((2, 4, 1), 20.0)
    assert (made.least_cut(hit, demand) <= made.least_cut(whole, demand)).all()


def test_a_chain_has_one_cut_for_each_line_and_parallel_roads_one_together() -> None:
    chain = [("a", "j"), ("j", "k"), ("k", "s")]
    assert [c.lines for c in cuts(chain, {"a"}, {"s"})] == [(0,), (1,), (2,)]
    assert [c.lines for c in cuts([("a", "s"), ("a", "s")], {"a"}, {"s"})] == [(0, 1)]
    assert cuts([("j", "s")], {"a"}, {"s"}) == ()


def test_goods_do_not_pass_through_a_sector() -> None:
    found = cuts([("a", "s"), ("j", "s"), ("j", "t")], {"a"}, {"s", "t"})
    assert {name for c in found for name in c.sectors} == {"s"}


def test_the_front_has_few_cuts_and_every_sector_is_fed() -> None:
    campaign = compile_scenario(load("ukraine-front").scenario)
    made = campaign.setting
    assert len(made.cuts) < 300
    capacity = np.array(
        [[x.capacity.centre] for x in campaign.scenario.supply_lines.values() if x.capacity]
    )
    ratio = made.least_cut(capacity, made.reference)
    assert (ratio > 1.2).all()
    assert (ratio < 2.0).all()


def test_gradients_pass_through_the_least_cut() -> None:
    import jax

    graph = random_graph(4)
    made, whole = setting(graph), graph[1][:, None].astype(float)
    demand = np.full((2, 4, 1), 20.0)
    with jax.enable_x64(True):
        grad = jax.grad(lambda c: made.least_cut(c, jax.numpy.asarray(demand))[0].sum())
        slope = np.asarray(grad(whole))
    assert np.isfinite(slope).all()
    assert (slope >= 0).all()
    assert (slope > 0).any()


def test_rising_wants_lower_shares() -> None:
    graph = random_graph(11)
    made, whole = setting(graph), graph[1][:, None].astype(float)
    ratios = [made.least_cut(whole, np.full((2, 4, 1), want)) for want in (10.0, 20.0, 40.0)]
    for less, more in pairwise(ratios):
        assert (more <= less).all()
