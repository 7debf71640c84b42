"""What each part of the forecast of the front is worth: the score with the part off, from past origins.

    python -m benchmarks.front_ablation [--every 12] [--out FILE.jsonl]

Parts of the analogues and of the mixture are taken out at every origin; parts of the state space, which need a fit
each, at every twelfth. Finished fits are read from the file. Scores are mean WIS over sectors and origins, part off
over the whole, at the same origins: above 1 the part earns its place. `--origins DIR` is the folder of
a finished `salient backtest`, for the parts of the mixture.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from salient.evidence.beside import known_front, weeks_before
from salient.evidence.vintage import Front
from salient.forecasting import analogues, backtest, panel, rules, tempo
from salient.forecasting.scores import coverage, ratio_interval, wis

HORIZONS = backtest.HORIZONS
FITS: dict[str, dict[str, float]] = {
    "whole": {},
    "pooling off: each sector's level on its own": {"between": 3.0},
    "tempo common to the front off": {"sd_c": 0.0},
    "slow change of a sector's tempo off": {"sd": 0.0},
    "jumps off: gains come evenly (20 a week)": {"kappa": 20.0},
    "more ground by bigger jumps, not by more": {"power": 0.0},
    "one level for all sectors": {"between": 0.0},
}
"""What is held at a value in each fit of the state space."""
WHOLE = "whole"
DRAWS = 100
"""Warm-up and kept draws of a fit here, half of what a forecast takes; all cases alike."""
PADDED_TO = 91
"""Weeks to which every panel is padded, so that a case is compiled once."""


def fitted(front: Front, name: str, seed: int) -> dict[str, np.ndarray]:
    """Quantiles of the state space from one origin: sectors [horizons, sectors, levels] and the sum."""
    return _quantiles(tempo.paths(front.gained, front.lost, max(HORIZONS), seed, held=FITS[name]))


def net_as_gains(front: Front, seed: int) -> dict[str, np.ndarray]:
    """The state space on net change, gains and losses of a week not told apart."""
    net = front.net
    up, down = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    return _quantiles(tempo.paths(up, down, max(HORIZONS), seed, held={}))


def without_losses(front: Front, seed: int) -> dict[str, np.ndarray]:
    """The whole state space, with ground that is lost left out of what comes."""
    return _quantiles(
        tempo.paths(front.gained, np.zeros_like(front.lost), max(HORIZONS), seed, held={})
    )


def with_publishing_noise(front: Front, seed: int) -> dict[str, np.ndarray]:
    """The whole state space, with publishing noise as a term of its own."""
    return _quantiles(tempo.paths(front.gained, front.lost, max(HORIZONS), seed, noisy=True))


def _quantiles(paths: np.ndarray) -> dict[str, np.ndarray]:
    return {"sectors": panel.levels_of(paths), "total": panel.levels_of(paths.sum(axis=1))}


OTHERS: dict[str, Callable[[Front, int], dict[str, np.ndarray]]] = {
    "losses of ground left out": without_losses,
    "net change instead of gains and losses apart": net_as_gains,
    "publishing noise as a term of its own, in": with_publishing_noise,
}


def analogue_cases() -> dict[str, Callable[[Front], np.ndarray]]:
    """The analogues with one part off, as functions of what is known."""
    ahead = max(HORIZONS)

    def whole(front: Front, **changed: Any) -> np.ndarray:
        before = weeks_before(front, analogues.LEAST_YEAR)
        keep = {k: getattr(analogues, k) for k in changed}
        try:
            for k, v in changed.items():
                setattr(analogues, k, v)
            return analogues.forecast(front.net, ahead, front.daily, before)
        finally:
            for k, v in keep.items():
                setattr(analogues, k, v)

    def own_only(front: Front) -> np.ndarray:
        before = weeks_before(front, analogues.LEAST_YEAR)
        daily, each = front.daily, []
        for i in range(len(front.sectors)):
            days = None if daily is None else daily[:, [i]]
            each.append(analogues.forecast(front.net[:, [i]], ahead, days, before[:, [i]])[:, 0])
        return np.stack(each, axis=1)

    return {
        WHOLE: whole,
        "change by day off: weekly maps only": lambda f: analogues.forecast(
            f.net, ahead, None, weeks_before(f, analogues.LEAST_YEAR)
        ),
        "older weeks off": lambda f: analogues.forecast(f.net, ahead, f.daily),
        "kernel off: all past weeks alike": lambda f: whole(f, BANDWIDTH=50.0),
        "pooling off: a sector's own past only": own_only,
        "latest weeks off: 40-week mean only": lambda f: whole(f, SHARES=(1.0,)),
        "40-week mean off: latest weeks only": lambda f: whole(f, SHARES=(0.0,)),
    }


def line(
    part: str, case: str, said: dict[int, np.ndarray], base: dict[int, np.ndarray], truth: dict[int, np.ndarray]
) -> str:  # fmt: skip
    """A row of the table: by horizon the ratio to the whole, with a 90 % interval."""
    cells = []
    for h in HORIZONS:
        ours, theirs = (wis(panel.in_order(q[h]), truth[h]) for q in (said, base))
        ours, theirs = (x.reshape(len(x), -1).mean(axis=1) for x in (ours, theirs))
        low, high = ratio_interval(ours, theirs, max(h // 4, 1) if len(ours) < 20 else max(h, 4))
        cells.append(f"{ours.mean() / theirs.mean():.3f} ({low:.2f} .. {high:.2f})")
    return f"| {part} | {case} | {' | '.join(cells)} |"


class Past:
    """Origins with what followed, by horizon; quantiles of an origin are looked up by its position."""

    def __init__(self, front: Front, step: int) -> None:
        self.front = front
        days = backtest.origins(front, None, None)
        self.days = days[-50:][::step]
        index = {d: i for i, d in enumerate(front.dates)}
        self.at = [index[d] for d in self.days]

    def known(self, k: int) -> Front:
        """What was known at the k-th origin."""
        return self.front.until(self.days[k])

    def closed(self, h: int) -> list[int]:
        """Positions of origins whose outcome is known."""
        return [k for k, i in enumerate(self.at) if i + h < len(self.front.dates)]

    def truth(self, total: bool = False) -> dict[int, np.ndarray]:
        """What followed, [origins, sectors] or [origins], by horizon."""
        out = {}
        for h in HORIZONS:
            rows = [
                self.front.net[self.at[k] + 1 : self.at[k] + 1 + h].sum(axis=0)
                for k in self.closed(h)
            ]
            out[h] = np.array([r.sum() for r in rows] if total else rows)
        return out

    def pick(self, made: list[np.ndarray]) -> dict[int, np.ndarray]:
        """Quantiles by horizon from those of each origin [horizons, ...]."""
        return {h: np.array([made[k][h - 1] for k in self.closed(h)]) for h in HORIZONS}


def analogue_table(past: Past) -> list[str]:
    """Rows for the parts of the analogues."""
    made = {
        name: past.pick([say(past.known(k)) for k in range(len(past.days))])
        for name, say in analogue_cases().items()
    }
    truth = past.truth()
    return [line("analogues", n, q, made[WHOLE], truth) for n, q in made.items() if n != WHOLE]


def mixture_table(past: Past, folder: Path) -> list[str]:
    """Rows for the weights of the mixture, from stored quantiles of both models."""
    files = [next(folder.glob(f"{d}-both-1-*.json"), None) for d in past.days]
    if not all(files):
        return []
    said = [json.loads(f.read_text(encoding="utf-8"))["horizons"] for f in files if f]

    def get(name: str, h: int, part: str = "sectors") -> np.ndarray:
        return np.array([said[k][str(h)][part][name] for k in past.closed(h)])

    both = {h: 0.5 * (get("analogues", h) + get("tempo", h)) for h in HORIZONS}
    truth = past.truth()
    rows = []
    for w in (0.0, 0.25, 0.75, 1.0):
        name = {0.0: "analogues off", 1.0: "state space off"}.get(w, f"weight of the analogues {w}")
        mixed = {h: w * get("analogues", h) + (1.0 - w) * get("tempo", h) for h in HORIZONS}
        rows.append(line("mixture", name, mixed, both, truth))
    learnt = {h: learnt_weight(get("analogues", h), get("tempo", h), truth[h], h) for h in HORIZONS}
    rows.append(line("mixture", "weight learnt from what was known", learnt, both, truth))
    whole = {h: get("published", h, "total") for h in HORIZONS}
    sums = past.truth(total=True)
    alone = {h: get("tempo", h, "total") for h in HORIZONS}
    rows.append(line("sum", "pull to its own past off", alone, whole, sums))
    own = {h: get("zero, A", h, "total") for h in HORIZONS}
    rows.append(line("sum", "its own past only", own, whole, sums))
    rule = {h: get(rules.opponent(h), h) for h in HORIZONS}
    rows.append(line("(simple rule)", "", rule, both, truth))
    return rows


def learnt_weight(one: np.ndarray, two: np.ndarray, truth: np.ndarray, h: int) -> np.ndarray:
    """Mix by the weight of five that did best where the outcome was known; one half before there are eight origins."""
    weights = np.linspace(0.0, 1.0, 5)
    score = np.array([wis(w * one + (1.0 - w) * two, truth).mean(axis=1) for w in weights])
    out = []
    for k in range(len(truth)):
        known = score[:, : max(k - h + 1, 0)]
        w = weights[known.mean(axis=1).argmin()] if known.shape[1] >= 8 else 0.5
        out.append(w * one[k] + (1.0 - w) * two[k])
    return np.array(out)


def fit_table(past: Past, file: Path, seed: int, fit: bool = True) -> list[str]:
    """Rows for the parts of the state space alone; fits are kept in the file, and none is made where fit is False."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    done = {(x["case"], x["origin"]): x for x in map(json.loads, lines)}
    for name in (*FITS, *OTHERS) if fit else ():
        for k, day in enumerate(past.days):
            if (name, day.isoformat()) in done:
                continue
            front = past.known(k)
            made = fitted(front, name, seed) if name in FITS else OTHERS[name](front, seed)
            one = {"case": name, "origin": day.isoformat()}
            one |= {part: np.round(q, 3).tolist() for part, q in made.items()}
            done[name, day.isoformat()] = one
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(one) + "\n")
    return fit_rows(past, done)


def fit_rows(past: Past, done: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    """The rows from finished fits: sectors, then the sum where it is told apart."""

    def of(name: str, part: str) -> dict[int, np.ndarray]:
        return past.pick([np.array(done[name, d.isoformat()][part]) for d in past.days])

    def whole_case(name: str) -> bool:
        return all((name, d.isoformat()) in done for d in past.days)

    rows = []
    for part, label in (("sectors", "state space"), ("total", "state space, sum")):
        truth = past.truth(total=part == "total")
        base = of(WHOLE, part)
        cases = [n for n in (*FITS, *OTHERS) if n != WHOLE and whole_case(n)]
        rows += [line(label, n, of(n, part), base, truth) for n in cases]
        covered = [f"{coverage(base[h], truth[h], 0.9).mean():.2f}" for h in HORIZONS]
        rows.append(f"| {label} | whole, inside 90 % | {' | '.join(covered)} |")
    return rows


def main() -> None:
    """Fit what is missing and print the tables."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--every", type=int, default=12, help="weeks between origins that need a fit")
    ask.add_argument("--origins", type=Path, default=Path("runs-out/backtest/origins"))
    ask.add_argument("--out", type=Path, default=Path("front-ablation.jsonl"))
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--finished", action="store_true", help="only the fits that are in the file")
    given = ask.parse_args()
    front = known_front()
    every, some = Past(front, 1), Past(front, given.every)
    tempo.PADDED_TO, tempo.WARMUP, tempo.KEPT = PADDED_TO, DRAWS, DRAWS
    print(
        f"| model | part off | {' | '.join(f'{h} wk' for h in HORIZONS)} |\n|---|---|"
        + "---|" * len(HORIZONS)
    )
    for row in (*analogue_table(every), *mixture_table(every, given.origins)):
        print(row, flush=True)
    for row in fit_table(some, given.out, given.seed, not given.finished):
        print(row, flush=True)
    print(f"{len(every.days)} origins; the state space {len(some.days)}")


if __name__ == "__main__":
    main()
