"""`salient run`: an ensemble of a scenario, from its priors or from a posterior, reduced for the terminal."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import BLOCK, Record, prior_draws
from salient.engine.ensemble import run as run_draws
from salient.errors import DataError, Problem
from salient.inference.fit import Fit, prepare
from salient.inference.results import Interval
from salient.questions.outlook import branch_campaign
from salient.questions.report import versions
from salient.runs import store
from salient.runs.folder import MANIFEST, RunFolder, key_of, plain_errors
from salient.scenario.loading import Loaded

RECORD = ("area", "strength", "casualties", "killed", "regime")


@dataclass(frozen=True)
class EnsembleResult:
    """An ensemble in short. rows: week and interval of the held area, km2, of all sectors together; sectors: the
    same by sector, its name first, empty when there is one; losses: casualties and killed by side over the run;
    strengths: soldiers by side, all sectors together, where nothing moves the line, else empty.
    """

    scenario: str
    sector: str
    draws: int
    source: str
    rows: list[tuple[dt.date, Interval]]
    losses: dict[str, tuple[Interval, Interval]]
    sectors: dict[str, list[tuple[dt.date, Interval]]]
    strengths: dict[str, list[tuple[dt.date, Interval]]]


def run_ensemble(
    loaded: Loaded,
    draws: int,
    branch: str | None,
    posterior: Path | None,
    seed: int,
    out: Path | None,
) -> EnsembleResult:
    """Run and reduce; with `out`, write draws.nc, scenario.yaml and manifest.json there."""
    campaign, record, source, first = (
        _from_priors(loaded, draws, branch, seed)
        if posterior is None
        else _from_posterior(loaded, draws, branch, posterior, seed)
    )
    if out is not None:
        _write(
            loaded,
            campaign,
            record,
            out,
            {"draws": draws, "seed": seed, "branch": branch, "source": source},
            first,
        )
    every = max((campaign.steps - first) // 12, 1)
    weeks = sorted({*range(first, campaign.steps, every), campaign.steps - 1})
    names = [sector.name for sector in campaign.scenario.sectors.values()]
    alone = len(names) == 1
    area = record["area"]

    def by_week(x: np.ndarray, unit: str = "km2") -> list[tuple[dt.date, Interval]]:
        return [(campaign.weeks[t + 1], Interval.of(x[t], unit)) for t in weeks]

    sides = enumerate(b.adjective for b in campaign.scenario.belligerents.values())
    soldiers = record["strength"].sum(axis=2)

    return EnsembleResult(
        campaign.scenario.title,
        _held(campaign),
        area.shape[-1],
        source,
        by_week(area[:, 0] if alone else area.sum(axis=1)),
        _losses(campaign, record, first),
        {} if alone else {n: by_week(area[:, j]) for j, n in enumerate(names)},
        {} if _moves(campaign) else {n: by_week(soldiers[:, i], "soldiers") for i, n in sides},
    )


def _moves(campaign: Campaign) -> bool:
    """Whether any mechanism moves the line."""
    return any("area_flow" in m.writes for m in campaign.mechanisms)


def _held(campaign: Campaign) -> str:
    """What the area is: the sector's own words, or the sum of all sectors."""
    sectors = list(campaign.scenario.sectors.values())
    if len(sectors) == 1:
        return sectors[0].held
    return f"Counted ground of all {len(sectors)} sectors together"


def _recordable(campaign: Campaign) -> tuple[str, ...]:
    known = {s.name for m in campaign.mechanisms for s in m.signals} | {"area", "strength"}
    return tuple(r for r in RECORD if r in known)


def _from_priors(
    loaded: Loaded, draws: int, branch: str | None, seed: int
) -> tuple[Campaign, Record, str, int]:
    campaign = compile_scenario(loaded.scenario, None, branch)
    z = prior_draws(tuple(r.name for r in campaign.priors.free), draws, seed)
    return (
        campaign,
        run_draws(campaign, z, seed=seed, record=_recordable(campaign)),
        "priors alone, no data",
        0,
    )


def _from_posterior(
    loaded: Loaded, draws: int, branch: str | None, file: Path, seed: int
) -> tuple[Campaign, Record, str, int]:
    from salient.inference.forecast import ahead, draw_origin

    saved, attrs = store.load_posterior(file)
    if loaded.scenario.observe.casualties:
        return _from_counts(loaded, draws, branch, saved, seed, file)
    posterior = prepare(loaded.scenario, store.as_of_date(attrs))
    z = _known(posterior.names, saved, file)
    fitted = Fit(posterior, seed, attrs["sampler"], z, np.nan, np.nan, np.nan, 0, None)
    flat = fitted.flat[:, np.arange(draws) % fitted.flat.shape[1]]
    campaign = posterior.campaign
    if branch is not None:
        compile_scenario(loaded.scenario, campaign.as_of, branch)
        campaign = branch_campaign(fitted, branch)
    every = ahead(campaign, posterior, flat, draw_origin(posterior, flat, seed), seed)
    record = {k: every[k] for k in RECORD if k in every}
    return campaign, record, f"posterior as of {campaign.as_of}", campaign.origin


def _from_counts(
    loaded: Loaded,
    draws: int,
    branch: str | None,
    saved: dict[str, np.ndarray],
    seed: int,
    file: Path,
) -> tuple[Campaign, Record, str, int]:
    """The whole course again from draws that were fitted to counted casualties."""
    campaign = compile_scenario(loaded.scenario, loaded.scenario.period.as_of, branch)
    names = tuple(r.name for r in campaign.priors.free)
    z = _known(names, saved, file).reshape(len(names), -1)
    z = z[:, np.arange(draws) % z.shape[1]]
    record = run_draws(campaign, z, seed=seed, record=_recordable(campaign))
    return campaign, record, "a posterior of counted casualties", 0


def _known(names: tuple[str, ...], saved: dict[str, np.ndarray], file: Path) -> np.ndarray:
    """Draws of every free parameter, [free, chain, draw]. Raises DataError when the file lacks one."""
    missing = [n for n in names if n not in saved]
    if missing:
        hint = "fit the scenario again as it is now"
        message = f"the posterior knows nothing of {', '.join(missing[:3])}"
        raise DataError(Problem(message, file=str(file), hint=hint))
    return np.stack([saved[n] for n in names])


def _losses(campaign: Campaign, record: Record, first: int) -> dict[str, tuple[Interval, Interval]]:
    if "casualties" not in record:
        return {}
    names = [b.adjective for b in campaign.scenario.belligerents.values()]
    total = {k: record[k][first:].sum(axis=(0, 2)) for k in ("casualties", "killed")}
    return {
        n: (
            Interval.of(total["casualties"][i], "people"),
            Interval.of(total["killed"][i], "people"),
        )
        for i, n in enumerate(names)
    }


def _write(
    loaded: Loaded, campaign: Campaign, record: Record, out: Path, how: dict[str, Any], first: int
) -> None:
    import xarray as xr

    manifest = {
        "salient": "run",
        **how,
        "block": BLOCK,
        "checksums": {"scenario": loaded.checksums},
        "versions": versions(),
    }
    dims = {"area": ("sector",), "regime": ("sector",)}
    units = {"area": "km2", "regime": "1"}
    declared = {s.name: s.label for m in campaign.mechanisms for s in m.signals}
    labels = {
        "area": "area that the holder holds",
        "strength": "own soldiers in the sector",
        **declared,
    }
    variables = {
        k: (
            ("week", *dims.get(k, ("side", "sector")), "draw"),
            v[first:].astype(np.float32),
            {"units": units.get(k, "soldiers"), "long_name": labels[k]},
        )
        for k, v in record.items()
    }
    coords = {
        "week": np.array(
            [d.isoformat() for d in campaign.weeks[first + 1 :]], dtype="datetime64[ns]"
        ),
        "side": list(campaign.setting.names["side"]),
        "sector": list(campaign.setting.names["sector"]),
    }
    with plain_errors(out):
        folder = RunFolder(out, key_of(manifest))
        xr.Dataset(variables, coords).to_netcdf(folder.work / "draws.nc", engine="h5netcdf")
        (folder.work / "scenario.yaml").write_text(loaded.resolved(), encoding="utf-8")
        (folder.work / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        folder.finish()
