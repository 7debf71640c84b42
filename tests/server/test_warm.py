"""A scenario that was never fitted is fitted in another process, so that reading pages does not suffer."""

import pytest

from salient.errors import SalientError
from salient.inference import kept
from salient.processes import WorkerLost
from salient.questions.live import Changes
from salient.server import warm as warming
from salient.server.warm import Warm


def refused(*_, **__):
    raise AssertionError("nothing is fitted in this process")


def test_the_fit_is_made_in_another_process_and_read_here(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "make", refused)
    warm, said = Warm("kursk-2024", tmp_path, draws=60), []
    engine = warm.engine(lambda stage, share: said.append(stage))
    assert engine.ask(Changes(), 60) is not None
    assert len({*said} - {"starting", "reading the data", "checking the fit"}) > 0
    assert [f.name.startswith("kursk-2024-") for f in tmp_path.glob("*.npz")] == [True]
    monkeypatch.setattr(warming, "apart", refused)
    Warm("kursk-2024", tmp_path, draws=60).engine(lambda stage, share: None)


def test_a_fit_that_was_killed_can_be_asked_for_again(tmp_path, monkeypatch):
    def lost(*_):
        raise WorkerLost

    monkeypatch.setattr(warming, "apart", lost)
    warm = Warm("kursk-2024", tmp_path, draws=60)
    with pytest.raises(SalientError, match="want of memory"):
        warm.engine(lambda stage, share: None)
    assert not warm.ready
