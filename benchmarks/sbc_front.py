"""Simulation-based calibration of the state space of tempo at small size: are the ranks of the truth uniform?

    python -m benchmarks.sbc_front [--fits 300] [--out FILE.jsonl]

A fit: parameters from the prior, a panel of 26 weeks and 3 sectors from them, NUTS on that panel, and of each
parameter the rank of what it was made with among thinned draws. One compiled program for all; finished fits are read
from the file, so that work which was stopped goes on. Talts et al. 2018 (arXiv 1804.06788).
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from salient.forecasting import tempo

WEEKS, SECTORS = 26, 3
WARMUP, KEPT, THIN = 300, 495, 5
BINS = 10
NAMES = ("level", "between", "phi", "sd", "kappa", "power", "phi_c", "sd_c", "sd_p", "last tempo")


def panel(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Parameters from the prior and gains that follow from them, km2 [weeks, sectors]."""
    import jax
    from numpyro import handlers

    empty = np.zeros((WEEKS, SECTORS))
    seeded = handlers.seed(tempo.model, jax.random.PRNGKey(seed))
    sites = handlers.trace(seeded).get_trace(empty, np.zeros(WEEKS))
    truth = {k: np.asarray(s["value"], dtype=float) for k, s in sites.items() if k != "gains"}
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0x5BC])))
    log_shown = np.clip(truth["log_tempo"] + truth["sd_p"] * truth["zp"], -12.0, 6.0)
    expected = truth["kappa"] * np.exp(truth["power"] * log_shown)
    count = rng.poisson(expected)
    jumped = rng.standard_gamma(np.maximum(count, 1e-9)) * np.exp(log_shown) / expected
    return truth, np.where(count > 0, jumped, 0.0)


def sampler() -> Any:
    """One compiled program that turns a key and a panel into thinned draws; nothing is traced again for the next."""
    import jax
    from numpyro.infer import NUTS, init_to_value

    kernel = NUTS(
        tempo.model,
        max_tree_depth=8,
        target_accept_prob=0.9,
        init_strategy=init_to_value(values=tempo.middle(WEEKS, SECTORS)),
    )
    known = np.ones(WEEKS)
    kernel.init(jax.random.PRNGKey(0), WARMUP, None, (np.zeros((WEEKS, SECTORS)), known), {})

    def fit(key: Any, gain: Any) -> Any:
        def on(state: Any, times: int) -> Any:
            return jax.lax.fori_loop(
                0, times, lambda _, now: kernel.sample(now, (gain, known), {}), state
            )

        def keep(state: Any, _: None) -> tuple[Any, Any]:
            state = on(state, THIN)
            return state, kernel.postprocess_fn((gain, known), {})(state.z)

        warm = on(kernel.init(key, WARMUP, None, (gain, known), {}), WARMUP)
        return jax.lax.scan(keep, warm, None, length=KEPT // THIN)[1]

    return jax.jit(fit)


def ranks(fit: Any, seed: int) -> dict[str, int]:
    """How many of the thinned draws are below what the panel was made with, by parameter."""
    import jax

    truth, gain = panel(seed)
    made = fit(jax.random.PRNGKey(1_000_000 + seed), gain)
    draws = {k: np.asarray(v, dtype=float) for k, v in made.items()}
    draws["last tempo"] = draws["log_tempo"][:, -1].mean(axis=-1)
    truth["last tempo"] = truth["log_tempo"][-1].mean()
    return {name: int((draws[name] < truth[name]).sum()) for name in NAMES}


def table(found: list[dict[str, int]]) -> str:
    """Chi-square of ten bins by parameter."""
    from scipy.stats import chisquare

    size = KEPT // THIN + 1
    lines = [
        f"| parameter | ranks in {BINS} bins, {len(found)} fits | chi-square p |",
        "|---|---|---:|",
    ]
    for name in NAMES:
        counts = np.bincount([f[name] * BINS // size for f in found], minlength=BINS)
        lines.append(f"| {name} | {' '.join(map(str, counts))} | {chisquare(counts).pvalue:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Fit what is not yet in the file, then print the table."""
    warnings.simplefilter("ignore")
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--fits", type=int, default=300)
    ask.add_argument("--out", type=Path, default=Path("sbc-front.jsonl"))
    given = ask.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    lines = given.out.read_text(encoding="utf-8").splitlines() if given.out.is_file() else []
    done = {one["seed"]: one for one in map(json.loads, lines)}
    fit = None
    for seed in range(given.fits):
        if seed not in done:
            fit = fit or sampler()
            done[seed] = {"seed": seed, **ranks(fit, seed)}
            with given.out.open("a", encoding="utf-8") as f:
                f.write(json.dumps(done[seed]) + "\n")
    print(table([done[s] for s in range(given.fits)]))


if __name__ == "__main__":
    main()
