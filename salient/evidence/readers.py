"""Tables as arrays, up to an as-of date: a row that became known later is never handed out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salient.errors import DataError, Problem, nearest
from salient.evidence import files
from salient.evidence.catalogue import Column, DataSet, as_date, data_set

Values = NDArray[Any]


@dataclass(frozen=True)
class Table:
    """A data set as columns of equal length, which cannot be changed.

    Dates are `datetime64[D]` (NaT when missing), text is `str`, numbers are float64 (NaN when missing). `sha256` is
    the checksum of the file that was read and `own` says whether it was the user's, for the manifest of a run.
    """

    data_set: DataSet
    columns: Mapping[str, Values]
    as_of: dt.date | None
    file: Path
    sha256: str
    own: bool

    @property
    def key(self) -> str:
        """The key of the data set."""
        return self.data_set.key

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> Values:
        """One column. Raises DataError, with the nearest name, when there is none."""
        if name in self.columns:
            return self.columns[name]
        close = nearest(name, self.columns)
        hint = f"did you mean '{close}'?" if close else f"it has {', '.join(self.columns)}"
        raise DataError(Problem(f"data set '{self.key}' has no column '{name}'", hint=hint))

    def unit(self, name: str) -> str:
        """The unit of a column. Raises DataError when there is no such column."""
        self[name]
        return next(c.unit for c in self.data_set.columns if c.name == name)

    def where(self, keep: Values | None = None, **equal: Any) -> Table:
        """The rows for which `keep` is true and each named column equals the value given for it."""
        chosen = np.ones(len(self), dtype=bool) if keep is None else np.asarray(keep, dtype=bool)
        for name, value in equal.items():
            chosen = chosen & (self[name] == value)
        picked = {name: _frozen(values[chosen]) for name, values in self.columns.items()}
        return Table(
            self.data_set, MappingProxyType(picked), self.as_of, self.file, self.sha256, self.own
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each row as a dictionary of plain values: date, str, float, or None when missing."""
        lists = {name: _plain(values) for name, values in self.columns.items()}
        for number in range(len(self)):
            yield {name: values[number] for name, values in lists.items()}


def read(
    key: str,
    as_of: dt.date | str | None = None,
    data_dir: str | Path | None = None,
    empty_ok: bool = False,
) -> Table:
    """The table of a data set, with only the rows known by `as_of` (all when it is None).

    The checksum of a shipped file is compared on each read; a file of the same name in `data_dir` takes its place.
    Raises DataError for an unknown key, a file that is missing, cut short or altered, and when nothing was known by
    `as_of`, unless `empty_ok`: then the table has no rows.
    """
    wanted = data_set(key)
    loaded = files.load(wanted, data_dir)
    day = None if as_of is None else as_date(as_of)
    arrays = {c.name: _array(c, loaded.values[c.name]) for c in wanted.columns}
    if day is not None:
        arrays = _known(wanted, arrays, day, None if empty_ok else loaded.path)
    columns = MappingProxyType({name: _frozen(values) for name, values in arrays.items()})
    return Table(wanted, columns, day, loaded.path, loaded.sha256, loaded.own)


def read_features(
    key: str, as_of: dt.date | str | None = None, data_dir: str | Path | None = None
) -> list[dict[str, Any]]:
    """The features of a GeoJSON data set known by `as_of`; those without a date (border, towns) are always there.

    Each is a GeoJSON feature: `properties` with the columns of the data set, and `geometry` in degrees east and
    north. Raises DataError as `read` does.
    """
    loaded = files.load(data_set(key), data_dir)
    if not loaded.features:
        raise DataError(Problem(f"data set '{key}' is a table, not a map", hint="use read"))
    day = dt.date.max if as_of is None else as_date(as_of)
    chosen = []
    for number, geometry in enumerate(loaded.features):
        said = {name: values[number] for name, values in loaded.values.items()}
        date = said["date"]
        if date is None or (isinstance(date, dt.date) and date <= day):
            said["date"] = date.isoformat() if isinstance(date, dt.date) else None
            chosen.append({"type": "Feature", "properties": said, "geometry": geometry})
    return chosen


def latest(table: Table) -> dict[str, Any]:
    """The last row of a table by its `date`. Of rows with one date, the last in the file."""
    order = np.argsort(table["date"], kind="stable")
    return next(table.where(np.arange(len(table)) == order[-1]).rows())


def _array(column: Column, values: list[files.Value]) -> Values:
    """One column as an array of its type."""
    if column.type == "date":
        return np.array([np.datetime64("NaT") if v is None else v for v in values], "datetime64[D]")
    if column.type == "text":
        return np.array(values, dtype=str)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _known(
    wanted: DataSet, arrays: dict[str, Values], day: dt.date, path: Path | None
) -> dict[str, Values]:
    """The rows known by that day; those without a date (a border) always. With `path`, none at all is an error."""
    known = arrays[wanted.known_by]
    keep = (known <= np.datetime64(day, "D")) | np.isnat(known)
    if path is not None and not (keep & ~np.isnat(known)).any():
        earliest = known[~np.isnat(known)].min()
        message = f"nothing was known by {day}; the first row of '{wanted.key}' became known on {earliest}"
        raise DataError(Problem(message, file=str(path), hint="take a later as-of date"))
    return {name: values[keep] for name, values in arrays.items()}


def _frozen(values: Values) -> Values:
    """The array, closed to writing."""
    values.setflags(write=False)
    return values


def _plain(values: Values) -> list[Any]:
    """The values as Python objects, None when missing."""
    if values.dtype.kind == "f":
        return [None if np.isnan(v) else float(v) for v in values]
    return list(values.tolist())
