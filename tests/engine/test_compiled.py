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
    assert lasting(campaign, ("key",), "run") == ("run", "key")
    alien = replace(campaign.mechanisms[0], rule=never)
    assert lasting(replace(campaign, mechanisms=(alien,)), ("key",), "run") == ()
