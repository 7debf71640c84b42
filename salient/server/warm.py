"""Fits that the server asks its questions of: read from the cache folder or made once, then kept warm."""

from __future__ import annotations

import hashlib
import json
import threading
from functools import cached_property, partial
from pathlib import Path

from salient import __version__
from salient.engine.ensemble import BLOCK
from salient.errors import SalientError
from salient.inference import kept
from salient.inference.fit import Fit, diagnose, prepare
from salient.inference.posterior import Posterior
from salient.processes import Say, WorkerLost, apart
from salient.questions.live import Changes, Engine
from salient.scenario.loading import Loaded, load


class Warm:
    """One scenario as the server has it. `engine` fits it when it is first asked for; the rest is quick."""

    def __init__(self, ref: str, cache: Path, draws: int = 2000, seed: int = 1) -> None:
        self.ref = ref
        self.loaded: Loaded = load(ref)
        self.name = self.loaded.scenario.scenario
        self.draws, self.seed = draws, seed
        self._cache = cache
        self._lock = threading.Lock()
        self._progress = ("reading the data", 0.0)
        self._engine: Engine | None = None
        self.trouble: tuple[str, ...] = ()

    @cached_property
    def posterior(self) -> Posterior:
        """What is fitted. Raises SalientError for a scenario without data or without weeks to look ahead."""
        found = prepare(self.loaded.scenario)
        if found.campaign.origin >= found.campaign.steps:
            raise SalientError(
                f"{self.name}: its as-of date leaves no week to look ahead; set period.as_of to an earlier day"
            )
        return found

    @property
    def ready(self) -> bool:
        """Whether it can be asked without waiting for a fit."""
        return self._engine is not None

    @property
    def fitted(self) -> Fit | None:
        """The fit, once it is there."""
        return None if self._engine is None else self._engine.fitted

    @cached_property
    def key(self) -> str:
        """The fingerprint of everything that decides the fit."""
        content = {
            "scenario": self.loaded.checksums,
            "data": self.posterior.seen.checksums,
            "as_of": self.posterior.campaign.as_of.isoformat(),
            "names": self.posterior.names,
            "draws": self.draws,
            "seed": self.seed,
            "block": BLOCK,
            "salient": __version__,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def engine(self, say: Say) -> Engine:
        """The warm engine; reads or makes the fit and runs it once, so that the next question is quick."""
        while not self._lock.acquire(timeout=0.2):
            say(*self._progress)  # somebody else fits it
        try:
            if self._engine is None:
                self._engine = self._warmed(say)
            return self._engine
        finally:
            self._lock.release()

    def _warmed(self, say: Say) -> Engine:
        def tell(stage: str, share: float) -> None:
            self._progress = (stage, share)
            say(stage, share)

        tell("reading the data", 0.0)
        if self._new:
            self._fit_apart(tell)
        return self.warm_here(tell)

    @property
    def _new(self) -> bool:
        """Whether no such fit was made before, and the next one can be kept."""
        made = kept.read(self.posterior, self.seed, self.draws, self._cache)
        return made is None and kept.can_keep(self.posterior)

    def _fit_apart(self, tell: Say) -> None:
        """Fit in a process of its own, which leaves the fit and all compiled programs in the cache.

        In this process a minute of fitting would take the interpreter from those who only read pages.
        """
        try:
            apart(partial(_warm_another, self.ref, self._cache, self.draws, self.seed), tell)
        except WorkerLost:
            raise SalientError(
                f"{self.name}: fitting ended before it was done, perhaps for want of memory; ask again"
            ) from None

    def warm_here(self, tell: Say) -> Engine:
        """Read or make the fit in this process, and run it once."""
        fitted = kept.fit(self.posterior, self.seed, self.draws, tell, self._cache)
        tell("checking the fit", 0.95)
        self.trouble = _trouble(fitted)
        engine = Engine(fitted)
        engine.ask(Changes(), 1000)
        return engine


def _warm_another(ref: str, cache: Path, draws: int, seed: int, say: Say) -> None:
    Warm(ref, cache, draws, seed).warm_here(say)


def _trouble(fitted: Fit) -> tuple[str, ...]:
    """What the checks of the fit find wrong, in sentences for the reader."""
    try:
        return tuple(diagnose(fitted).sentences)
    except SalientError as e:
        return (f"The fit was not checked: {e}.",)
