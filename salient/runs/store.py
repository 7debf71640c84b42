"""Draws and posteriors as netCDF: every variable with its unit and name, readable by xarray and ArviZ."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

import numpy as np

from salient.errors import DataError, Problem
from salient.inference.fit import CountFit, Fit
from salient.mechanisms.base import CORE
from salient.questions.outlook import Outlook

_ENGINE: Literal["h5netcdf"] = "h5netcdf"


def save_posterior(fitted: Fit | CountFit, file: Path) -> None:
    """Write the posterior as InferenceData: posterior, unconstrained_posterior, observed_data, sample_stats."""
    import xarray as xr

    coords = {**_drawn(fitted), "parameter": list(fitted.posterior.names)}
    about = {"long_name": "parameters, standard normal under the prior", "units": "1"}
    z = {"z": (("parameter", "chain", "draw"), fitted.z, about)}
    seen = _observed(fitted) if isinstance(fitted, Fit) else _counted(fitted)
    groups = {
        "unconstrained_posterior": xr.Dataset(z, coords, _about(fitted)),
        "observed_data": seen,
        "sample_stats": xr.Dataset(_stats(fitted)),
    }
    file.unlink(missing_ok=True)
    for group, data in groups.items():
        data.to_netcdf(file, mode="a", group=group, engine=_ENGINE)
    _natural(fitted, file)


def _natural(fitted: Fit | CountFit, file: Path) -> None:
    """Add the posterior in natural units to the file, a variable for each parameter.

    Written last and without xarray, which takes seconds for a hundred variables.
    """
    import h5netcdf

    priors = fitted.campaign.priors
    natural = np.asarray(priors.natural(fitted.flat))[: len(fitted.posterior.names)]
    about = {r.name: {"long_name": r.label, "units": r.unit} for r in priors.free}
    drawn = _drawn(fitted)
    with h5netcdf.File(file, "a") as whole:
        group = whole.create_group("posterior")
        group.attrs.update(_about(fitted))
        group.dimensions = {k: len(v) for k, v in drawn.items()}
        for name, values in drawn.items():
            group.create_variable(name, (name,), data=values)
        for name, values in zip(fitted.posterior.names, natural, strict=True):
            variable = group.create_variable(
                name, tuple(drawn), data=values.reshape(fitted.z.shape[1:])
            )
            variable.attrs.update(about[name])


def _drawn(fitted: Fit | CountFit) -> dict[str, np.ndarray]:
    """Coordinates of the draws."""
    chains, draws = fitted.z.shape[1:]
    return {"chain": np.arange(chains), "draw": np.arange(draws)}


def _about(fitted: Fit | CountFit) -> dict[str, Any]:
    """Of what the draws are."""
    return {
        "scenario": fitted.campaign.scenario.scenario,
        "as_of": fitted.campaign.as_of.isoformat(),
        "seed": fitted.seed,
        "sampler": fitted.sampler,
        "inference_library": "salient",
        "log_evidence": np.nan if fitted.log_evidence is None else fitted.log_evidence,
    }


def _stats(fitted: Fit | CountFit) -> dict[str, Any]:
    labels = {
        "unique": "share of draws that are unique",
        "accepted": "share of last moves accepted",
        "forgot": "how far the last moves forgot, worst parameter",
        "divergences": "divergent transitions",
    }
    return {k: ((), getattr(fitted, k), {"long_name": v, "units": "1"}) for k, v in labels.items()}


def _counted(fitted: CountFit) -> Any:
    import xarray as xr

    counts, campaign = fitted.posterior.seen, fitted.campaign
    names = campaign.setting.names
    values = np.stack([np.where(c.used, np.exp(c.log_count), np.nan) for c in counts])
    about = {"long_name": "counted casualties in the step that begins", "units": "people"}
    cells = [f"{names['side'][c.side]} {names['sector'][c.sector]}" for c in counts]
    coords = {"series": cells, "time": _days(campaign.weeks[:-1])}
    return xr.Dataset({"casualties": (("series", "time"), values, about)}, coords)


def _observed(fitted: Fit) -> Any:
    import xarray as xr

    maps, campaign = fitted.posterior.seen.maps, fitted.campaign
    coords = {
        "mapper": list(maps.mappers),
        "week": _days(campaign.weeks),
        "sector": list(campaign.setting.names["sector"]),
    }
    variables = {
        "area": (
            ("mapper", "week", "sector"),
            maps.km2,
            {"long_name": "published held area", "units": "km2"},
        ),
        "used": (
            ("mapper", "week", "sector"),
            maps.used.astype(np.int8),
            {"long_name": "1 where it was fitted", "units": "1"},
        ),
    }
    return xr.Dataset(variables, coords)


def _days(dates: Any) -> np.ndarray:
    return np.array([d.isoformat() for d in dates], dtype="datetime64[ns]")


def load_posterior(file: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Unconstrained draws by parameter, [chain, draw], and the attributes. Raises DataError when it is no posterior."""
    import xarray as xr

    try:
        with xr.open_dataset(file, group="unconstrained_posterior", engine=_ENGINE) as data:
            z = data["z"].to_numpy()
            return dict(zip(data["parameter"].to_numpy().tolist(), z, strict=True)), dict(
                data.attrs
            )
    except FileNotFoundError:
        raise DataError(Problem("there is no such file", file=str(file))) from None
    except (OSError, KeyError, ValueError):
        hint = "salient fit SCENARIO --out FILE.nc writes one"
        raise DataError(
            Problem("this is not a posterior that Salient wrote", file=str(file), hint=hint)
        ) from None


def save_draws(outlook: Outlook, file: Path) -> None:
    """Write every branch's draws: area as published and in the model, strength, casualties, killed, regime."""
    import xarray as xr

    campaign = outlook.fitted.campaign
    runs = outlook.runs
    first = next(iter(runs.values()))
    ahead = slice(campaign.origin, None)
    coords = {
        "branch": list(runs),
        "week": _days(outlook.weeks),
        "sector": list(campaign.setting.names["sector"]),
        "side": list(campaign.setting.names["side"]),
        "draw": np.arange(first.area.shape[-1]),
    }
    variables: dict[str, Any] = {
        "area_published": (
            ("branch", "week", "draw"),
            np.stack([r.area for r in runs.values()]).astype(np.float32),
            {
                "long_name": f"held area as {outlook.fitted.posterior.seen.maps.mappers[0]} would map it",
                "units": "km2",
            },
        )
    }
    for name, dims, unit, label in _recorded(outlook):
        values = np.stack([r.record[name][ahead] for r in runs.values()]).astype(np.float32)
        variables[name] = (
            ("branch", "week", *dims, "draw"),
            values,
            {"long_name": label, "units": unit},
        )
    attrs = {
        "scenario": campaign.scenario.scenario,
        "as_of": campaign.as_of.isoformat(),
        "seed": outlook.fitted.seed,
    }
    packed = {name: {"zlib": True, "complevel": 1} for name in variables}
    xr.Dataset(variables, coords, attrs).to_netcdf(file, engine=_ENGINE, encoding=packed)


def _recorded(outlook: Outlook) -> list[tuple[str, tuple[str, ...], str, str]]:
    """What a run recorded that goes into the file: name, dims, unit, long name."""
    declared = {k: (dims, unit, label) for k, (dims, unit, label) in CORE.items()}
    for m in outlook.fitted.campaign.mechanisms:
        declared |= {s.name: (s.dims, s.unit, s.label) for s in m.signals}
    names = ("area", "strength", "casualties", "killed", "regime")
    have = outlook.reference.record
    return [
        (n, *declared[n])
        for n in names
        if n in have and n in declared and set(declared[n][0]) <= {"side", "sector"}
    ]


def as_of_date(attrs: dict[str, Any]) -> dt.date:
    """The as-of date of a saved posterior."""
    return dt.date.fromisoformat(str(attrs["as_of"]))
