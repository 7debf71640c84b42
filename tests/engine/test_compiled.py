import numpy as np
import pytest

from salient.engine import compiled
from salient.engine.compiled import Compiled


def doubled(x):
    import jax.numpy as jnp

    return {"twice": 2.0 * x, "all": jnp.sum(x)}


def never(x):
    raise AssertionError("traced again")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SALIENT_CACHE", str(tmp_path))
    return tmp_path / "programs"


def test_another_process_loads_what_one_traced(folder):
    x = np.arange(3.0)
    first = Compiled(doubled, ("test",))(x)
    assert len(list(folder.iterdir())) == 1
    again = Compiled(never, ("test",))(x)
    assert (np.asarray(again["twice"]) == np.asarray(first["twice"])).all()
    assert float(again["all"]) == 3.0


def test_other_shapes_types_keys_and_sources_are_other_programs(folder, monkeypatch):
    call = Compiled(doubled, ("test",))
    call(np.arange(3.0))
    for x in (np.arange(4.0), np.arange(3)):
        assert float(call(x)["all"]) == x.sum()
    Compiled(doubled, ("another",))(np.arange(3.0))
    monkeypatch.setattr(compiled, "_source", lambda: "changed")
    Compiled(doubled, ("test",))(np.arange(3.0))
    assert len(list(folder.iterdir())) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda w: b"",
        lambda w: b"no program",
        lambda w: w[: len(w) // 2],
        lambda w: w[:-9] + b"0" * 9,
    ],
)
def test_a_damaged_file_is_traced_anew(folder, damage):
    x = np.arange(3.0)
    Compiled(doubled, ("test",))(x)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert float(Compiled(doubled, ("test",))(x)["all"]) == 3.0
    assert float(Compiled(never, ("test",))(x)["all"]) == 3.0


def test_a_folder_that_cannot_be_made_is_done_without(folder):
    folder.write_text("a file in the way")
    assert float(Compiled(doubled, ("test",))(np.arange(3.0))["all"]) == 3.0


def test_without_a_key_nothing_is_kept(folder):
    assert float(Compiled(doubled, ())(np.arange(3.0))["all"]) == 3.0
    assert not folder.exists()


def test_threads_trace_only_once(folder):
    from concurrent.futures import ThreadPoolExecutor

    seen = []

    def once(x):
        seen.append(1)
        return 2.0 * x

    call = Compiled(once, ("threads",))
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(call, [np.full(3, float(i)) for i in range(8)]))
    assert [float(m[0]) for m in made] == [2.0 * i for i in range(8)]
    assert len(seen) == 1


def test_a_mechanism_from_outside_is_never_kept():
    from dataclasses import replace

    from salient.engine.compile import compile_scenario
    from salient.engine.ensemble import lasting
    from salient.scenario.loading import load

    campaign = compile_scenario(load("kursk-2024").scenario, None)
    assert lasting(campaign, ("key",), "run")[:2] == ("run", "key")
    alien = replace(campaign.mechanisms[0], rule=never)
    assert lasting(replace(campaign, mechanisms=(alien,)), ("key",), "run") == ()


def traced(campaign):
    """The run's program as text, and the constants in it."""
    import jax

    from salient.engine.ensemble import BLOCK, Program, free_start, week_data

    program = Program(campaign, ("area", "casualties"))
    z, ids = np.zeros((len(campaign.priors.free), BLOCK)), np.arange(BLOCK, dtype=np.uint32)
    made = jax.make_jaxpr(program.trace)(
        z, ids, {**week_data(campaign, free_start(campaign), 1), "at": {}}
    )
    return str(made.jaxpr), [np.asarray(c) for c in made.consts]


@pytest.mark.parametrize(
    ("change", "as_of", "branch", "shared"),
    [
        ("events.us-weapons-paused.date=2025-02-20", "2025-03-11", None, True),
        ("period.as_of=2025-01-13", "2025-01-13", None, False),
        (None, "2025-03-11", "support-wanes", True),
        ("sectors.kursk.terrain=forest", "2025-03-11", None, False),
    ],
)
def test_campaigns_of_one_key_have_one_program(change, as_of, branch, shared):
    import datetime as dt

    from salient.engine.compile import compile_scenario
    from salient.engine.ensemble import lasting, shape_key
    from salient.scenario.loading import load

    def keyed(campaign):
        key = shape_key(campaign, ("area", "casualties"), ())
        return lasting(campaign, key, "run"), traced(campaign)

    day = dt.date.fromisoformat(as_of)
    one, first = keyed(compile_scenario(load("kursk-2024").scenario, dt.date(2025, 3, 11)))
    other = load("kursk-2024", [change] if change else []).scenario
    two, second = keyed(compile_scenario(other, day, branch))
    same = first[0] == second[0] and all(
        np.array_equal(a, b) for a, b in zip(first[1], second[1], strict=True)
    )
    assert (one == two) is shared
    assert same or not shared
